import fc from "fast-check";
import { expect, test } from "vitest";
import { LentViews } from "./lent-views.ts";

test("answers what subarray answers, whatever was asked before", () => {
  const arrays = [new Uint8Array(40), new Uint8Array(new ArrayBuffer(200), 64, 100)];
  for (const array of arrays) for (let at = 0; at < array.length; at++) array[at] = at;
  const asked = fc.array(fc.tuple(fc.nat(1), fc.nat(40), fc.nat(40)), { maxLength: 200 });
  fc.assert(
    fc.property(asked, (questions) => {
      const views = new LentViews();
      for (const [which, a, b] of questions) {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const array = arrays[which] as Uint8Array;
        const view = views.of(array, from, to);
        expect(view.buffer).toBe(array.buffer);
        expect([...view]).toEqual([...array.subarray(from, to)]);
      }
    }),
  );
});

test("the same piece of the same array is the same view", () => {
  const views = new LentViews();
  const bytes = new Uint8Array(100);
  expect(views.of(bytes, 3, 50)).toBe(views.of(bytes, 3, 50));
  expect(views.of(bytes, 3, 50)).not.toBe(views.of(new Uint8Array(100), 3, 50));
});

test("pieces of arrays that lie in one buffer have views of their own, again and again", () => {
  const views = new LentViews();
  const memory = new ArrayBuffer(64 * 20);
  const arrays = Array.from({ length: 16 }, (_, at) => new Uint8Array(memory, 64 * at, 64));
  const first = arrays.map((array) => views.of(array, 1, 9));
  const again = arrays.map((array) => views.of(array, 1, 9));
  for (const [at, view] of first.entries()) {
    expect(view.byteOffset).toBe(64 * at + 1);
    expect(again[at]).toBe(view);
  }
});
