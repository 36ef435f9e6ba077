import { describe, expect, test } from "vitest";
import { ReplayWindow } from "../base/replay-window.ts";
import type { AskTimes } from "./gaps.ts";
import { Gaps } from "./gaps.ts";
import { UNKEPT_TOLD_MAX } from "./layout.ts";
import {
  ASKS_SAVED_MAX,
  HEADS_ASKED_BURST,
  HEADS_ASKED_PER_SECOND,
  KEPT_BYTES_FIRST,
  REPAIR_GAPS_MAX,
  REPAIR_KEEPING_MS,
  REPAIR_LONG_MS,
  REPAIR_MEASURED_MS,
  REPAIR_MEASURING_FRAMES_MIN,
  REPAIR_MEASURING_FRAMES_MS,
  REPAIR_MEASURING_GAP_MS,
  REPAIR_YOUNG_FRAMES,
  REPEAT_ASKS_MAX,
  REPEAT_FRAMES_MAX,
  REPEATED_SHARE_MAX,
  REPEATS_BURST,
} from "./limits.ts";
import type { InternalMessage } from "./messages.ts";
import { Repair } from "./repair.ts";
import { eachNumber, type Repeat, RepeatDraft } from "./repair-messages.ts";
import { KEPT_TABLE_BYTES_FIRST } from "./sent-frames.ts";
import { newStats } from "./stats.ts";
import { Trains } from "./trains.ts";

function setUp(keptBytesMax = 8 << 20, takesGone = true, tellsUnkept = true) {
  const said: InternalMessage[] = [];
  const repeated: Uint8Array[] = [];
  const kept = { usedBytes: 0, maxBytes: keptBytesMax };
  const stats = newStats();
  const replay = new ReplayWindow(2_048);
  const trains = new Trains({ usedBytes: 0, maxBytes: 1 << 20 });
  const link = {
    ...{ frameBytesMax: 1_200, remoteIndex: 1, replay, trains, takesGone, tellsUnkept },
    nextCounter: () => 10_000,
    isActive: () => true,
    send: (...messages: readonly InternalMessage[]) => void said.push(...messages),
    repeat: (frame: Uint8Array) => repeated.push(frame.slice()) > 0,
  };
  const repair = new Repair({ kept, stats, wake: () => {} }, link, 0);
  const arrive = (counter: number, nowMs: number, unkept = 0): void => {
    const { highest } = replay;
    replay.accept(counter);
    repair.numbered(counter, highest, unkept, nowMs);
    repair.settle(nowMs);
  };
  return { repair, said, repeated, kept, stats, replay, trains, arrive };
}

function requestFor(id: number, counters: readonly number[]): Repeat {
  const draft = new RepeatDraft(1_000);
  for (const counter of counters) draft.addCounter(counter);
  return draft.done(id);
}

function askedIn(message: InternalMessage | undefined): number[] {
  const numbers: number[] = [];
  if (message?.type === "repeat") {
    eachNumber(message.counters, (number) => numbers.push(number) > 0);
  }
  return numbers;
}

function goneIn(message: InternalMessage | undefined): number[] {
  const numbers: number[] = [];
  if (message?.type === "gone") {
    eachNumber(message.counters, (number) => numbers.push(number) > 0);
  }
  return numbers;
}

describe("a neighbour that asks", () => {
  test("gets what was sent since it first asked, byte by byte, and nothing twice as a new frame", () => {
    const { repair, said, repeated } = setUp();
    repair.repeater.onRepeat(requestFor(1, [5]), 0);
    expect([repeated.length, repair.repeater.isKeeping]).toEqual([0, true]);
    expect(said).toEqual([{ type: "repeating", id: 1, keptFrom: 10_000 }]);
    for (let counter = 6; counter < 20; counter++) {
      repair.repeater.keepFrame(counter, new Uint8Array(100).fill(counter), 1);
    }
    repair.repeater.onRepeat(requestFor(2, [5, 7, 19]), 2);
    expect(repeated.map((frame) => frame[0])).toEqual([7, 19]);
    expect(said.at(-1)).toEqual({ type: "repeating", id: 2, keptFrom: 6 });
  });

  test("is told what nobody will send again though older frames are kept", () => {
    const { repair, said, repeated } = setUp();
    repair.repeater.onRepeat(requestFor(1, [5]), 0);
    for (const counter of [6, 9, 30]) {
      repair.repeater.keepFrame(counter, new Uint8Array(100).fill(counter), 1);
    }
    repair.repeater.onRepeat(requestFor(2, [4, 6, 7, 9, 29, 30, 31]), 2);
    expect(repeated.map((frame) => frame[0])).toEqual([6, 9, 30]);
    expect(said.at(-2)).toEqual({ type: "repeating", id: 2, keptFrom: 6 });
    expect(goneIn(said.at(-1))).toEqual([7, 29, 31]);
  });

  test("is not told so where it comes from before that was said", () => {
    const { repair, said } = setUp(8 << 20, false);
    repair.repeater.onRepeat(requestFor(1, [5]), 0);
    repair.repeater.keepFrame(6, new Uint8Array(100), 1);
    repair.repeater.onRepeat(requestFor(2, [7]), 2);
    expect(said.map(({ type }) => type)).toEqual(["repeating", "repeating"]);
  });

  test("for nothing, to learn the round trip, has nothing kept nor anything kept for longer", () => {
    const { repair, said, kept } = setUp();
    repair.repeater.onRepeat(requestFor(1, []), 0);
    expect([repair.repeater.isKeeping, kept.usedBytes]).toEqual([false, 0]);
    expect(said).toEqual([{ type: "repeating", id: 1, keptFrom: 10_000 }]);
    repair.repeater.onRepeat(requestFor(2, [5]), 0);
    repair.repeater.onRepeat(requestFor(3, []), REPAIR_KEEPING_MS - 1);
    expect(repair.repeater.isKeeping).toBe(true);
    repair.tick(REPAIR_KEEPING_MS);
    expect(repair.repeater.isKeeping).toBe(false);
  });

  test("endlessly gets no more than a share of what is sent, and little work is done for it", () => {
    const { repair, repeated, stats } = setUp();
    repair.repeater.onRepeat(requestFor(0, [1]), 0);
    let sentBytes = 0;
    for (let nowMs = 1; nowMs <= 1_000; nowMs++) {
      repair.repeater.keepFrame(nowMs, new Uint8Array(1_000), nowMs);
      sentBytes += 1_000;
      for (let i = 0; i < 5; i++) repair.repeater.onRepeat(requestFor(i, [nowMs]), nowMs);
    }
    const bytes = repeated.reduce((sum, frame) => sum + frame.length, 0);
    expect(bytes).toBeGreaterThan(REPEATED_SHARE_MAX * sentBytes);
    expect(bytes).toBeLessThanOrEqual(REPEATED_SHARE_MAX * sentBytes + KEPT_BYTES_FIRST);
    expect(stats.repeatsRefused).toBeGreaterThanOrEqual(5 * 1_000 - 1_000 - REPEATS_BURST);
  });

  test("for very many frames at once makes a bounded number of them be looked for", () => {
    const { repair, repeated } = setUp();
    repair.repeater.onRepeat(requestFor(0, [1]), 0);
    repair.repeater.keepFrame(1, Uint8Array.of(1), 0);
    const nothing = { first: 2, bitmap: new Uint8Array(255).fill(0xff) };
    const head = { token: 9, first: 0, bitmap: new Uint8Array(0) };
    const body = new Uint8Array(2_000);
    const heads = new Uint8Array(26);
    const run = { frameBytes: 1_200, count: 2, heads, lead: new Uint8Array(0), body };
    repair.repeater.keepTrain(2, 9, run, 0);
    const asked = (trains: number): number => {
      repeated.length = 0;
      const many = Array.from({ length: trains }, () => head);
      repair.repeater.onRepeat({ type: "repeat", id: 1, counters: nothing, trains: many }, 0);
      return repeated.length;
    };
    expect(255 * 8).toBeLessThan(REPEAT_FRAMES_MAX);
    // One of the counters is the head's; so many more numbers may be looked for.
    expect(asked(4)).toBe(1 + 4);
    expect(asked(40)).toBe(1 + REPEAT_FRAMES_MAX - 255 * 8);
  });

  test("makes nothing be kept where all memory is taken, and gives it back after a while", () => {
    const { repair, kept } = setUp(KEPT_TABLE_BYTES_FIRST - 1);
    repair.repeater.onRepeat(requestFor(0, [1]), 0);
    expect([repair.repeater.isKeeping, kept.usedBytes]).toEqual([false, 0]);
    const enough = setUp(KEPT_TABLE_BYTES_FIRST + KEPT_BYTES_FIRST);
    enough.repair.repeater.onRepeat(requestFor(0, [1]), 0);
    enough.repair.repeater.keepFrame(1, new Uint8Array(100), 0);
    expect(enough.kept.usedBytes).toBe(KEPT_TABLE_BYTES_FIRST + KEPT_BYTES_FIRST);
    enough.repair.tick(REPAIR_KEEPING_MS - 1);
    expect(enough.repair.repeater.isKeeping).toBe(true);
    enough.repair.tick(REPAIR_KEEPING_MS);
    expect([enough.repair.repeater.isKeeping, enough.kept.usedBytes]).toEqual([false, 0]);
    expect(enough.repair.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("measuring", () => {
  /** A frame each 2 ms, or however often; times of requests that ask for nothing. */
  const measuredMs = (
    roundTripMs: number,
    lost: number | undefined,
    untilMs: number,
    gapMs = 2,
  ): number[] => {
    const { repair, said, arrive } = setUp();
    repair.timing.sample(roundTripMs, 0);
    const times: number[] = [];
    for (let i = 0; gapMs * i < untilMs; i++) {
      const { length } = said;
      if (i !== lost) arrive(i, gapMs * i);
      repair.served();
      const isMeasuring = said.slice(length).some((message) => askedIn(message).length === 0);
      if (isMeasuring) times.push(gapMs * i);
    }
    return times;
  };

  test("goes on over a long way, once in eight frames and 10 ms at most", () => {
    const times = measuredMs(REPAIR_LONG_MS, undefined, 1_000);
    expect(times[0]).toBe(2 * (REPAIR_MEASURING_FRAMES_MIN - 1));
    const gaps = times.slice(1).map((ms, i) => ms - (times[i] ?? 0));
    expect(new Set(gaps)).toEqual(new Set([2 * REPAIR_MEASURING_FRAMES_MIN]));
    expect(2 * REPAIR_MEASURING_FRAMES_MIN).toBeGreaterThanOrEqual(REPAIR_MEASURING_GAP_MS);
  });

  test("leaves a link alone that carries hardly anything", () => {
    const gapMs = REPAIR_MEASURING_FRAMES_MS / (REPAIR_MEASURING_FRAMES_MIN - 1);
    expect(measuredMs(REPAIR_LONG_MS, undefined, 60_000, gapMs + 1)).toEqual([]);
    expect(measuredMs(REPAIR_LONG_MS, undefined, 60_000, gapMs - 1).length).toBeGreaterThan(0);
  });

  test("leaves half of the requests that packets allow to what is missed", () => {
    const { repair, said, arrive } = setUp();
    repair.timing.sample(50, 0);
    for (let i = 0; i < 500; i++) arrive(i, 2 * i);
    expect(said.length).toBe(ASKS_SAVED_MAX / 2);
    arrive(501, 1_000);
    repair.tick(repair.deadlineMs());
    expect(askedIn(said.at(-1))).toEqual([500]);
  });

  test("tells that a queue fills where a flow begins, which a thin one has to show for longer", () => {
    const askedAfter = (frames: number): number[] => {
      const { repair, said, arrive } = setUp();
      for (const ms of [50, 50, 50, 50, 50, 50, 90, 90]) repair.timing.sample(ms, 0);
      for (let i = 0; i < frames; i++) {
        arrive(i, i / 2);
        repair.served();
      }
      arrive(frames + 1, frames / 2);
      repair.tick(repair.deadlineMs());
      return said.flatMap(askedIn);
    };
    expect(askedAfter(REPAIR_YOUNG_FRAMES)).toEqual([]);
    expect(askedAfter(REPAIR_YOUNG_FRAMES - 2)).toEqual([REPAIR_YOUNG_FRAMES - 2]);
  });

  test("goes on over a short way for some time after a loss, and not at all without", () => {
    const shortMs = REPAIR_LONG_MS - 0.1;
    expect(measuredMs(shortMs, undefined, 1_000)).toEqual([]);
    const times = measuredMs(shortMs, 50, 2 * REPAIR_MEASURED_MS);
    expect(times.length).toBeGreaterThan(REPAIR_MEASURED_MS / 20);
    // It was missed with the frame after it.
    expect(times.at(-1)).toBeLessThan(102 + REPAIR_MEASURED_MS);
  });
});

describe("asking", () => {
  test("leaves out what the neighbour says is not kept, whether before or after it was missed", () => {
    const { repair, said, arrive } = setUp();
    arrive(0, 0);
    arrive(4, 0, 2);
    arrive(9, 0);
    arrive(7, 0, 2);
    repair.tick(repair.deadlineMs());
    expect(said.map(askedIn)).toEqual([[1, 8]]);
  });

  test("needs no request where nothing that is missing will come, and counts it as lost all the same", () => {
    const { repair, said, arrive } = setUp();
    arrive(0, 0);
    arrive(4, 0, 3);
    arrive(6, 0, UNKEPT_TOLD_MAX);
    expect([said, repair.deadlineMs()]).toEqual([[], Number.POSITIVE_INFINITY]);
    // For some time after a loss round trips are measured.
    for (let i = 7; i < 20; i++) arrive(i, 2 * i);
    expect(said.length).toBeGreaterThan(0);
    expect(said.flatMap(askedIn)).toEqual([]);
  });

  test("takes a mark for part of the kind where that was not agreed", () => {
    const { repair } = setUp(8 << 20, true, false);
    const sealed = Uint8Array.of(0xfa);
    expect([repair.unmark(sealed), sealed[0]]).toEqual([0, 0xfa]);
    repair.mark(sealed, 5);
    expect(sealed[0]).toBe(0xfa);
  });

  test("names what is missing after a little patience, again a round trip later, and then no more", () => {
    const { repair, said, arrive } = setUp();
    for (const counter of [0, 1, 4, 5, 7]) arrive(counter, 0);
    expect(said).toEqual([]);
    repair.tick(0.5);
    expect(said).toEqual([]);
    let nowMs = 0;
    for (let i = 0; i < 50; i++) {
      nowMs = repair.deadlineMs();
      if (nowMs === Number.POSITIVE_INFINITY) break;
      repair.tick(nowMs);
      if (i === 0) arrive(3, nowMs);
    }
    expect(said.map(askedIn)[0]).toEqual([2, 3, 6]);
    expect(said.slice(1).map(askedIn)).toEqual(said.slice(1).map(() => [2, 6]));
    expect(said.length).toBeLessThanOrEqual(REPEAT_ASKS_MAX);
    expect(said.length).toBeGreaterThan(1);
  });

  test("ends for frames that the neighbour has not kept", () => {
    const { repair, said, arrive } = setUp();
    arrive(0, 0);
    arrive(9, 0);
    repair.tick(repair.deadlineMs());
    expect(askedIn(said[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    repair.onRepeating({ type: "repeating", id: 0, keptFrom: 7 }, 4);
    repair.tick(200 - 1e-9);
    expect(
      said
        .slice(1)
        .flatMap(askedIn)
        .every((counter) => counter >= 7),
    ).toBe(true);
  });

  test("ends for frames that the neighbour says it does not keep, and for no others", () => {
    const { repair, said, arrive } = setUp();
    arrive(0, 0);
    arrive(9, 0);
    repair.tick(repair.deadlineMs());
    const { counters } = requestFor(0, [0, 2, 5, 9, 40]);
    repair.onGone({ type: "gone", counters });
    repair.tick(repair.deadlineMs());
    expect(said.slice(1).map(askedIn)).toEqual([[1, 3, 4, 6, 7, 8]]);
  });

  test("for heads on the word of unsealed pieces is bounded", () => {
    const { repair, said, trains } = setUp();
    for (let nowMs = 0; nowMs < 1_000; nowMs += 0.5) {
      trains.take(2 * nowMs + 1, 1, new Uint8Array(100), nowMs);
      repair.settle(nowMs);
    }
    const heads = said.flatMap((message) => (message.type === "repeat" ? message.trains : []));
    expect(heads.length).toBeGreaterThan(HEADS_ASKED_BURST);
    expect(heads.length).toBeLessThanOrEqual(HEADS_ASKED_BURST + HEADS_ASKED_PER_SECOND);
  });

  test("remembers so many missing frames, the newest ones", () => {
    const gaps = new Gaps(new ReplayWindow(2_048));
    gaps.missed(0, REPAIR_GAPS_MAX, 0);
    gaps.missed(5_000, 5_001, 0);
    expect(gaps.size).toBe(REPAIR_GAPS_MAX);
    const times: AskTimes = { nowMs: 5, toleranceMs: 1, retryMs: 5, lifeMs: 100 };
    const draft = new RepeatDraft(1_100);
    gaps.ask(draft, times);
    const asked = askedIn(draft.done(0));
    expect([asked[0], asked.length]).toEqual([1, REPAIR_GAPS_MAX - 1]);
    // What does not fit one bitmap is asked for next time.
    const next = new RepeatDraft(1_100);
    gaps.ask(next, { ...times, nowMs: 6 });
    expect(askedIn(next.done(0))).toEqual([5_000]);
    gaps.ask(new RepeatDraft(1_100), { ...times, nowMs: 100 });
    expect(gaps.size).toBe(0);
  });
});
