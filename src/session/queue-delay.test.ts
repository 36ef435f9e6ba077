import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Congestion } from "./congestion.ts";
import { QUEUE_DELAY_MS } from "./limits.ts";
import { QueueDelay } from "./queue-delay.ts";
import { open, serve, TestWorld, type WorldPeer } from "./world.fixture.ts";

const suite = createNodeSuite();
const DELAY_MS = 20;
const BYTES_PER_MS = 1_000;

/** A way with a bottleneck and a buffer without end before it. */
function bottleneck(): { world: TestWorld; a: WorldPeer; b: WorldPeer; c: WorldPeer } {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(1));
  Object.assign(world.faults, { delayMs: DELAY_MS, bytesPerMs: BYTES_PER_MS });
  const [a, b, c] = ["a", "b", "c"].map((name) => world.add(testIdentity(suite, name))) as [
    WorldPeer,
    WorldPeer,
    WorldPeer,
  ];
  return { world, a, b, c };
}

/** Sends without end over three streams. */
function flood(from: WorldPeer, to: WorldPeer): void {
  const piece = new Uint8Array(256 << 10);
  for (let i = 0; i < 3; i++) {
    const probe = open(from, to, "bulk");
    probe.refill = () => {
      while (probe.stream?.write(piece) === true);
    };
    probe.refill();
  }
}

describe("a bottleneck with an endless buffer before it", () => {
  test("is filled, and its buffer is not", () => {
    const { world, a, b } = bottleneck();
    const probes = serve(b, "bulk");
    const received = (): number => probes.reduce((sum, probe) => sum + probe.bytes, 0);
    flood(a, b);
    world.run(4_000);
    const before = received();
    let worstMs = 0;
    for (let i = 0; i < 40; i++) {
      world.run(100);
      worstMs = Math.max(worstMs, a.manager.roundTripMs(b.id) ?? Number.POSITIVE_INFINITY);
    }
    expect(worstMs).toBeLessThan(2 * DELAY_MS + 2 * QUEUE_DELAY_MS);
    expect(received() - before).toBeGreaterThan(0.9 * 4_000 * BYTES_PER_MS);
  });

  test("is shared by two, and the buffer stays short", () => {
    const { world, a, b, c } = bottleneck();
    const probes = serve(b, "bulk");
    const from = ({ id }: WorldPeer): number =>
      probes.filter(({ stream }) => stream?.peer === id).reduce((sum, { bytes }) => sum + bytes, 0);
    flood(a, b);
    world.run(3_000);
    flood(c, b);
    world.run(6_000);
    const before = [from(a), from(c)] as const;
    world.run(6_000);
    const shares = [from(a) - before[0], from(c) - before[1]];
    expect(Math.max(...shares)).toBeLessThan(5 * Math.min(...shares));
    expect(a.manager.roundTripMs(b.id)).toBeLessThan(2 * DELAY_MS + 3 * QUEUE_DELAY_MS);
  });
});

/** Rounds of ten answers, one per millisecond, numbered by it; the strongest cut asked for. */
function rounds(delay: QueueDelay, count: number, fromMs: number, roundTrip: () => number): number {
  let least = 1;
  for (let i = 0; i < 10 * count; i++) {
    const number = fromMs + i;
    least = Math.min(least, delay.onSample(roundTrip(), number, number + 10, number));
  }
  return least;
}

describe("the delay of a queue", () => {
  test("is allowed up to the limit and cut beyond it, to the limit", () => {
    const delay = new QueueDelay();
    expect(rounds(delay, 5, 0, () => 10)).toBe(1);
    expect(rounds(delay, 5, 50, () => 10 + QUEUE_DELAY_MS)).toBe(1);
    expect(rounds(delay, 5, 100, () => 11 + QUEUE_DELAY_MS)).toBeCloseTo(60 / 61);
    expect(rounds(delay, 5, 150, () => 5_000)).toBe(0.5);
  });

  test("is not seen in jitter", () => {
    const delay = new QueueDelay();
    let n = 0;
    expect(rounds(delay, 20, 0, () => (n++ % 5 === 0 ? 10 : 300))).toBe(1);
  });

  test("cuts no oftener than its effect can be seen", () => {
    const delay = new QueueDelay();
    rounds(delay, 2, 0, () => 10);
    const numbers = Array.from({ length: 40 }, (_, i) => 100 + i);
    const factors = numbers.map((number) => delay.onSample(200, number, number + 10, number));
    expect(factors.filter((factor) => factor < 1)).toHaveLength(2);
  });

  test("is measured anew on another way", () => {
    const delay = new QueueDelay();
    rounds(delay, 5, 0, () => 10);
    delay.reset();
    expect(rounds(delay, 5, 100, () => 300)).toBe(1);
  });

  test("is forgotten with time: a way may have become longer unnoticed", () => {
    const delay = new QueueDelay();
    rounds(delay, 5, 0, () => 10);
    expect(rounds(delay, 5, 10_000, () => 300)).toBeLessThan(1);
    rounds(delay, 1, 15_001, () => 300);
    expect(rounds(delay, 5, 30_002, () => 300)).toBe(1);
  });
});

describe("the window", () => {
  test("becomes a part of what was in flight, but never less than at first", () => {
    const congestion = new Congestion(1_000);
    const first = congestion.windowBytes;
    for (let i = 0; i < 100; i++) congestion.onAcked(1_000, i, congestion.windowBytes);
    expect(congestion.inSlowStart).toBe(true);
    congestion.onQueue(0.75, 80_000);
    expect(congestion.windowBytes).toBe(60_000);
    expect(congestion.inSlowStart).toBe(false);
    congestion.onQueue(0.75, 100_000);
    expect(congestion.windowBytes).toBe(60_000);
    congestion.onQueue(0.5, 20_000);
    expect(congestion.windowBytes).toBe(first);
    congestion.onLost(1, 200, 300, congestion.windowBytes);
    congestion.onQueue(0.5, 20_000);
    expect(congestion.windowBytes).toBe(first / 2);
  });
});
