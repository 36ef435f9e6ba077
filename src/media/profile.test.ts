import { describe, expect, test } from "vitest";
import {
  CODES,
  cutBudgets,
  expansionFactor,
  type LayerCode,
  PROFILES,
  thresholdOf,
} from "./profile.ts";

describe("the expansion factor", () => {
  test("is n * sum(s_i / k_i) / S", () => {
    const layers = [
      { level: 1, sizeBytes: 20_000 },
      { level: 2, sizeBytes: 230_000 },
      { level: 3, sizeBytes: 750_000 },
    ] as const;
    expect(expansionFactor(layers, 1_000_000)).toBeCloseTo(2.6867, 3);
    expect(expansionFactor([{ level: 3, sizeBytes: 1_000 }], 1_000)).toBe(2);
    expect(expansionFactor([{ level: 3, sizeBytes: 1_000 }], 1_000, "home")).toBe(3);
    expect(expansionFactor([{ level: 0, sizeBytes: 1_000 }], 1_000)).toBe(40);
    expect(expansionFactor([], 0)).toBe(0);
  });

  test("a profile costs no code more than the default, compared with flat", () => {
    for (const code of ["home", "wide"] as const satisfies readonly LayerCode[]) {
      for (const level of [1, 2] as const) {
        const flat = { level: 3, sizeBytes: 1 } as const;
        const extra = (name: LayerCode): number => {
          return (
            expansionFactor([{ level, sizeBytes: 1 }], 1, name) / expansionFactor([flat], 1, name)
          );
        };
        expect(extra(code)).toBeLessThanOrEqual(extra("default"));
      }
    }
  });

  test("thresholds rise with the level", () => {
    for (const { n, k } of Object.values(CODES)) {
      expect([...k].sort((a, b) => a - b)).toEqual([...k]);
      expect(k[3]).toBeLessThan(n);
    }
    expect([0, 1, 2, 3].map((level) => thresholdOf("default", level as 0 | 1 | 2 | 3))).toEqual([
      1, 3, 10, 20,
    ]);
  });
});

describe("budgets of cuts", () => {
  test.each(["gentle", "rich", "steep"] as const)("%s stays within its expansion", (profile) => {
    const aims = PROFILES[profile];
    for (const [body, preview] of [
      [1_000_000, 10_000],
      [1_000_000, 0],
      [800_000, 10_000],
      [1_050_000, 15_000],
    ] as const) {
      const budgets = cutBudgets(aims, body, preview, 1_000_000);
      const ends = [...budgets, body];
      const layers = ends.map((end, index) => ({
        level: aims.cuts[index]?.level ?? 3,
        sizeBytes: end - (ends[index - 1] ?? 0),
      }));
      const all = [{ level: aims.preview, sizeBytes: preview }, ...layers];
      expect(expansionFactor(all, 1_000_000)).toBeLessThanOrEqual(aims.expansionMax);
      if (body <= 1_000_000) expect(budgets.at(-1)).toBeGreaterThan(0);
    }
  });

  test("where there is no room there is no cut", () => {
    expect(cutBudgets(PROFILES.gentle, 1_100_000, 20_000, 1_000_000)).toEqual([0]);
  });
});
