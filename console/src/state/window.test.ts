import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RowHeights, rowAt, windowAt } from "./window.ts";

const rows = (many: number): { readonly id: string }[] =>
  Array.from({ length: many }, (_, at) => ({ id: String(at) }));

describe("the window of a long list", () => {
  test("rows are guessed until they are measured", () => {
    const heights = new RowHeights(50);
    expect([...heights.offsets(rows(3))]).toEqual([0, 50, 100, 150]);
    expect(heights.set("1", 80)).toBe(true);
    expect(heights.set("1", 80)).toBe(false);
    expect([...heights.offsets(rows(3))]).toEqual([0, 50, 130, 180]);
    expect([...heights.offsets([])]).toEqual([0]);
  });

  test("an empty list has nothing to draw", () => {
    expect(windowAt(new RowHeights(50).offsets([]), 0, 500, 100)).toEqual({ from: 0, to: 0 });
  });

  test("whatever the heights: all that shows is drawn, and little besides", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 1000 }),
        (measured, place, height) => {
          const heights = new RowHeights(10);
          for (const [at, one] of measured.entries()) heights.set(String(at), one);
          const offsets = heights.offsets(rows(measured.length));
          const total = offsets.at(-1) ?? 0;
          const top = place % total;
          const { from, to } = windowAt(offsets, top, height, 0);
          expect(offsets[from]).toBeLessThanOrEqual(top);
          expect(offsets[to]).toBeGreaterThanOrEqual(Math.min(total, top + height));
          expect(offsets[from + 1]).toBeGreaterThan(top);
          const at = rowAt(offsets, top);
          expect(at).toBe(from);
        },
      ),
      { seed: 11 },
    );
  });
});
