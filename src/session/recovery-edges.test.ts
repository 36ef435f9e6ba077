import { describe, expect, test } from "vitest";
import { Congestion } from "./congestion.ts";
import { ACK_DELAY_MAX_MS, INITIAL_RTT_MS } from "./limits.ts";
import { PathControl } from "./path-control.ts";
import { Recovery } from "./recovery.ts";
import { RoundTrip } from "./rtt.ts";
import type { SentPacket } from "./sent-packets.ts";

const NEVER = Number.POSITIVE_INFINITY;

function setUp() {
  const acked: number[] = [];
  const lost: number[] = [];
  const congestion = new Congestion(1_000);
  const recovery = new Recovery(congestion, {
    onAcked: ({ number }) => acked.push(number),
    onLost: ({ number }) => lost.push(number),
  });
  let next = 0;
  const send = (sentMs: number, count = 1): void => {
    for (let i = 0; i < count; i++) {
      const packet: SentPacket = {
        ...{ number: next++, sentMs, sizeBytes: 1_000, frames: [] },
        ...{ ackedThrough: -1, requeued: false },
      };
      recovery.onSent(packet);
    }
  };
  const ack = (nowMs: number, ...ranges: number[]): void =>
    recovery.onAck({ delayMs: 0, ranges }, next, nowMs);
  return { acked, lost, congestion, recovery, send, ack };
}

describe("acknowledgements", () => {
  test("tell of each packet once, oldest first, and take it from what is in flight", () => {
    const { acked, recovery, send, ack } = setUp();
    send(0, 8);
    ack(10, 5, 7, 1, 3);
    expect(acked).toEqual([1, 2, 5, 6]);
    ack(11, 1, 7);
    // Two have been overtaken by three or more; that one of them was only late is not told.
    expect(acked).toEqual([1, 2, 5, 6, 4]);
    expect([recovery.inFlightBytes, recovery.lostCount]).toEqual([1_000, 2]);
    expect([0, 3, 7].map((number) => recovery.isInFlight(number))).toEqual([false, false, true]);
  });

  test("of nothing new change nothing: probes stay due", () => {
    const { recovery, send, ack } = setUp();
    send(0, 2);
    ack(10, 0, 1);
    recovery.onTimer(recovery.deadlineMs());
    expect([recovery.probesDue, recovery.unanswered]).toEqual([2, true]);
    ack(900, 0, 1);
    expect([recovery.probesDue, recovery.unanswered]).toEqual([2, true]);
    ack(900, 0, 2);
    expect([recovery.probesDue, recovery.unanswered]).toEqual([0, false]);
  });

  test("measure without the delay that the other side says it added", () => {
    const { recovery, send } = setUp();
    send(0);
    recovery.onAck({ delayMs: 0, ranges: [0, 1] }, 1, 100);
    send(200);
    recovery.onAck({ delayMs: 15, ranges: [1, 2] }, 2, 335);
    expect(recovery.roundTrip.smoothedMs).toBeCloseTo(0.875 * 100 + 0.125 * 120);
  });
});

describe("packets that are late", () => {
  test("are lost at their time and not before, the next one's deadline noted", () => {
    const { lost, recovery, send, ack } = setUp();
    send(0);
    send(58);
    send(60);
    ack(120, 2, 3);
    // 9/8 of the round trip of 60 ms.
    expect([lost, recovery.deadlineMs()]).toEqual([[0], 58 + 67.5]);
    recovery.onTimer(125);
    expect(lost).toEqual([0]);
    recovery.onTimer(125.5);
    expect([lost, recovery.deadlineMs()]).toEqual([[0, 1], NEVER]);
    expect(recovery.lostCount).toBe(2);
  });

  test("and arrive after all make the path's patience grow by how far they were overtaken", () => {
    const { lost, send, ack } = setUp();
    send(0, 20);
    ack(10, 1, 4);
    expect(lost).toEqual([0]);
    ack(10, 1, 9);
    ack(11, 0, 9);
    // It was overtaken by eight: nine are waited for now.
    ack(11, 10, 18);
    expect(lost).toEqual([0]);
    ack(11, 10, 19);
    expect(lost).toEqual([0, 9]);
  });

  test("on another path count by its own patience again", () => {
    const { lost, recovery, send, ack } = setUp();
    send(0, 30);
    ack(10, 1, 9);
    ack(11, 0, 9);
    recovery.use(new PathControl(new Congestion(1_000)));
    recovery.roundTrip.sample(10, 0, 11);
    ack(12, 10, 13);
    expect(lost).toEqual([0, 9]);
  });

  test("cost the window once, and twice where they were sent after that was seen", () => {
    const { congestion, send, ack } = setUp();
    send(0, 10);
    ack(10, 4, 5);
    ack(11, 9, 10);
    expect(congestion.windowBytes).toBe(16_000);
    send(20, 10);
    ack(30, 15, 16);
    expect(congestion.windowBytes).toBeLessThan(10_000);
  });
});

describe("probes", () => {
  test("wait twice as long each time, from the last packet on, and start anew when answered", () => {
    const { recovery, send, ack } = setUp();
    send(0);
    ack(40, 0, 1);
    const timeoutMs = 40 + 80 + ACK_DELAY_MAX_MS;
    send(100, 2);
    expect(recovery.deadlineMs()).toBe(100 + timeoutMs);
    recovery.onTimer(100 + timeoutMs - 1);
    expect([recovery.probesDue, recovery.firstProbeMs]).toEqual([0, NEVER]);
    recovery.onTimer(100 + timeoutMs);
    expect([recovery.probesDue, recovery.firstProbeMs]).toEqual([2, 100 + timeoutMs]);
    send(300);
    expect([recovery.probesDue, recovery.deadlineMs()]).toEqual([1, 300 + 2 * timeoutMs]);
    ack(340, 3, 4);
    expect([recovery.probesDue, recovery.unanswered]).toEqual([0, false]);
    recovery.heard();
    expect(recovery.firstProbeMs).toBe(NEVER);
  });

  test("carry the two oldest packets again, each once", () => {
    const { lost, recovery, send } = setUp();
    send(0, 5);
    for (let i = 0; i < 4; i++) recovery.onTimer(recovery.deadlineMs());
    expect(lost).toEqual([0, 1, 2, 3, 4]);
  });

  test("go at once where the path may be new, and note since when nothing answers", () => {
    const { lost, recovery, send } = setUp();
    send(0, 3);
    recovery.probeNow(5);
    expect([recovery.probesDue, recovery.firstProbeMs, lost]).toEqual([2, 5, [0, 1]]);
    recovery.probeNow(9);
    expect([recovery.firstProbeMs, lost]).toEqual([5, [0, 1, 2]]);
    expect(recovery.unanswered).toBe(false);
  });

  test("are due for nobody who has sent nothing", () => {
    const { recovery } = setUp();
    expect(recovery.deadlineMs()).toBe(NEVER);
    recovery.onTimer(1e9);
    expect([recovery.probesDue, recovery.unanswered]).toEqual([0, false]);
  });
});

describe("a path that has failed", () => {
  test("gives all that is on it back to be sent again, each once, and the window stays", () => {
    const { lost, congestion, recovery, send, ack } = setUp();
    send(0, 5);
    ack(10, 2, 3);
    recovery.onTimer(10);
    recovery.probeNow(15);
    const before = [...lost];
    recovery.abandonAll();
    expect(lost).toEqual([0, 1, 3, 4]);
    expect(before).toEqual([0, 1]);
    expect([recovery.inFlightBytes, recovery.lostCount, recovery.deadlineMs()]).toEqual([
      ...[0, 4, NEVER],
    ]);
    expect(congestion.windowBytes).toBeGreaterThanOrEqual(32_000);
  });
});

describe("silence", () => {
  test("of three probe timeouts shrinks the window to the smallest, less does not", () => {
    for (const [spanMs, isPersistent] of [
      [361, true],
      [360, false],
    ] as const) {
      const { congestion, recovery, send, ack } = setUp();
      send(0);
      ack(40, 0, 1);
      send(100);
      send(100 + spanMs);
      send(2_000);
      ack(2_040, 3, 4);
      expect(recovery.roundTrip.probeTimeoutMs()).toBe(120);
      expect(congestion.windowBytes === 2_000).toBe(isPersistent);
    }
  });

  test("at the end of a full window shrinks it, though little is in flight when it is known", () => {
    const { congestion, recovery, send, ack } = setUp();
    send(0, 32);
    ack(40, 0, 29);
    ack(41, 31, 32);
    recovery.onTimer(recovery.deadlineMs());
    expect(recovery.lostCount).toBe(2);
    expect(congestion.windowBytes).toBeLessThan(32_000);
  });

  test("before the first measurement is not held against the path", () => {
    const { congestion, send, ack } = setUp();
    send(0);
    send(50_000);
    send(60_000);
    ack(60_010, 2, 3);
    expect(congestion.windowBytes).toBe(32_000);
  });
});

describe("round trips", () => {
  test("are guessed before the first, and then measured", () => {
    const roundTrip = new RoundTrip();
    expect([roundTrip.measured, roundTrip.smoothedMs]).toEqual([false, INITIAL_RTT_MS]);
    expect(roundTrip.probeTimeoutMs()).toBe(3 * INITIAL_RTT_MS + ACK_DELAY_MAX_MS);
    roundTrip.sample(80, 0, 7);
    expect([roundTrip.measured, roundTrip.firstSampleMs]).toEqual([true, 7]);
    roundTrip.sample(80, 0, 9);
    expect(roundTrip.firstSampleMs).toBe(7);
  });

  test("are what is expected until one is measured", () => {
    const roundTrip = new RoundTrip();
    roundTrip.expect(10);
    expect([roundTrip.measured, roundTrip.smoothedMs]).toEqual([false, 10]);
    expect(roundTrip.probeTimeoutMs()).toBe(3 * 10 + ACK_DELAY_MAX_MS);
    roundTrip.sample(80, 0, 7);
    roundTrip.expect(10);
    expect(roundTrip.smoothedMs).toBe(80);
  });

  test("believe no more delay than may be, and none that would go below the shortest", () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(100, 0, 1);
    roundTrip.sample(200, 10 * ACK_DELAY_MAX_MS, 2);
    const smoothedMs = 0.875 * 100 + 0.125 * (200 - ACK_DELAY_MAX_MS);
    expect(roundTrip.smoothedMs).toBeCloseTo(smoothedMs);
    roundTrip.sample(100 + ACK_DELAY_MAX_MS, ACK_DELAY_MAX_MS, 3);
    expect(roundTrip.smoothedMs).toBeCloseTo(0.875 * smoothedMs + 0.125 * 100);
  });

  test("vary by what they differ, and timeouts never come nearer than the finest step", () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(100, 0, 1);
    roundTrip.sample(140, 0, 2);
    expect(roundTrip.probeTimeoutMs()).toBeCloseTo(105 + 4 * (0.75 * 50 + 0.25 * 40) + 20);
    expect(roundTrip.lossDelayMs(1.5)).toBeCloseTo(1.5 * 140);
    const fast = new RoundTrip();
    fast.sample(0.01, 0, 1);
    expect(fast.probeTimeoutMs()).toBeCloseTo(0.01 + 1 + ACK_DELAY_MAX_MS);
    expect(fast.lossDelayMs(1)).toBe(1);
  });
});
