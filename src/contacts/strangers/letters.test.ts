import { expect, test } from "vitest";
import { LetterBook } from "./letters.ts";

test("a letter that lapses while an answer to it is being kept is dropped twice, and nothing else is lost", () => {
  const book = new LetterBook();
  const to = "ab".repeat(16);
  const [first, second] = [1, 2].map((atMs) => book.make(to, { t: "open", f: true }, atMs));
  if (first === undefined || second === undefined) throw new RangeError("Two were made.");
  book.put(first);
  expect(book.nextFor(to, "device")).toBe(first);
  book.drop(first);
  book.drop(first);
  book.put(second);
  book.drop(first);
  expect([...book.all()]).toEqual([second]);
  expect(book.carriedBy("device")).toBeUndefined();
});
