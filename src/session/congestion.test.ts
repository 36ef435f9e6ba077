import { describe, expect, test } from "vitest";
import { Congestion } from "./congestion.ts";
import { Pacer } from "./pacer.ts";

const PACKET_BYTES = 1_000;
const FIRST_BYTES = 32 * PACKET_BYTES;

describe("the window", () => {
  test("grows where at least half of it was in flight", () => {
    const congestion = new Congestion(PACKET_BYTES);
    congestion.onAcked(PACKET_BYTES, 0, FIRST_BYTES / 2 - 1);
    expect(congestion.windowBytes).toBe(FIRST_BYTES);
    congestion.onAcked(PACKET_BYTES, 0, FIRST_BYTES / 2);
    expect(congestion.windowBytes).toBe(FIRST_BYTES + PACKET_BYTES);
  });

  test("is not shrunk for what is lost while hardly any of it is used", () => {
    const windowOf = (inFlightBytes: number, losses: number): number => {
      const congestion = new Congestion(PACKET_BYTES);
      for (let i = 1; i <= losses; i++) congestion.onLost(1, 10 * i, 10 * i + 1, inFlightBytes);
      return congestion.windowBytes;
    };
    expect(windowOf(4 * PACKET_BYTES, 20)).toBe(FIRST_BYTES);
    expect(windowOf(4 * PACKET_BYTES + 1, 1)).toBe(FIRST_BYTES / 2);
    const large = new Congestion(8_000);
    const { windowBytes } = large;
    large.onLost(1, 10, 11, 16 << 10);
    expect(large.windowBytes).toBe(windowBytes);
    large.onLost(1, 20, 21, (16 << 10) + 1);
    expect(large.windowBytes).toBe(windowBytes / 2);
    // Of a small window four packets are much.
    const small = new Congestion(PACKET_BYTES);
    small.onLost(1, 10, 11, FIRST_BYTES);
    small.onLost(1, 20, 21, FIRST_BYTES);
    expect(small.windowBytes).toBe(8 * PACKET_BYTES);
    small.onLost(1, 30, 31, 4 * PACKET_BYTES);
    expect(small.windowBytes).toBe(4 * PACKET_BYTES);
  });

  test("is given back once what was held for lost has arrived, whatever else was lost meanwhile", () => {
    const congestion = new Congestion(PACKET_BYTES);
    congestion.onLost(1, 10, 20, FIRST_BYTES);
    congestion.onLost(1, 30, 40, PACKET_BYTES);
    congestion.onSpurious(1);
    expect(congestion.windowBytes).toBe(FIRST_BYTES / 2);
    congestion.onSpurious(1);
    expect(congestion.windowBytes).toBe(FIRST_BYTES);
  });

  test("has an end", () => {
    const congestion = new Congestion(PACKET_BYTES);
    for (let i = 0; i < 100; i++) congestion.onAcked(1 << 20, 0, congestion.windowBytes);
    expect(congestion.windowBytes).toBe(64 << 20);
  });

  test("neither grows nor shrinks for what was sent before the last loss was seen", () => {
    const congestion = new Congestion(PACKET_BYTES);
    congestion.onLost(1, 10, 20, FIRST_BYTES);
    const halved = congestion.windowBytes;
    expect(halved).toBe(FIRST_BYTES / 2);
    congestion.onAcked(PACKET_BYTES, 20, FIRST_BYTES);
    congestion.onLost(1, 20, 30, FIRST_BYTES);
    expect(congestion.windowBytes).toBe(halved);
    congestion.onAcked(PACKET_BYTES, 21, FIRST_BYTES);
    expect(congestion.windowBytes).toBeCloseTo(halved + PACKET_BYTES ** 2 / halved);
    congestion.onLost(1, 21, 40, FIRST_BYTES);
    expect(congestion.windowBytes).toBeCloseTo((halved + PACKET_BYTES ** 2 / halved) / 2);
  });

  test("is never less than two packets, of whatever size they become", () => {
    const congestion = new Congestion(PACKET_BYTES);
    for (let i = 1; i < 20; i++) congestion.onLost(1, 10 * i, 10 * i + 1, FIRST_BYTES);
    expect([congestion.windowBytes, congestion.inSlowStart]).toEqual([2 * PACKET_BYTES, false]);
    congestion.setPacketBytes(1_500);
    expect(congestion.windowBytes).toBe(3_000);
    congestion.setPacketBytes(500);
    expect(congestion.windowBytes).toBe(3_000);
    congestion.onPersistent();
    expect([congestion.windowBytes, congestion.inSlowStart]).toEqual([PACKET_BYTES, true]);
  });

  test("is given back once all that was held for lost has arrived, and only then", () => {
    const congestion = new Congestion(PACKET_BYTES);
    congestion.onLost(2, 10, 20, FIRST_BYTES);
    congestion.onLost(1, 15, 25, FIRST_BYTES);
    congestion.onSpurious(2);
    expect(congestion.windowBytes).toBe(FIRST_BYTES / 2);
    congestion.onSpurious(1);
    expect([congestion.windowBytes, congestion.inSlowStart]).toEqual([FIRST_BYTES, true]);
    congestion.onLost(1, 30, 40, FIRST_BYTES);
    congestion.onSpurious(1);
    expect(congestion.windowBytes).toBe(FIRST_BYTES);
  });

  test("is not given back where silence or a queue took it", () => {
    const silent = new Congestion(PACKET_BYTES);
    silent.onLost(1, 10, 20, FIRST_BYTES);
    silent.onPersistent();
    silent.onSpurious(1);
    expect(silent.windowBytes).toBe(2 * PACKET_BYTES);
    silent.onAcked(PACKET_BYTES, 5, FIRST_BYTES);
    expect(silent.windowBytes).toBe(3 * PACKET_BYTES);
    const queued = new Congestion(PACKET_BYTES);
    for (let i = 0; i < 100; i++) queued.onAcked(PACKET_BYTES, i, queued.windowBytes);
    queued.onLost(1, 200, 300, FIRST_BYTES);
    queued.onQueue(0.5, 100_000);
    queued.onSpurious(1);
    expect(queued.windowBytes).toBe(50_000);
  });
});

describe("the pace", () => {
  /** Bytes that may go from one time to another, in packets of this size. */
  const sentIn = (pacer: Pacer, fromMs: number, untilMs: number): number => {
    let sent = 0;
    for (let nowMs = fromMs; nowMs <= untilMs; nowMs++) {
      for (; pacer.readyMs(nowMs) <= nowMs; sent += 100) pacer.onSent(100);
    }
    return sent;
  };

  test("is a quarter more than a window for each round trip, in slow start twice as much", () => {
    for (const [inSlowStart, factor] of [
      [false, 1.25],
      [true, 2],
    ] as const) {
      const pacer = new Pacer(0);
      pacer.setPace(100_000, 100, inSlowStart, 0);
      sentIn(pacer, 0, 0);
      const perMs = sentIn(pacer, 1, 100) / 100;
      expect(perMs).toBeGreaterThan(factor * 1_000 - 10);
      expect(perMs).toBeLessThan(factor * 1_000 + 10);
    }
  });

  test("lets no more gather than a burst, or what a late timer has let pass on a fast way", () => {
    const slow = new Pacer(0);
    slow.setPace(100_000, 100, false, 0);
    expect(sentIn(slow, 0, 0)).toBe(Math.ceil((48 << 10) / 100) * 100);
    expect(sentIn(slow, 10_000, 10_000)).toBe(Math.ceil((48 << 10) / 100) * 100);
    const fast = new Pacer(0);
    fast.setPace(8 << 20, 10, false, 0);
    const bytesPerMs = (1.25 * (8 << 20)) / 10;
    sentIn(fast, 0, 0);
    expect(sentIn(fast, 1_000, 1_000)).toBe(Math.ceil((4 * bytesPerMs) / 100) * 100);
  });

  test("says when the next packet may go, a millisecond later at the least", () => {
    const pacer = new Pacer(0);
    pacer.setPace(100_000, 125, false, 0);
    pacer.onSent((48 << 10) + 10_000);
    expect(pacer.readyMs(0)).toBe(10);
    expect(pacer.readyMs(4)).toBe(10);
    expect(pacer.readyMs(10)).toBe(11);
    expect(pacer.readyMs(11)).toBe(11);
  });

  test("does not hold back on ways as short as a timer's grain, and begins where they grow", () => {
    const pacer = new Pacer(0);
    pacer.setPace(10_000, 1.9, false, 0);
    pacer.onSent(1 << 20);
    expect(pacer.readyMs(0)).toBe(0);
    pacer.setPace(10_000, 2, false, 5);
    pacer.onSent((48 << 10) + 12_500);
    expect(pacer.readyMs(5)).toBe(7);
  });
});
