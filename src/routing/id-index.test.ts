import fc from "fast-check";
import { expect, test } from "vitest";
import { Destination } from "./destination.ts";
import { hashId, IdIndex } from "./id-index.ts";

function destination(i: number): Destination {
  return new Destination(`fd${i.toString(16).padStart(30, "0")}`, i, 0);
}

test("finds what was added wherever the id stands, and nothing else", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(99), { maxLength: 40 }), fc.nat(9), (kept, offset) => {
      const index = new IdIndex(7);
      const all = Array.from({ length: 100 }, (_, i) => destination(i));
      for (const one of all) index.add(one);
      for (const one of all) if (!kept.includes(one.slot)) index.delete(one);
      for (const one of all) {
        const bytes = new Uint8Array(offset + 16);
        bytes.set(one.idBytes, offset);
        expect(index.find(bytes, offset)).toBe(kept.includes(one.slot) ? one : undefined);
        expect(index.find(bytes.subarray(0, -1), offset)).toBe(undefined);
      }
    }),
    { numRuns: 20, seed: 1 },
  );
});

test("ids that agree in all but a few bits do not fall together, and a seed tells them apart", () => {
  const ids = Array.from({ length: 4_096 }, (_, i) => destination(i).idBytes);
  const one = new Set(ids.map((id) => hashId(id, 0, 1)));
  const other = new Set(ids.map((id) => hashId(id, 0, 2)));
  expect(one.size).toBeGreaterThan(4_090);
  expect(other.size).toBeGreaterThan(4_090);
  expect([...one].filter((hash) => other.has(hash)).length).toBeLessThan(10);
});
