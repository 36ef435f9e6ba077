import fc from "fast-check";
import { expect, test } from "vitest";
import { LazyMap } from "./lazy-map.ts";

test("does what a map does, in the same order", () => {
  const key = fc.nat(5);
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), key, value: fc.nat(9) }),
    fc.record({ kind: fc.constant("delete" as const), key }),
    fc.record({ kind: fc.constant("clear" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const ours = new LazyMap<number, number>();
      const model = new Map<number, number>();
      for (const change of steps) {
        if (change.kind === "set") {
          ours.set(change.key, change.value);
          model.set(change.key, change.value);
        } else if (change.kind === "delete") {
          expect(ours.delete(change.key)).toBe(model.delete(change.key));
        } else {
          ours.clear();
          model.clear();
        }
        expect(ours.size).toBe(model.size);
        expect([...ours.entries()]).toEqual([...model]);
        expect([...ours.values()]).toEqual([...model.values()]);
        for (let one = 0; one <= 5; one++) {
          expect(ours.get(one)).toBe(model.get(one));
          expect(ours.has(one)).toBe(model.has(one));
        }
      }
    }),
    { seed: 1 },
  );
});

test("entries may be taken out while they are walked", () => {
  const map = new LazyMap<number, number>();
  for (const key of [1, 2, 3]) map.set(key, key);
  const seen: number[] = [];
  for (const [key] of map.entries()) {
    map.delete(key);
    seen.push(key);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(map.size).toBe(0);
});

test("has no room of its own once it is empty", () => {
  const map = new LazyMap<number, number>();
  expect(map.delete(1)).toBe(false);
  map.set(1, 1);
  expect(map.delete(1)).toBe(true);
  expect(map.size).toBe(0);
  expect([...map.entries()]).toEqual([]);
});
