import { expect, test } from "vitest";
import { Congestion } from "./congestion.ts";
import { PacketSize } from "./packet-size.ts";
import { Recovery } from "./recovery.ts";

/** A path whose packets arrive after 10 ms, but for those that links repair. */
function setUp() {
  const lost: number[] = [];
  const congestion = new Congestion(1_000);
  const recovery = new Recovery(congestion, {
    onAcked: () => {},
    onLost: (packet) => lost.push(packet.number),
  });
  let next = 0;
  /** Sends ten packets, of which the second comes so much later than the others. */
  const round = (sentMs: number, lateMs: number): number => {
    const before = lost.length;
    const first = next;
    for (let i = 0; i < 10; i++) {
      recovery.onSent({
        ...{ number: next++, sentMs, sizeBytes: 1_000, frames: [] },
        ...{ ackedThrough: -1, requeued: false },
      });
    }
    const ack = (nowMs: number, ...ranges: number[]): void =>
      recovery.onAck({ delayMs: 0, ranges }, next, nowMs);
    ack(sentMs + 10, first + 2, first + 10, first, first + 1);
    const arrivesMs = sentMs + 10 + lateMs;
    while (recovery.deadlineMs() <= arrivesMs) recovery.onTimer(recovery.deadlineMs());
    ack(arrivesMs, first, first + 10);
    return lost.length - before;
  };
  return { round, congestion };
}

test("packets that links repair are held for lost a few times and then waited for", () => {
  const { round, congestion } = setUp();
  const early = [0, 1, 2, 3].reduce((sum, i) => sum + round(i * 100, 20), 0);
  expect(early).toBeGreaterThan(0);
  const windowBytes = congestion.windowBytes;
  const late = [4, 5, 6, 7, 8, 9].reduce((sum, i) => sum + round(i * 100, 20), 0);
  expect(late).toBe(0);
  expect(congestion.windowBytes).toBeGreaterThanOrEqual(windowBytes);
});

test("but not for ever", () => {
  const { round } = setUp();
  for (let i = 0; i < 40; i++) round(i * 1_000, 400);
  // Two round trips and 30 ms are the most.
  expect(round(40_000, 60)).toBe(1);
});

test("what arrived after all does not count against large packets", () => {
  const factorAfter = (spurious: number): number => {
    const size = new PacketSize();
    const bounds = {
      ...{ baseBytes: 1_000, ceilingBytes: 64_000 },
      ...{ windowBytes: 64 << 20, roundTripMs: 1 },
    };
    for (let i = 0; i < 200; i++) size.onAcked(size.bytes(bounds));
    for (let i = 0; i < 30; i++) {
      size.onLost();
      size.onSpurious(spurious);
      for (let k = 0; k < 9; k++) size.onAcked(size.bytes(bounds));
    }
    return size.bytes(bounds) / bounds.baseBytes;
  };
  expect(factorAfter(0)).toBeLessThan(16);
  expect(factorAfter(1)).toBe(64);
});
