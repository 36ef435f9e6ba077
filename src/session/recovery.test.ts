import { describe, expect, test } from "vitest";
import { Congestion } from "./congestion.ts";
import { SessionError } from "./errors.ts";
import { Pacer } from "./pacer.ts";
import { Recovery } from "./recovery.ts";
import { RoundTrip } from "./rtt.ts";
import type { SentPacket } from "./sent-packets.ts";

function setUp() {
  const acked: number[] = [];
  const lost: number[] = [];
  const congestion = new Congestion(1_000);
  const recovery = new Recovery(congestion, {
    onAcked: (packet) => acked.push(packet.number),
    onLost: (packet) => lost.push(packet.number),
  });
  let next = 0;
  const send = (sentMs: number): SentPacket => {
    const packet = {
      number: next++,
      sentMs,
      sizeBytes: 1_000,
      frames: [],
      ackedThrough: -1,
      requeued: false,
    };
    recovery.onSent(packet);
    return packet;
  };
  const ack = (nowMs: number, ...ranges: number[]) =>
    recovery.onAck({ delayMs: 0, ranges }, next, nowMs);
  return { acked, lost, congestion, recovery, send, ack };
}

describe("loss recovery", () => {
  test("three later packets make one lost, two do not", () => {
    const { lost, recovery, send, ack } = setUp();
    for (let i = 0; i < 5; i++) send(0);
    ack(10, 1, 3);
    expect(lost).toEqual([]);
    ack(10, 1, 4);
    expect(lost).toEqual([0]);
    expect(recovery.inFlightBytes).toBe(1_000);
  });

  test("time makes a packet lost when too few follow", () => {
    const { lost, recovery, send, ack } = setUp();
    send(0);
    send(0);
    ack(100, 1, 2);
    expect(lost).toEqual([]);
    expect(recovery.deadlineMs()).toBeCloseTo(112.5);
    recovery.onTimer(113);
    expect(lost).toEqual([0]);
    expect(recovery.inFlightBytes).toBe(0);
    expect(recovery.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("only a newly acknowledged largest packet measures the round trip", () => {
    const { recovery, send, ack } = setUp();
    send(0);
    send(0);
    ack(50, 1, 2);
    expect(recovery.roundTrip.smoothedMs).toBe(50);
    ack(5_000, 0, 2);
    expect(recovery.roundTrip.smoothedMs).toBe(50);
  });

  test("probes back off and their content is queued once", () => {
    const { lost, recovery, send, ack } = setUp();
    send(0);
    ack(20, 0, 1);
    send(100);
    const first = recovery.deadlineMs();
    expect(first).toBeCloseTo(100 + 20 + 40 + 20);
    recovery.onTimer(first);
    expect(recovery.probesDue).toBe(2);
    expect(lost).toEqual([1]);
    send(first);
    send(first);
    expect(recovery.probesDue).toBe(0);
    expect(recovery.deadlineMs()).toBeCloseTo(first + 2 * 80);
    recovery.onTimer(recovery.deadlineMs());
    expect(lost).toEqual([1, 2, 3]);
    expect(recovery.firstProbeMs).toBe(first);
    ack(first + 400, 1, 4);
    expect(recovery.inFlightBytes).toBe(0);
  });

  test("pauses between probes stay short in the first seconds", () => {
    const { recovery, send } = setUp();
    let nowMs = 0;
    send(0);
    const pauses: number[] = [];
    for (let i = 0; i < 40; i++) {
      const due = recovery.deadlineMs();
      pauses.push(due - nowMs);
      nowMs = due;
      recovery.onTimer(nowMs);
      send(nowMs);
      send(nowMs);
    }
    const base = recovery.roundTrip.probeTimeoutMs();
    expect(Math.max(...pauses.slice(0, 5))).toBeLessThanOrEqual(Math.max(base, 500));
    expect(Math.max(...pauses)).toBe(5_000);
  });

  test("pauses between probes are short once the other side is heard again, until the next one", () => {
    const { recovery, send, ack } = setUp();
    send(0);
    ack(5, 0, 1);
    send(10);
    const probe = (): number => {
      const dueMs = recovery.deadlineMs();
      recovery.onTimer(dueMs);
      send(dueMs);
      send(dueMs);
      return dueMs;
    };
    for (let i = 0; i < 5; i++) probe();
    const probedMs = probe();
    expect(recovery.deadlineMs()).toBe(probedMs + 500);
    recovery.heard();
    expect(recovery.deadlineMs()).toBe(probedMs + 100);
    expect(recovery.unanswered).toBe(true);
    expect(probe()).toBe(probedMs + 100);
    expect(recovery.deadlineMs()).toBe(probedMs + 600);
  });

  test("an acknowledgement of a packet never sent breaks the rules", () => {
    const { send, ack } = setUp();
    send(0);
    expect(() => ack(1, 0, 2)).toThrow(SessionError);
  });

  test("a packet that was only late makes the path's patience grow and gives the window back", () => {
    const { lost, congestion, send, ack } = setUp();
    for (let i = 0; i < 30; i++) send(0);
    ack(10, 1, 8);
    expect(lost).toEqual([0]);
    const reduced = congestion.windowBytes;
    ack(11, 0, 10);
    expect(congestion.windowBytes).toBeGreaterThan(reduced);
    ack(11, 11, 16, 0, 10);
    expect(lost).toEqual([0]);
  });

  test("long silence shrinks the window to its smallest", () => {
    const { congestion, send, ack } = setUp();
    send(0);
    ack(20, 0, 1);
    for (let i = 0; i < 20; i++) send(100 + i * 50);
    expect(congestion.windowBytes).toBeGreaterThan(10_000);
    send(3_000);
    ack(3_020, 21, 22);
    expect(congestion.windowBytes).toBe(2_000);
  });
});

describe("congestion control", () => {
  test("doubles per round trip at first, halves once per round trip of loss, then adds a packet", () => {
    const congestion = new Congestion(1_000);
    expect(congestion.windowBytes).toBe(32_000);
    for (let i = 0; i < 32; i++) congestion.onAcked(1_000, 0, 32_000);
    expect(congestion.windowBytes).toBe(64_000);
    congestion.onLost(1, 10, 20, congestion.windowBytes);
    congestion.onLost(1, 15, 25, congestion.windowBytes);
    expect(congestion.windowBytes).toBe(32_000);
    for (let i = 0; i < 32; i++) congestion.onAcked(1_000, 30, 32_000);
    expect(congestion.windowBytes).toBeGreaterThan(32_900);
    expect(congestion.windowBytes).toBeLessThanOrEqual(33_000);
  });

  test("a window that is not used does not grow", () => {
    const congestion = new Congestion(1_000);
    congestion.onAcked(1_000, 0, 10_000);
    expect(congestion.windowBytes).toBe(32_000);
  });

  test("large packets begin with a bounded window of at least two", () => {
    expect(new Congestion(16_000).windowBytes).toBe(256 << 10);
    expect(new Congestion(200_000).windowBytes).toBe(400_000);
  });
});

describe("the pacer", () => {
  test("lets a burst go and then keeps the pace", () => {
    const pacer = new Pacer(0);
    pacer.setPace(100_000, 100, false, 0);
    let sent = 0;
    while (pacer.readyMs(0) <= 0) {
      pacer.onSent(1_200);
      sent += 1_200;
    }
    expect(sent).toBeLessThan(60_000);
    const startBytes = sent;
    for (let nowMs = 0; nowMs < 100; nowMs++) {
      while (pacer.readyMs(nowMs) <= nowMs) {
        pacer.onSent(1_200);
        sent += 1_200;
      }
    }
    expect(sent - startBytes).toBeGreaterThan(110_000);
    expect(sent - startBytes).toBeLessThan(130_000);
  });

  test("does not pace round trips below the timer's grain", () => {
    const pacer = new Pacer(0);
    pacer.setPace(10_000, 0.5, false, 0);
    for (let i = 0; i < 1_000; i++) pacer.onSent(1_200);
    expect(pacer.readyMs(0)).toBe(0);
  });
});

describe("round trips", () => {
  test("follow the formulas of RFC 9002", () => {
    const roundTrip = new RoundTrip();
    roundTrip.sample(100, 0, 1);
    expect(roundTrip.smoothedMs).toBe(100);
    expect(roundTrip.probeTimeoutMs()).toBe(100 + 200 + 20);
    roundTrip.sample(140, 10, 2);
    expect(roundTrip.smoothedMs).toBeCloseTo(0.875 * 100 + 0.125 * 130);
    roundTrip.sample(105, 10, 3);
    expect(roundTrip.smoothedMs).toBeCloseTo(0.875 * 103.75 + 0.125 * 105);
  });
});
