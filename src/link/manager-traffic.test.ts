import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { equalBytes } from "../base/bytes.ts";
import { type FrameRun, isSoundRun, writeFrameOfRun } from "../base/frame-run.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { EARLY_PIECES_MAX, PACKET_HEADER_BYTES_MAX, REASSEMBLIES_PER_LINK_MAX } from "./limits.ts";
import type { TestTransport } from "./net.fixture.ts";
import { GATHERED_BYTES_MIN } from "./train-writer.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

describe("streams", () => {
  test("a connection that closes ends its link at once and is dialled again", () => {
    const on = w.net(14);
    const a = w.peer(on, "a", 14, [w.tcp(on, "a")]);
    const b = w.peer(on, "b", 14, [w.tcp(on, "b")]);
    a.manager.start();
    b.manager.start();
    a.manager.addStaticLink("tcp://b");
    on.run(100);
    expect([a.ups, b.ups]).toEqual([1, 1]);
    a.transports[0]?.cutAll();
    on.run(10);
    expect([a.downs, b.downs]).toEqual([1, 1]);
    on.run(500);
    expect([a.ups, b.ups]).toEqual([2, 2]);
    a.manager.sendControl(b.id, new Uint8Array(60_000).fill(7));
    on.run(100);
    expect(b.control.at(-1)?.message.length).toBe(60_000);
  });
});

describe("control", () => {
  test("exactly once and in order through loss, repetition and overtaking", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), sizes, sizes, (seed, there, back) => {
        const { on, a, b } = w.pair(seed);
        on.run(1_000);
        on.weather.loss = 0.3;
        on.weather.duplicate = 0.2;
        on.weather.jitterMs = 40;
        on.weather.corrupt = 0.05;
        there.forEach((size, i) => void a.manager.sendControl(b.id, new Uint8Array(size).fill(i)));
        back.forEach((size, i) => void b.manager.sendControl(a.id, new Uint8Array(size).fill(i)));
        on.run(30_000);
        expect([a.downs, b.downs]).toEqual([0, 0]);
        expect(b.control.map(({ message }) => message.length)).toEqual(there);
        expect(a.control.map(({ message }) => message.length)).toEqual(back);
        expect(b.control.every(({ message }, i) => message.every((byte) => byte === i))).toBe(true);
      }),
      { numRuns: 25, seed: 42 },
    );
  });

  test("an overflowing queue resets the neighbour: down, then up, on both sides", () => {
    const { on, a, b } = w.pair(15);
    on.run(1_000);
    on.mute.add("udp://b");
    let taken = 0;
    while (a.manager.sendControl(b.id, new Uint8Array(1_000))) taken += 1;
    expect(taken).toBe(4_096);
    expect(a.manager.neighbour(b.id)).toBeDefined();
    on.mute.clear();
    on.run(1_000);
    expect(a.diary.filter((entry) => entry.startsWith("down"))).toEqual([
      `down ${b.id.slice(0, 6)} control channel overflowed`,
    ]);
    expect([a.ups, b.ups, b.downs]).toEqual([2, 2, 1]);
    a.manager.sendControl(b.id, Uint8Array.of(5));
    on.run(100);
    expect(b.control.at(-1)?.message).toEqual(Uint8Array.of(5));
  });

  test("a message of 65,535 bytes passes, one more does not", () => {
    const { on, a, b } = w.pair(16);
    on.run(100);
    expect(a.manager.sendControl(b.id, new Uint8Array(65_535))).toBe(true);
    expect(a.manager.sendControl(b.id, new Uint8Array(65_536))).toBe(false);
    on.run(2_000);
    expect(b.control.map(({ message }) => message.length)).toEqual([65_535]);
    expect(a.downs).toBe(0);
  });
});

describe("packets", () => {
  test("65,535 bytes pass over 1,200-byte frames, one more does not", () => {
    const { on, a, b } = w.pair(17);
    on.run(100);
    const header = Uint8Array.from({ length: PACKET_HEADER_BYTES_MAX }, (_, i) => i);
    const payload = Uint8Array.from({ length: 65_535 - header.length }, (_, i) => i * 31);
    expect(a.manager.sendPacket(b.id, header, payload)).toBe(true);
    expect(a.manager.sendPacket(b.id, header, new Uint8Array(payload.length + 1))).toBe(false);
    expect(a.manager.sendPacket(b.id, new Uint8Array(header.length + 1), new Uint8Array(1))).toBe(
      false,
    );
    expect(a.manager.sendPacket(a.id, header, payload)).toBe(false);
    on.run(100);
    expect(b.packets).toEqual([{ from: a.id, header, payload }]);
    expect(b.manager.stats().reassemblyBytes).toBe(0);
  });

  test("the longest header passes over the smallest frames", () => {
    const { on, a, b } = w.pair(20, 256);
    on.run(100);
    const header = Uint8Array.from({ length: PACKET_HEADER_BYTES_MAX }, (_, i) => i);
    for (const size of [0, 1, 5_000]) {
      expect(a.manager.sendPacket(b.id, header, new Uint8Array(size).fill(7))).toBe(true);
    }
    on.run(100);
    expect(b.packets.map(({ payload }) => payload.length)).toEqual([0, 1, 5_000]);
    expect(b.packets.every((packet) => equalBytes(packet.header, header))).toBe(true);
  });

  test("packets of every size around the frame border arrive whole, also empty ones", () => {
    const { on, a, b } = w.pair(18, 256);
    on.run(100);
    const sizes = [0, 1, 100, 215, 216, 217, 218, 219, 220, 226, 227, 400, 5_000];
    for (const size of sizes) a.manager.sendPacket(b.id, new Uint8Array(10), new Uint8Array(size));
    on.run(100);
    expect(b.packets.map(({ payload }) => payload.length)).toEqual(sizes);
  });

  test("a piece that is lost costs one packet and frees its memory", () => {
    const { on, a, b } = w.pair(19);
    on.run(3_000);
    on.weather.loss = 0.2;
    for (let i = 0; i < 50; i++) {
      a.manager.sendPacket(b.id, Uint8Array.of(i), new Uint8Array(20_000));
      on.run(10);
    }
    expect(b.manager.stats().reassemblyBytes).toBeLessThanOrEqual(
      REASSEMBLIES_PER_LINK_MAX * 20_000 + EARLY_PIECES_MAX * 1_200,
    );
    on.weather.loss = 0;
    on.run(20_000);
    expect(b.manager.stats().reassemblyBytes).toBe(0);
    expect(b.packets.every(({ payload }) => payload.length === 20_000)).toBe(true);
  });
});

const RUN_HEADER = Uint8Array.of(1, 2, 3);

/** Two linked peers on frames of 65,000 bytes; the first one's transport takes runs where `takes` says so. */
function linkedByRuns(takes: boolean, repairs = false) {
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
  const send = (payload: Uint8Array): boolean => a.manager.sendPacket(b.id, RUN_HEADER, payload);
  return { on, a, b, runs, send };
}

describe("runs of one frame", () => {
  test("a large payload that fits one frame is gathered from where it lies, a small one is not", () => {
    const { on, b, runs, send } = linkedByRuns(true);
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
    const { on, a, b, runs, send } = linkedByRuns(true, true);
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
    const { on, a, b, runs, send } = linkedByRuns(false);
    const before = a.manager.stats().framesSent;
    const large = new Uint8Array(60_000).fill(7);
    expect(send(large)).toBe(true);
    expect([runs.length, a.manager.stats().framesSent - before]).toEqual([1, 1]);
    on.run(100);
    expect(b.packets.map(({ payload }) => payload)).toEqual([large]);
  });
});
