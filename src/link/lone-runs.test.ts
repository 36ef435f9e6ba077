import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { type FrameRun, isSoundRun, writeFrameOfRun } from "../base/frame-run.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import type { TestTransport } from "./net.fixture.ts";
import { GATHERED_BYTES_MIN } from "./train-writer.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});
const HEADER = Uint8Array.of(1, 2, 3);

/** Two linked peers on frames of 65,000 bytes; the first one's transport takes runs where `takes` says so. */
function linked(takes: boolean, repairs = false) {
  const { on, a, b } = w.pair(1, 65_000, [repairs, repairs]);
  on.run(1_000);
  const transport = a.transports[0] as TestTransport;
  const runs: FrameRun[] = [];
  transport.sendRun = (to, run) => {
    runs.push(run);
    const frame = new Uint8Array(run.frameBytes);
    const bytes = writeFrameOfRun(run, 0, frame);
    if (takes) transport.send(to, frame.subarray(0, bytes));
    return takes;
  };
  const send = (payload: Uint8Array): boolean => a.manager.sendPacket(b.id, HEADER, payload);
  return { on, a, b, runs, send };
}

test("a large payload that fits one frame is gathered from where it lies, a small one is not", () => {
  const { on, b, runs, send } = linked(true);
  const large = new Uint8Array(GATHERED_BYTES_MIN).fill(7);
  const small = new Uint8Array(GATHERED_BYTES_MIN - 1).fill(8);
  expect([send(large), send(small)]).toEqual([true, true]);
  on.run(100);
  expect(b.packets.map(({ payload }) => payload)).toEqual([large, small]);
  expect(runs.map((run) => [run.count, isSoundRun(run), run.body === large])).toEqual([
    [1, true, true],
  ]);
});

test("what has to be kept for a neighbour that misses frames is not gathered, and is there when it asks", () => {
  const { on, a, b, runs, send } = linked(true, true);
  const payloads = Array.from({ length: 60 }, (_, i) => new Uint8Array(20_000).fill(i));
  const weather = { ...on.weather };
  on.weather.loss = 0.2;
  for (const payload of payloads) {
    send(payload);
    on.run(20);
  }
  Object.assign(on.weather, weather);
  on.run(500);
  expect(b.packets.length).toBeGreaterThan(50);
  expect(a.manager.stats().framesRepeated).toBeGreaterThan(0);
  const gathered = runs.length;
  send(new Uint8Array(20_000));
  expect(runs).toHaveLength(gathered);
});

test("where the transport takes no run now, it goes as a frame, once", () => {
  const { on, a, b, runs, send } = linked(false);
  const before = a.manager.stats().framesSent;
  const large = new Uint8Array(60_000).fill(7);
  expect(send(large)).toBe(true);
  expect([runs.length, a.manager.stats().framesSent - before]).toEqual([1, 1]);
  on.run(100);
  expect(b.packets.map(({ payload }) => payload)).toEqual([large]);
});
