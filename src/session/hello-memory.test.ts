import { expect, test } from "vitest";
import { HelloMemory } from "./hello-memory.ts";
import { UNCONFIRMED_MS, UNCONFIRMED_SESSIONS_MAX } from "./limits.ts";

const ENTRIES_MAX = 4 * UNCONFIRMED_SESSIONS_MAX;

/** A first message of its own for each number. */
function helloOf(number: number, tail = 0): Uint8Array {
  const hello = new Uint8Array(40);
  new DataView(hello.buffer).setUint32(28, number);
  hello[39] = tail;
  return hello;
}

const answerOf = (number: number) => ({ to: `fd${number}`, welcome: Uint8Array.of(number) });

test("a message has its answer, every byte of it, for as long as it counts", () => {
  const memory = new HelloMemory();
  memory.add(helloOf(1), answerOf(1), 1_000);
  expect(memory.answerTo(helloOf(1), 1_000 + UNCONFIRMED_MS - 1)).toMatchObject(answerOf(1));
  expect(memory.answerTo(helloOf(1), 1_000 + UNCONFIRMED_MS)).toBeUndefined();
  expect(memory.answerTo(helloOf(1, 1), 1_000)).toBeUndefined();
  expect(memory.answerTo(helloOf(2), 1_000)).toBeUndefined();
});

test("at the limit the oldest gives way, one below it none does", () => {
  const memory = new HelloMemory();
  for (let i = 0; i < ENTRIES_MAX; i++) memory.add(helloOf(i), answerOf(i), 1_000);
  expect(memory.answerTo(helloOf(0), 1_000)).toBeDefined();
  memory.add(helloOf(ENTRIES_MAX), answerOf(1), 1_000);
  expect(memory.answerTo(helloOf(0), 1_000)).toBeUndefined();
  for (let i = 1; i <= ENTRIES_MAX; i++) expect(memory.answerTo(helloOf(i), 1_000)).toBeDefined();
});

test("what is late goes, and leaves a newer one with the same key alone", () => {
  const memory = new HelloMemory();
  memory.add(helloOf(1), answerOf(1), 1_000);
  memory.add(helloOf(1, 1), answerOf(2), 2_000);
  memory.add(helloOf(3), answerOf(3), 1_000 + UNCONFIRMED_MS);
  expect(memory.answerTo(helloOf(1, 1), 2_000)).toMatchObject(answerOf(2));
});
