import { describe, expect, test } from "vitest";
import { ReplayWindow } from "../base/replay-window.ts";
import { UNKEPT_TOLD_MAX } from "./layout.ts";
import {
  KEPT_BYTES_FIRST,
  REPAIR_EARLY_BYTES_MAX,
  REPAIR_EARLY_FRAME_BYTES_MIN,
  REPAIR_EARLY_MS,
  REPAIR_EARLY_PAUSE_MS,
  REPAIR_KEEPING_MS,
  REPAIR_LONG_MS,
} from "./limits.ts";
import type { InternalMessage } from "./messages.ts";
import { RepeatDraft } from "./repair-messages.ts";
import { RepairTiming } from "./repair-timing.ts";
import { Repeater } from "./repeater.ts";
import { KEPT_TABLE_BYTES_FIRST } from "./sent-frames.ts";
import { newStats } from "./stats.ts";
import { Trains } from "./trains.ts";

const FRAME_BYTES = 1_200;
const NEVER = Number.POSITIVE_INFINITY;

function setUp(roundTripMs: number | undefined, maxBytes = 8 << 20, isActive = true) {
  const said: InternalMessage[][] = [];
  const repeated: Uint8Array[] = [];
  const kept = { usedBytes: 0, maxBytes };
  const timing = new RepairTiming();
  if (roundTripMs !== undefined) timing.sample(roundTripMs, 0);
  const next = { counter: 1 };
  const link = {
    ...{ frameBytesMax: FRAME_BYTES, remoteIndex: 1, replay: new ReplayWindow(64) },
    trains: new Trains({ usedBytes: 0, maxBytes: 1 << 20 }),
    takesGone: true,
    tellsUnkept: true,
    nextCounter: () => next.counter,
    isActive: () => isActive,
    send: (...messages: readonly InternalMessage[]) => void said.push([...messages]),
    repeat: (frame: Uint8Array) => repeated.push(frame.slice()) > 0,
  };
  const repeater = new Repeater({ kept, stats: newStats(), wake: () => {} }, link, timing, 0);
  const send = (counter: number, bytes: number, nowMs: number): boolean => {
    const isKept = repeater.keeps(bytes);
    next.counter = counter + 1;
    if (isKept) repeater.keepFrame(counter, new Uint8Array(bytes).fill(counter), nowMs);
    return isKept;
  };
  const ask = (counter: number, nowMs: number): number => {
    const draft = new RepeatDraft(1_000);
    draft.addCounter(counter);
    repeater.onRepeat(draft.done(0), nowMs);
    return repeated.length;
  };
  return { repeater, send, ask, said, repeated, kept, timing, next };
}

describe("on a long way", () => {
  test("large frames are kept before anything was missed, so that the first loss is repaired", () => {
    const { send, ask, repeated } = setUp(REPAIR_LONG_MS);
    expect(send(1, REPAIR_EARLY_FRAME_BYTES_MIN, 0)).toBe(true);
    expect(ask(1, 50)).toBe(1);
    expect(repeated[0]).toEqual(new Uint8Array(REPAIR_EARLY_FRAME_BYTES_MIN).fill(1));
  });

  test("small frames alone begin nothing, but are kept once large ones are", () => {
    const { repeater, send, kept } = setUp(REPAIR_LONG_MS);
    expect(send(1, REPAIR_EARLY_FRAME_BYTES_MIN - 1, 0)).toBe(false);
    expect([repeater.isKeeping, kept.usedBytes, repeater.deadlineMs()]).toEqual([false, 0, NEVER]);
    send(2, REPAIR_EARLY_FRAME_BYTES_MIN, 0);
    expect(send(3, 1, 0)).toBe(true);
  });

  test("nothing is kept any more some time after the last frame, and no frame shows an end", () => {
    const { repeater, send, kept, said } = setUp(50);
    send(1, FRAME_BYTES, 0);
    send(2, FRAME_BYTES, 600);
    expect(repeater.deadlineMs()).toBe(600 + REPAIR_EARLY_MS);
    repeater.tick(600 + REPAIR_EARLY_MS - 1);
    expect(repeater.isKeeping).toBe(true);
    repeater.tick(600 + REPAIR_EARLY_MS);
    expect([repeater.isKeeping, kept.usedBytes, said.length]).toEqual([false, 0, 0]);
    expect(send(3, FRAME_BYTES, 5_000)).toBe(true);
  });

  test("nothing is kept for a while once too much is sent in a moment", () => {
    const { repeater, send, kept } = setUp(50);
    const bytes = 1 << 14;
    for (let i = 0; i < REPAIR_EARLY_BYTES_MAX / bytes; i++) send(i, bytes, i / 10);
    expect(repeater.isKeeping).toBe(true);
    send(1_000, 1, 99);
    expect([repeater.isKeeping, kept.usedBytes]).toEqual([false, 0]);
    expect(send(1_001, FRAME_BYTES, 99)).toBe(false);
    repeater.tick(99 + REPAIR_EARLY_PAUSE_MS - 1);
    expect(send(1_002, FRAME_BYTES, 99 + REPAIR_EARLY_PAUSE_MS - 1)).toBe(false);
    expect(repeater.deadlineMs()).toBe(99 + REPAIR_EARLY_PAUSE_MS);
    repeater.tick(99 + REPAIR_EARLY_PAUSE_MS);
    expect(send(1_003, FRAME_BYTES, 99 + REPAIR_EARLY_PAUSE_MS)).toBe(true);
  });

  test("what is sent in many moments may be more", () => {
    const { repeater, send } = setUp(50, 64 << 20);
    for (let ms = 0; ms < 2_000; ms++) send(ms, 10_000, ms);
    expect(repeater.isKeeping).toBe(true);
  });

  test("all is kept once the neighbour has missed something, and the end of a burst shown", () => {
    const { repeater, send, ask, said } = setUp(50);
    send(1, FRAME_BYTES, 0);
    ask(1, 60);
    const count = (4 * REPAIR_EARLY_BYTES_MAX) / 16_384;
    for (let i = 0; i < count; i++) expect(send(2 + i, 16_384, 61)).toBe(true);
    said.length = 0;
    repeater.tick(61 + 12.5);
    expect(said).toEqual([[]]);
    repeater.tick(60 + REPAIR_KEEPING_MS - 1);
    expect(repeater.isKeeping).toBe(true);
    repeater.tick(60 + REPAIR_KEEPING_MS);
    expect(repeater.isKeeping).toBe(false);
  });

  test("what follows a burst shows its end as well, and no other frame is sent for that", () => {
    const { repeater, send, ask, said, next } = setUp(50);
    send(1, FRAME_BYTES, 0);
    ask(1, 60);
    send(2, FRAME_BYTES, 61);
    next.counter++;
    said.length = 0;
    repeater.tick(61 + 12.5);
    expect(said).toEqual([]);
    send(4, FRAME_BYTES, 100);
    repeater.tick(100 + 12.5);
    expect(said).toEqual([[]]);
  });

  test("nothing is kept where all memory is taken, or the link is gone", () => {
    expect(setUp(50, 8 << 20, false).send(1, FRAME_BYTES, 0)).toBe(false);
    expect(setUp(50, KEPT_TABLE_BYTES_FIRST - 1).send(1, FRAME_BYTES, 0)).toBe(false);
    const { repeater, send, ask, kept } = setUp(50, KEPT_TABLE_BYTES_FIRST);
    expect(send(1, FRAME_BYTES, 0)).toBe(true);
    expect([ask(1, 60), kept.usedBytes]).toEqual([0, KEPT_TABLE_BYTES_FIRST]);
    repeater.clear();
    expect([kept.usedBytes, repeater.deadlineMs()]).toEqual([0, NEVER]);
  });
});

describe("what is told of frames before one that are not kept", () => {
  test("is nothing before the neighbour has asked: what it misses then begins the keeping", () => {
    const { repeater, send } = setUp(REPAIR_LONG_MS);
    send(1, FRAME_BYTES, 0);
    expect([repeater.isKeeping, repeater.unkeptBefore(5)]).toEqual([true, 0]);
  });

  test("is how many there were since the last one that is, as far as can be told", () => {
    const { repeater, send, ask } = setUp(undefined);
    ask(1, 0);
    send(40, FRAME_BYTES, 1);
    const counters = [41, 42, 40 + UNKEPT_TOLD_MAX, 41 + UNKEPT_TOLD_MAX, 42 + UNKEPT_TOLD_MAX];
    const told = counters.map((counter) => repeater.unkeptBefore(counter));
    expect(told).toEqual([0, 1, UNKEPT_TOLD_MAX - 1, UNKEPT_TOLD_MAX, UNKEPT_TOLD_MAX]);
    send(43, FRAME_BYTES, 2);
    expect([44, 45].map((counter) => repeater.unkeptBefore(counter))).toEqual([0, 1]);
    repeater.tick(REPAIR_KEEPING_MS);
    expect(repeater.unkeptBefore(50)).toBe(0);
  });
});

describe("keeping", () => {
  test("early leaves half of the memory to links that lose something", () => {
    const { repeater, send, kept } = setUp(50, 8 << 20);
    kept.usedBytes = (4 << 20) + 1;
    expect(send(1, FRAME_BYTES, 0)).toBe(false);
    kept.usedBytes = 4 << 20;
    expect(send(2, FRAME_BYTES, 0)).toBe(true);
    send(3, FRAME_BYTES, 1);
    expect(repeater.isKeeping).toBe(false);
  });

  test("early ends where the way turns out to be short", () => {
    const { repeater, send, timing } = setUp(50);
    send(1, FRAME_BYTES, 0);
    timing.sample(1, 1);
    send(2, FRAME_BYTES, 2);
    expect([repeater.isKeeping, send(3, FRAME_BYTES, 3)]).toEqual([false, false]);
  });

  test("early is bounded also after a request that found no memory", () => {
    const { repeater, send, ask, kept } = setUp(50, 8 << 20);
    kept.usedBytes = 8 << 20;
    ask(1, 0);
    kept.usedBytes = 0;
    send(2, FRAME_BYTES, 10);
    expect([repeater.isKeeping, repeater.deadlineMs()]).toEqual([true, 10 + REPAIR_EARLY_MS]);
  });
});

test("on a short or unknown way nothing is kept until the neighbour has missed something", () => {
  for (const roundTripMs of [REPAIR_LONG_MS - 0.1, undefined]) {
    const { send, ask, kept } = setUp(roundTripMs);
    expect(send(1, FRAME_BYTES, 0)).toBe(false);
    expect([ask(1, 5), kept.usedBytes]).toEqual([0, KEPT_TABLE_BYTES_FIRST]);
    expect(send(2, FRAME_BYTES, 6)).toBe(true);
    expect([ask(2, 10), kept.usedBytes]).toEqual([1, KEPT_TABLE_BYTES_FIRST + KEPT_BYTES_FIRST]);
  }
});
