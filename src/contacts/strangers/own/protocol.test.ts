import fc from "fast-check";
import { expect, test } from "vitest";
import { TypedError } from "../../../base/errors.ts";
import {
  ANSWERS_WAITING_MAX,
  INTRODUCTION_LIFE_MS,
  REQUEST_TEXT_BYTES_MAX,
  REQUESTS_PER_DAY_MAX,
  TOLD_EDGES_MAX,
  TOLD_REQUESTS_MAX,
  TRAY_FRAME_BYTES_MAX,
} from "../limits.ts";
import {
  answersIn,
  encodeTrayFrame,
  failedIn,
  TRAY_TALK,
  type TrayAnswered,
  type TrayQuestion,
  takenAnswer,
  trayQuestion,
  trayWord,
} from "./protocol.ts";
import type { GivenAnswer, HeldEdge, TrayWord } from "./words.ts";

const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
});
const time = fc.maxSafeNat();
const name = fc.string({ maxLength: 16 });
const request = fc
  .record({
    ...{ id: hex, personId: hex, name, by: fc.option(hex, { nil: undefined }), atMs: time },
    ...{ calls: fc.option(name, { nil: undefined }), group: fc.option(name, { nil: undefined }) },
    ...{ hops: fc.integer({ min: 0, max: 3 }), text: fc.string({ maxLength: 60 }) },
  })
  .map((one) => ({ ...one, endsAtMs: one.atMs + INTRODUCTION_LIFE_MS }));
const held: fc.Arbitrary<HeldEdge> = fc.record({
  name,
  edge: fc.record({
    ...{ violations: fc.integer({ min: 0, max: 12 }), cleanSinceMs: time, closedAtMs: time },
    ...{ closedForMs: time, shownAtMs: fc.constant(0) },
  }),
  underWay: fc.integer({ min: 0, max: 6 }),
});
const settings = fc.record({
  ...{ requestsPerDay: fc.integer({ min: 0, max: 100 }), relay: fc.boolean() },
  ...{ findable: fc.boolean(), atMs: time },
});
const word: fc.Arbitrary<TrayWord> = fc.record({
  ...{ requests: fc.array(request, { maxLength: 8 }), shown: fc.array(time, { maxLength: 8 }) },
  ...{ settings, held: fc.array(held, { maxLength: 8 }) },
});
const answer: fc.Arbitrary<GivenAnswer> = fc.record({
  id: hex,
  answer: fc.constantFrom("accept", "decline", "unwanted"),
  petname: fc.option(name, { nil: undefined }),
});

function read(frame: TrayQuestion | TrayAnswered): TrayQuestion | TrayAnswered {
  return TRAY_TALK.decode(encodeTrayFrame(frame));
}

test("what one device says another one reads", () => {
  fc.assert(
    fc.property(word, fc.array(answer, { maxLength: 8 }), (said, answers) => {
      const frame = read(trayQuestion(said, answers));
      if (frame.t !== "tray") throw new RangeError("It is a question.");
      expect(trayWord(frame)).toEqual(said);
      expect(answersIn(frame)).toEqual(answers);
    }),
  );
  fc.assert(
    fc.property(fc.array(hex, { maxLength: 8 }), (failed) => {
      const frame = read(takenAnswer(failed));
      if (frame.t !== "taken") throw new RangeError("It is an answer.");
      expect(failedIn(frame)).toEqual(failed);
    }),
  );
});

/** The longest words that may be said. */
function longest(requests: number, edges: number, answers: number, shown: number): TrayQuestion {
  const text = "é".repeat(REQUEST_TEXT_BYTES_MAX / 2);
  const [long, id, atMs] = ["é".repeat(32), "f".repeat(32), Number.MAX_SAFE_INTEGER];
  const some = { id, personId: id, by: id, name: long, calls: long, group: long };
  const edge = { violations: 12, cleanSinceMs: atMs, closedAtMs: atMs, closedForMs: atMs };
  const said: TrayWord = {
    requests: Array.from({ length: requests }, () => ({
      ...{ ...some, hops: 3, text, atMs, endsAtMs: 0 },
    })),
    shown: Array.from({ length: shown }, () => atMs),
    settings: { requestsPerDay: 100, relay: true, findable: true, atMs },
    held: Array.from({ length: edges }, () => ({
      ...{ name: "e".repeat(80), edge: { ...edge, shownAtMs: 0 }, underWay: 6 },
    })),
  };
  const given = { id, answer: "unwanted", petname: long } as const;
  return trayQuestion(
    said,
    Array.from({ length: answers }, () => given),
  );
}

test("the longest frame fits, and one thing more is refused", () => {
  const most = [
    TOLD_REQUESTS_MAX,
    TOLD_EDGES_MAX,
    ANSWERS_WAITING_MAX,
    REQUESTS_PER_DAY_MAX,
  ] as const;
  const frame = longest(...most);
  expect(encodeTrayFrame(frame).length).toBeLessThanOrEqual(TRAY_FRAME_BYTES_MAX);
  expect(read(frame)).toEqual(frame);
  for (let at = 0; at < most.length; at++) {
    const more = most.map((count, index) => count + (index === at ? 1 : 0));
    const [requests = 0, edges = 0, answers = 0, shown = 0] = more;
    expect(() => read(longest(requests, edges, answers, shown))).toThrow(TypedError);
  }
  const failed = Array.from({ length: ANSWERS_WAITING_MAX + 1 }, () => "a".repeat(32));
  expect(() => read(takenAnswer(failed))).toThrow(TypedError);
  expect(read(takenAnswer(failed.slice(1)))).toMatchObject({ t: "taken" });
});

test("other bytes are refused with a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        TRAY_TALK.decode(bytes);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
      }
    }),
  );
});
