import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { type TestPair, TestWorkshop } from "./kit.fixture.ts";
import { KEPT_BYTES_MAX, REASSEMBLY_BYTES_MAX, REPAIR_KEEPING_MS } from "./limits.ts";
import type { TestPeer } from "./net.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

const HEADER = Uint8Array.of(9);

/** A packet that carries its number, of a size that follows from it. */
function packetOf(number: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes).fill(number & 0xff);
  new DataView(payload.buffer).setUint32(0, number);
  return payload;
}

/** Sends packets one after another, `gapMs` apart, and waits for what is still under way. */
function stream({ on, a, b }: TestPair, count: number, bytes: number, gapMs: number): void {
  for (let number = 0; number < count; number++) {
    a.manager.sendPacket(b.id, HEADER, packetOf(number, bytes));
    on.run(gapMs);
  }
  on.run(2_000);
}

/** Share of packets that came; each must be whole and have come once. */
function delivered({ packets }: TestPeer, count: number): number {
  const seen = new Set<number>();
  for (const { payload } of packets) {
    const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    expect(seen.has(number)).toBe(false);
    expect(payload.subarray(4).every((byte) => byte === (number & 0xff))).toBe(true);
    seen.add(number);
  }
  return seen.size / count;
}

const BOTH: readonly [boolean, boolean] = [true, true];

function lossyPair(seed: number, loss: number, repairs = BOTH): TestPair {
  const pair = w.pair(seed, 1_200, repairs);
  pair.on.run(1_000);
  // The neighbour has missed much before: from here on what is sent is kept, and the line is bad. Not
  // so much that nothing is left of what may be repeated at once.
  pair.on.weather.loss = Math.min(loss, 0.1);
  for (let i = 0; i < 2_000; i++) {
    pair.a.manager.sendPacket(pair.b.id, HEADER, packetOf(0, 100));
    pair.on.run(1);
  }
  pair.on.run(500);
  pair.on.weather.loss = loss;
  pair.b.packets.length = 0;
  return pair;
}

describe("a link that loses", () => {
  test("notices as soon as any other that a steady stream breaks off", () => {
    const silenceMs = (seed: number, repairs: readonly [boolean, boolean]): number => {
      const pair = lossyPair(seed, 0.05, repairs);
      const { on, b } = pair;
      on.weather.loss = 0;
      for (let number = 0; number < 200; number++) {
        pair.a.manager.sendPacket(b.id, HEADER, packetOf(number, 100));
        on.run(50);
      }
      on.mute.add("udp://a");
      const { length } = b.diary;
      for (let ms = 1; ms < 1_000; ms++) {
        on.run(1);
        if (b.diary.slice(length).some((entry) => entry.includes("suspect"))) return ms;
      }
      return Number.POSITIVE_INFINITY;
    };
    // The probes that follow a doubt are drawn: one in six of either takes a little longer.
    const middleMs = (repairs: readonly [boolean, boolean]): number | undefined =>
      [14, 15, 16, 17, 18].map((seed) => silenceMs(seed, repairs)).sort((a, b) => a - b)[2];
    expect(middleMs(BOTH)).toBeLessThanOrEqual(middleMs([false, false]) ?? 0);
  });

  test("one of a thousand frames of much is not repaired: somebody sends too fast", () => {
    const pair = lossyPair(13, 0.001);
    pair.b.packets.length = 0;
    stream(pair, 4_000, 900, 0.5);
    expect(delivered(pair.b, 4_000)).toBeLessThan(1);
    const { repairsLeft } = pair.b.manager.stats();
    expect(repairsLeft).toBeGreaterThan(0);
    expect(pair.a.manager.stats().framesRepeated).toBe(0);
  });

  test.each([
    [0.01, 0.999],
    [0.05, 0.995],
    [0.1, 0.99],
    [0.2, 0.97],
  ])("%d of its frames delivers single packets, %d of them or more, once", (loss, share) => {
    const pair = lossyPair(1, loss);
    stream(pair, 2_000, 900, 0.5);
    expect(delivered(pair.b, 2_000)).toBeGreaterThanOrEqual(share);
  });

  test.each([
    [0.01, 0.995],
    [0.05, 0.995],
    [0.1, 0.98],
    [0.2, 0.8],
  ])("%d of its frames delivers packets of 64 kB, %d of them or more, once", (loss, share) => {
    const pair = lossyPair(2, loss);
    stream(pair, 300, 64_000, 2);
    expect(delivered(pair.b, 300)).toBeGreaterThanOrEqual(share);
  });

  test("delivers little where the neighbour does not repair, and all the same nothing breaks", () => {
    const pair = lossyPair(3, 0.05, [false, true]);
    stream(pair, 300, 64_000, 2);
    expect(delivered(pair.b, 300)).toBeLessThan(0.2);
    const { repeatsAsked, keptBytes } = pair.b.manager.stats();
    expect([repeatsAsked, keptBytes, pair.a.manager.stats().framesRepeated]).toEqual([0, 0, 0]);
    expect([pair.a.downs, pair.b.downs]).toEqual([0, 0]);
  });

  test.each([1, 40, 300])("delivers over %d ms each way", (latencyMs) => {
    const pair = w.pair(4, 1_200, BOTH);
    pair.on.weather.latencyMs = latencyMs;
    pair.on.run(5_000);
    pair.on.weather.loss = 0.05;
    stream(pair, 400, 900, 5);
    pair.b.packets.length = 0;
    stream(pair, 400, 900, 5);
    expect(delivered(pair.b, 400)).toBeGreaterThanOrEqual(0.985);
  });

  test("long ways repair from the first loss on, and while they are not judged", () => {
    const pair = w.pair(15, 1_200, BOTH);
    pair.on.weather.latencyMs = 25;
    pair.on.run(5_000);
    pair.on.weather.loss = 0.01;
    pair.b.packets.length = 0;
    stream(pair, 900, 900, 1);
    expect(delivered(pair.b, 900)).toBe(1);
  });

  test("long ways repair small packets too, though nothing of them is kept early", () => {
    for (const seed of [1, 2, 3, 4]) {
      const pair = w.pair(seed, 1_200, BOTH);
      pair.on.weather.latencyMs = 40;
      pair.on.run(5_000);
      pair.on.weather.loss = 0.02;
      pair.b.packets.length = 0;
      stream(pair, 2_500, 100, 1);
      expect(pair.a.manager.stats().framesRepeated).toBeGreaterThan(20);
    }
  });

  test("hands large packets on in their order, as far as that takes little time", () => {
    const pair = lossyPair(12, 0.02);
    pair.on.weather.latencyMs = 5;
    stream(pair, 400, 12_000, 1);
    const numbers = pair.b.packets.map(({ payload }) => new DataView(payload.buffer).getUint32(0));
    const overtaken = numbers.filter((number, i) => number < (numbers[i - 1] ?? 0));
    expect(overtaken.length).toBeLessThanOrEqual(4);
  });

  test("shows the end of a burst, so that its last packet is missed too", () => {
    const pair = lossyPair(5, 0.1);
    for (let number = 0; number < 400; number++) {
      pair.a.manager.sendPacket(pair.b.id, HEADER, packetOf(number, 900));
      pair.on.run(60);
    }
    expect(delivered(pair.b, 400)).toBeGreaterThanOrEqual(0.98);
  });

  test("delivers what overtakes and comes twice once", () => {
    const pair = lossyPair(6, 0.05);
    pair.on.weather.jitterMs = 5;
    pair.on.weather.duplicate = 0.05;
    stream(pair, 1_000, 5_000, 1);
    expect(delivered(pair.b, 1_000)).toBeGreaterThanOrEqual(0.99);
  });
});

describe("what repair costs", () => {
  test("nothing where nothing is lost", () => {
    const pair = w.pair(7, 1_200, BOTH);
    pair.on.run(1_000);
    stream(pair, 500, 5_000, 1);
    for (const { manager } of [pair.a, pair.b]) {
      const { repeatsAsked, framesRepeated, keptBytes } = manager.stats();
      expect([repeatsAsked, framesRepeated, keptBytes]).toEqual([0, 0, 0]);
    }
  });

  test("bounded memory, given back once nothing is missed any more", () => {
    const pair = lossyPair(8, 0.1);
    for (let number = 0; number < 500; number++) {
      pair.a.manager.sendPacket(pair.b.id, HEADER, packetOf(number, 64_000));
      pair.on.run(0.5);
      expect(pair.a.manager.stats().keptBytes).toBeLessThanOrEqual(KEPT_BYTES_MAX);
      expect(pair.b.manager.stats().reassemblyBytes).toBeLessThanOrEqual(REASSEMBLY_BYTES_MAX);
    }
    pair.on.weather.loss = 0;
    pair.on.run(REPAIR_KEEPING_MS + 5_000);
    expect(pair.a.manager.stats().keptBytes).toBe(0);
    expect(pair.b.manager.stats().reassemblyBytes).toBe(0);
  });

  test("a link that rests sends nothing for its sake", () => {
    const pair = lossyPair(9, 0.05);
    pair.on.run(1_000);
    const before = pair.a.manager.stats().framesSent;
    pair.on.run(20_000);
    expect(pair.a.manager.stats().framesSent - before).toBeLessThan(30);
  });

  test("a share of what was sent, however much is lost", () => {
    const pair = lossyPair(10, 0.6);
    const before = pair.a.manager.stats();
    stream(pair, 3_000, 900, 0.5);
    const after = pair.a.manager.stats();
    const repeated = after.framesRepeated - before.framesRepeated;
    expect(repeated).toBeGreaterThan(100);
    expect(repeated).toBeLessThan(0.25 * 3_000 + 300);
  });
});

describe("a line that loses a fifth", () => {
  test("carries little more than packets: what is lost of requests and answers begets no more of them", () => {
    const pair = lossyPair(12, 0.2);
    const before = [pair.a, pair.b].map(({ manager }) => manager.stats().repeatsAsked);
    for (let number = 0; number < 1_000; number++) {
      pair.a.manager.sendPacket(pair.b.id, HEADER, packetOf(number, 300));
      pair.b.manager.sendPacket(pair.a.id, HEADER, packetOf(number, 300));
      pair.on.run(5);
    }
    const after = [pair.a, pair.b].map(({ manager }) => manager.stats().repeatsAsked);
    const asked = after.map((count, at) => count - (before[at] ?? 0));
    // 0.47 for each packet; 0.8 where frames do not say that those before them are not kept, and 1.9 where answers do not
    // say either what will not come again.
    for (const requests of asked) expect(requests).toBeLessThan(550);
    expect(delivered(pair.b, 1_000)).toBeGreaterThanOrEqual(0.98);
    expect(delivered(pair.a, 1_000)).toBeGreaterThanOrEqual(0.98);
  });
});

describe("a queue on the way", () => {
  test("leaves losses to those who send too fast", () => {
    const pair = lossyPair(11, 0.05);
    pair.on.weather.latencyMs = 40;
    // The first round trips show the queue; only then it is known.
    stream(pair, 500, 900, 1);
    pair.b.packets.length = 0;
    const before = pair.a.manager.stats().framesRepeated;
    stream(pair, 2_000, 900, 1);
    expect(delivered(pair.b, 2_000)).toBeLessThan(0.97);
    expect(pair.a.manager.stats().framesRepeated - before).toBeLessThan(20);
    expect(pair.b.manager.stats().repairsLeft).toBeGreaterThan(20);
    // Once it is gone, they are repaired again.
    pair.on.weather.latencyMs = 1;
    stream(pair, 500, 900, 1);
    pair.b.packets.length = 0;
    stream(pair, 2_000, 900, 1);
    expect(delivered(pair.b, 2_000)).toBeGreaterThanOrEqual(0.995);
  });
});
