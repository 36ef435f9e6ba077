import { beforeEach, describe, expect, test } from "vitest";
import { AckTracker } from "./ack-tracker.ts";
import { type AckFrame, type FrameHandler, readFrames } from "./frames.ts";
import { ACK_DELAY_MAX_MS, ACK_RANGES_MAX, ACK_RANGES_PRUNE } from "./limits.ts";
import { PacketBuffer } from "./packet-buffer.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** The ACK frame that is due at this time, undefined where there is none. */
function written(tracker: AckTracker, nowMs: number): AckFrame | undefined {
  const buffer = new PacketBuffer(1_000);
  if (!tracker.write(buffer, nowMs)) return undefined;
  let found: AckFrame | undefined;
  const handler: Partial<FrameHandler> = {
    onAck: (ack) => {
      found = ack;
    },
  };
  readFrames(buffer.done(), handler as FrameHandler);
  return found;
}

describe("acknowledgements", () => {
  let tracker: AckTracker;

  beforeEach(() => {
    tracker = new AckTracker();
  });

  test("are owed by nobody who has received nothing", () => {
    expect([tracker.pending, tracker.largest, tracker.deadlineMs()]).toEqual([false, -1, NEVER]);
    expect(written(tracker, 1)).toBeUndefined();
    tracker.onAckArrived(5);
    expect(tracker.largest).toBe(-1);
  });

  test("of one packet may wait, of the second may not", () => {
    tracker.onPacket(0, true, 100);
    expect([tracker.pending, tracker.deadlineMs()]).toEqual([true, 100 + ACK_DELAY_MAX_MS]);
    tracker.onPacket(1, true, 105);
    expect(tracker.deadlineMs()).toBe(100);
    expect(written(tracker, 107)).toEqual({ delayMs: 2, ranges: [0, 2] });
    expect([tracker.pending, tracker.deadlineMs()]).toEqual([false, NEVER]);
    tracker.onPacket(2, true, 110);
    expect(tracker.deadlineMs()).toBe(110 + ACK_DELAY_MAX_MS);
  });

  test("are not asked for by packets that carry nothing, but speak of them", () => {
    tracker.onPacket(0, false, 100);
    expect([tracker.pending, tracker.deadlineMs()]).toEqual([false, NEVER]);
    tracker.onPacket(1, true, 200);
    expect(tracker.deadlineMs()).toBe(200 + ACK_DELAY_MAX_MS);
    expect(written(tracker, 200)?.ranges).toEqual([0, 2]);
  });

  test.each([
    ["leaves a gap", [0], 2],
    ["fills one", [0, 2, 3], 1],
  ])("go at once where a packet %s", (_, before, number) => {
    for (const one of before) tracker.onPacket(one, false, 100);
    tracker.onPacket(number, true, 200);
    expect(tracker.deadlineMs()).toBe(200);
  });

  test("tell how long the newest packet has waited, whatever came late", () => {
    tracker.onPacket(5, true, 100);
    tracker.onPacket(3, true, 140);
    expect(written(tracker, 150)).toEqual({ delayMs: 50, ranges: [5, 6, 3, 4] });
  });

  test("name as many ranges as allowed; of one more the lowest is forgotten", () => {
    for (let i = 0; i < ACK_RANGES_MAX; i++) tracker.onPacket(2 * i, true, 1);
    expect(written(tracker, 1)?.ranges.at(-2)).toBe(0);
    tracker.onPacket(2 * ACK_RANGES_MAX, true, 1);
    const ranges = written(tracker, 1)?.ranges ?? [];
    expect([ranges.length / 2, ranges.at(-2)]).toEqual([ACK_RANGES_MAX, 2]);
  });

  test("that have arrived are not repeated, but for the newest packet", () => {
    for (const one of [0, 1, 4, 5, 8]) tracker.onPacket(one, true, 1);
    tracker.onAckArrived(4);
    expect(written(tracker, 1)?.ranges).toEqual([8, 9, 5, 6]);
    tracker.onAckArrived(100);
    expect(written(tracker, 1)?.ranges).toEqual([8, 9]);
  });

  test("sent alone ask to be acknowledged now and then where ranges pile up", () => {
    const asked = (): number[] =>
      Array.from({ length: 40 }, (_, i) => (tracker.wantsPing() ? i : -1)).filter((i) => i >= 0);
    for (let i = 0; i < ACK_RANGES_PRUNE; i++) tracker.onPacket(2 * i, true, 1);
    expect(asked()).toEqual([]);
    tracker.onPacket(2 * ACK_RANGES_PRUNE, true, 1);
    expect(asked()).toEqual([0, 16, 32]);
  });
});
