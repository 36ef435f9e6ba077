import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { FRAME_SIZE_CHECK_MS } from "./limits.ts";
import type { TestNet, TestPeer, TestTransport } from "./net.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

const HEADER = Uint8Array.of(1, 2, 3);

/** Two neighbours whose way carries frames of `fitsBytes`, of which their systems say `toldBytes`. */
function wide(seed: number, toldBytes: number, fitsBytes: number, repairs = false) {
  const on = w.net(seed);
  const [ta, tb] = [w.udp(on, "a"), w.udp(on, "b")] as [TestTransport, TestTransport];
  for (const transport of [ta, tb]) {
    transport.pathFrameBytes = () => toldBytes;
    transport.fitsBytes = fitsBytes;
  }
  const a = w.peer(on, "a", seed, [ta], false, repairs);
  const b = w.peer(on, "b", seed, [tb], false, repairs);
  a.manager.start();
  b.manager.start();
  a.manager.addStaticLink("udp://b");
  on.run(3_000);
  expect([a.ups, b.ups]).toEqual([1, 1]);
  return { on, a, b, ta, tb };
}

/** Sends packets of so many bytes, one each 20 ms; how many came. */
function pour(on: TestNet, from: TestPeer, to: TestPeer, bytes: number, forMs: number): number {
  const before = to.packets.length;
  for (let ms = 0; ms < forMs; ms += 20) {
    from.manager.sendPacket(to.id, HEADER, new Uint8Array(bytes).fill(ms));
    on.run(20);
  }
  on.run(200);
  return to.packets.length - before;
}

const largest = ({ sent }: TestTransport, from = 0): number =>
  Math.max(...sent.slice(from).map(({ frame }) => frame.length));
const frameBytes = (from: TestPeer, to: TestPeer): number =>
  from.manager.neighbour(to.id)?.frameBytes ?? 0;

describe("a link over a way that carries larger frames", () => {
  test("uses them once one has arrived; before, and for words of its own, it uses small ones", () => {
    const { on, a, b, ta, tb } = wide(1, 1_452, 1_452);
    expect(largest(ta)).toBeLessThanOrEqual(1_200);
    expect(frameBytes(a, b)).toBe(1_200);
    expect(pour(on, a, b, 10_000, 200)).toBe(10);
    expect(frameBytes(a, b)).toBe(1_452);
    expect(largest(ta)).toBe(1_452);
    // Each side finds out for itself.
    expect([frameBytes(b, a), largest(tb) <= 1_200]).toEqual([1_200, true]);
    const from = ta.sent.length;
    expect(pour(on, a, b, 1_380, 20)).toBe(1);
    expect(ta.sent.slice(from).filter(({ frame }) => frame.length > 1_380)).toHaveLength(1);
    const before = ta.sent.length;
    a.manager.sendControl(b.id, new Uint8Array(9_000));
    on.run(500);
    expect(b.control.at(-1)?.message.length).toBe(9_000);
    expect(largest(ta, before)).toBeLessThanOrEqual(1_200);
  });

  test("never asks while only small packets pass", () => {
    const { on, a, b, ta } = wide(2, 65_487, 65_487);
    expect(pour(on, a, b, 1_000, 10_000)).toBe(500);
    expect(largest(ta)).toBeLessThanOrEqual(1_200);
  });

  test("loses nothing where its system says too much", () => {
    const { on, a, b, ta } = wide(3, 8_952, 1_400);
    expect(pour(on, a, b, 20_000, 10_000)).toBe(500);
    expect(frameBytes(a, b)).toBe(1_372);
    expect(largest(ta)).toBe(8_952);
  });

  test("carries the largest packets there are in one frame where nothing is too narrow", () => {
    const { on, a, b, ta } = wide(4, 65_487, 65_487);
    pour(on, a, b, 20_000, 200);
    const from = ta.sent.length;
    expect(pour(on, a, b, 64_950, 20)).toBe(1);
    expect(b.packets.at(-1)?.payload).toEqual(new Uint8Array(64_950));
    expect(ta.sent.slice(from).filter(({ frame }) => frame.length > 60_000)).toHaveLength(1);
  });

  test("is back at small frames seconds after something began to swallow large ones, and stands", () => {
    const { on, a, b, ta, tb } = wide(5, 1_452, 1_452);
    expect(pour(on, a, b, 10_000, 200)).toBe(10);
    for (const transport of [ta, tb]) transport.fitsBytes = 1_250;
    pour(on, a, b, 10_000, FRAME_SIZE_CHECK_MS + 3_000);
    expect(frameBytes(a, b)).toBe(1_200);
    expect(pour(on, a, b, 10_000, 2_000)).toBe(100);
    expect([a.downs, b.downs]).toEqual([0, 0]);
  });

  test("begins anew at another address of its neighbour", () => {
    const { on, a, b, ta, tb } = wide(6, 1_452, 1_452);
    pour(on, a, b, 10_000, 200);
    on.move(tb, "udp://elsewhere");
    for (const transport of [ta, tb]) transport.fitsBytes = 1_250;
    b.manager.sendPacket(a.id, HEADER, new Uint8Array(10));
    on.run(500);
    expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["udp://elsewhere"]);
    expect(frameBytes(a, b)).toBe(1_200);
    expect(pour(on, a, b, 10_000, 1_000)).toBe(50);
  });

  test("repairs what is lost of large frames", () => {
    const { on, a, b } = wide(7, 1_452, 1_452, true);
    pour(on, a, b, 20_000, 500);
    expect(frameBytes(a, b)).toBe(1_452);
    on.weather.loss = 0.02;
    // It takes a second or two to tell a bad line from a flow that fills a queue.
    pour(on, a, b, 20_000, 2_500);
    expect(pour(on, a, b, 20_000, 5_000)).toBeGreaterThan(240);
  });
});
