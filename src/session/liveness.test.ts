import { beforeEach, describe, expect, test } from "vitest";
import { Congestion } from "./congestion.ts";
import {
  IDLE_MARGIN_MS,
  IDLE_MS,
  KEEPALIVE_MS,
  REPROBE_MS,
  SUSPECT_MS,
  UNCONFIRMED_MS,
} from "./limits.ts";
import { Liveness } from "./liveness.ts";
import { Recovery } from "./recovery.ts";

const START_MS = 1_000;

describe("silence in a session", () => {
  let recovery: Recovery;
  let live: Liveness;

  beforeEach(() => {
    recovery = new Recovery(new Congestion(1_000), { onAcked: () => {}, onLost: () => {} });
    live = new Liveness(recovery, true, START_MS);
  });

  /** The pause after which a probe without an answer gives cause for doubt. */
  const patienceMs = (): number => Math.max(SUSPECT_MS, 3 * recovery.roundTrip.probeTimeoutMs());

  test("of a side that has proved nothing ends it after its time, whatever it carries", () => {
    const fresh = new Liveness(recovery, false, START_MS);
    const endMs = START_MS + UNCONFIRMED_MS;
    expect([fresh.confirmed, fresh.deadlineMs(true)]).toEqual([false, endMs]);
    expect(fresh.due(true, endMs - 1)).toBeUndefined();
    expect(fresh.due(true, endMs)).toBe("over");
    fresh.onHeard(endMs - 1);
    expect([fresh.confirmed, fresh.due(false, endMs)]).toEqual([true, undefined]);
  });

  test("ends one that carries nothing once it has been idle so long", () => {
    const endMs = START_MS + IDLE_MS;
    expect(live.deadlineMs(false)).toBe(endMs);
    expect(live.due(false, endMs - 1)).toBeUndefined();
    expect(live.due(false, endMs)).toBe("over");
  });

  test("counts from what was heard, and from the first that was sent after it", () => {
    live.onSent(2_000);
    live.onSent(3_000);
    expect(live.idleFromMs).toBe(2_000);
    live.onHeard(4_000);
    expect(live.idleFromMs).toBe(4_000);
    live.onSent(5_000);
    expect([live.idleFromMs, live.deadlineMs(false)]).toEqual([5_000, 5_000 + IDLE_MS]);
  });

  test("makes the other side's memory of the session doubtful a margin earlier", () => {
    const staleMs = START_MS + IDLE_MS - IDLE_MARGIN_MS;
    expect([live.isStale(staleMs - 1), live.isStale(staleMs)]).toEqual([false, true]);
  });

  test("makes news of the path worth a probe after a while", () => {
    live.onHeard(2_000);
    expect(live.isQuiet(2_000 + REPROBE_MS - 1)).toBe(false);
    expect(live.isQuiet(2_000 + REPROBE_MS)).toBe(true);
  });

  test("is broken by pings as long as there are streams, one a pause", () => {
    const pingMs = START_MS + KEEPALIVE_MS;
    expect(live.deadlineMs(true)).toBe(pingMs);
    expect(live.due(true, pingMs - 1)).toBeUndefined();
    expect(live.due(false, pingMs)).toBeUndefined();
    expect(live.due(true, pingMs)).toBe("ping");
    expect(live.due(true, pingMs)).toBeUndefined();
    expect(live.deadlineMs(true)).toBe(pingMs + KEEPALIVE_MS);
    live.onHeard(pingMs + 10);
    expect(live.deadlineMs(true)).toBe(pingMs + 10 + KEEPALIVE_MS);
  });

  test("after a probe raises a doubt, once, until something is heard", () => {
    recovery.probeNow(2_000);
    const doubtMs = 2_000 + patienceMs();
    expect(live.deadlineMs(false)).toBe(doubtMs);
    expect([live.due(false, doubtMs - 1), live.suspect]).toEqual([undefined, false]);
    expect([live.due(false, doubtMs), live.suspect]).toEqual(["doubt", true]);
    expect(live.due(false, doubtMs)).toBeUndefined();
    expect(live.deadlineMs(false)).toBe(START_MS + IDLE_MS);
    live.onHeard(doubtMs + 1);
    expect(live.suspect).toBe(false);
    recovery.probeNow(9_000);
    expect(live.suspect).toBe(false);
    expect(live.due(false, 9_000 + patienceMs())).toBe("doubt");
  });

  test("has more time on a slow way, and at least its time on a fast one", () => {
    recovery.roundTrip.sample(1, 0, START_MS);
    recovery.probeNow(2_000);
    expect(live.deadlineMs(false)).toBe(2_000 + SUSPECT_MS);
    for (let i = 0; i < 50; i++) recovery.roundTrip.sample(4_000, 0, START_MS);
    expect(live.deadlineMs(false)).toBeGreaterThan(2_000 + 3 * 4_000);
  });

  test("ends a session that is being judged after its patience, unless something is heard", () => {
    const verdictMs = 5_000 + patienceMs();
    expect(live.judge(5_000)).toBe(true);
    expect(live.judge(6_000)).toBe(false);
    expect(live.deadlineMs(true)).toBe(verdictMs);
    expect(live.due(false, verdictMs - 1)).toBeUndefined();
    expect(live.due(false, verdictMs)).toBe("over");
    live.onHeard(verdictMs - 1);
    expect(live.due(false, verdictMs)).toBeUndefined();
    expect(live.judge(verdictMs)).toBe(true);
  });
});
