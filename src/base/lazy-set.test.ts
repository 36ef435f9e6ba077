import fc from "fast-check";
import { expect, test } from "vitest";
import { LazySet } from "./lazy-set.ts";

test("holds what a set holds, in the same order", () => {
  const step = fc.record({ kind: fc.constantFrom("add", "delete", "clear"), item: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const lazy = new LazySet<number>();
      const plain = new Set<number>();
      for (const { kind, item } of steps) {
        if (kind === "clear") {
          lazy.clear();
          plain.clear();
        } else if (kind === "add") {
          lazy.add(item);
          plain.add(item);
        } else expect(lazy.delete(item)).toBe(plain.delete(item));
        expect([...lazy]).toEqual([...plain]);
        expect(lazy.first()).toBe([...plain][0]);
        expect([lazy.size, lazy.has(item)]).toEqual([plain.size, plain.has(item)]);
      }
    }),
    { seed: 1 },
  );
});

test("an item added while it is walked has its turn, too, and one taken out has none", () => {
  const set = new LazySet<number>();
  for (const item of [1, 2, 3]) set.add(item);
  const seen: number[] = [];
  for (const item of set) {
    seen.push(item);
    if (item === 1) set.delete(2);
    if (item === 3) set.add(4);
  }
  expect(seen).toEqual([1, 3, 4]);
});
