import { expect, test } from "vitest";
import { toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import { SHORT_SUM_BYTES, SUM_BYTES } from "./decided-book.ts";
import {
  CHANGED_MAX,
  PREFIXES_WAITING_MAX,
  QUESTIONS_PER_WALK_MAX,
  TOLD_AT_ONCE_MAX,
  TOLD_PER_FRAME_MAX,
} from "./limits.ts";
import { type BookAnswer, type BookQuestion, BRANCHES } from "./protocol.ts";
import { Walk } from "./walk.ts";

const OTHER_SUM = new Uint8Array(SUM_BYTES).fill(9);

/** So many people, of whom the ids alone are known. */
function walkOver(count: number): { readonly walk: Walk; readonly people: readonly PersonId[] } {
  const people = Array.from({ length: count }, (_, at) => {
    const id = new Uint8Array(16).fill(at % 256);
    id[15] = at >> 8;
    return toHex(id);
  });
  const walk = new Walk({
    decided: {
      sum: new Uint8Array(SUM_BYTES),
      below: (prefix) => people.filter((person) => person.startsWith(prefix)),
      sumOf: () => new Uint8Array(SHORT_SUM_BYTES),
      digest: (person) => new Uint8Array(people.includes(person) ? SHORT_SUM_BYTES : 0),
    },
    entry: () => undefined,
  });
  return { walk, people };
}

const DIFFERENT: Extract<BookAnswer, { readonly t: "sums" }> = {
  t: "sums",
  h: OTHER_SUM,
  l: new Uint8Array(BRANCHES * SHORT_SUM_BYTES).fill(7),
};

/** Answers questions until there is none; how many there were. */
function answerAll(walk: Walk, answer: (asked: number) => "different" | "same"): number {
  let asked = 0;
  for (let next = walk.question(); next !== undefined; next = walk.question()) {
    asked++;
    walk.compared(answer(asked) === "different" ? DIFFERENT : { t: "same" });
    if (asked > 2 * QUESTIONS_PER_WALK_MAX) break;
  }
  return asked;
}

/** Everybody who is told of or asked for, frame by frame. */
function tellAll(walk: Walk): number {
  let frames = 0;
  for (let next = walk.question(); next?.t === "tell"; next = walk.question()) {
    walk.heard(new Uint8Array(SUM_BYTES), [], []);
    frames++;
  }
  return frames;
}

test("as many changed people as are remembered are told; with one more, all is compared", () => {
  const changed = (count: number): BookQuestion | undefined => {
    const { walk, people } = walkOver(count);
    walk.agreed();
    expect(walk.question()).toBeUndefined();
    for (const person of people) walk.changed(person);
    return walk.question();
  };
  expect(changed(CHANGED_MAX)?.t).toBe("tell");
  expect(changed(CHANGED_MAX + 1)).toMatchObject({ t: "look", p: "" });
});

test("as many as are told at once are told where the other side has none; with one more, digits are compared", () => {
  const against = (count: number): Walk => {
    const { walk } = walkOver(count);
    expect(walk.question()).toMatchObject({ t: "look", p: "" });
    walk.compared({ t: "list", h: OTHER_SUM, l: [] });
    return walk;
  };
  const frames = Math.ceil(TOLD_AT_ONCE_MAX / TOLD_PER_FRAME_MAX);
  expect(tellAll(against(TOLD_AT_ONCE_MAX))).toBe(frames);
  expect(against(TOLD_AT_ONCE_MAX + 1).question()).toMatchObject({ t: "look", p: "0" });
});

test("no more prefixes wait than there may be, however many are said to differ", () => {
  // Each answer takes one away and brings sixteen.
  const answers = Math.ceil(PREFIXES_WAITING_MAX / (BRANCHES - 1));
  const { walk } = walkOver(3);
  const asked = answerAll(walk, (count) => (count <= answers ? "different" : "same"));
  expect(1 + answers * (BRANCHES - 1)).toBeGreaterThan(PREFIXES_WAITING_MAX);
  expect(asked).toBe(answers + PREFIXES_WAITING_MAX);
  const fewer = walkOver(3);
  const few = answerAll(fewer.walk, (count) => (count < answers ? "different" : "same"));
  expect(few).toBe(1 + (answers - 1) * BRANCHES);
});

test("whoever says for ever that something differs is asked so often, and not once more until something changes", () => {
  const { walk, people } = walkOver(3);
  expect(answerAll(walk, () => "different")).toBe(QUESTIONS_PER_WALK_MAX);
  expect(walk.question()).toBeUndefined();
  walk.changed(must(people[0], "there are three"));
  expect(walk.question()?.t).toBe("tell");
});
