import { expect, test } from "vitest";
import { conductWords, formatGigabytes, parseGigabytes } from "./quota.ts";

test("gigabytes are read as people type them", () => {
  expect(parseGigabytes("50")).toBe(50_000_000_000);
  expect(parseGigabytes(" 0.5 GB ")).toBe(500_000_000);
  expect(parseGigabytes("1,25")).toBe(1_250_000_000);
  expect(parseGigabytes("0")).toBe(0);
  for (const odd of ["", "-1", "1e9", "ten", "1.2.3", "9".repeat(10), "999999999", "0x10"]) {
    expect(parseGigabytes(odd)).toBeUndefined();
  }
});

test("gigabytes are shown so that they are read back", () => {
  for (const bytes of [0, 500_000_000, 10_000_000_000, 1_250_000_000]) {
    expect(parseGigabytes(formatGigabytes(bytes))).toBe(bytes);
  }
  expect(formatGigabytes(10_000_000_000)).toBe("10");
});

test("says how a peer stood its audits", () => {
  const of = (proved: number, wrong: number, silent = 0): string =>
    conductWords({ audits: { proved, wrong, lost: 0, silent, refused: 0 } });
  expect(of(0, 0)).toBe("not checked yet");
  expect(of(1, 0)).toBe("proved 1 of 1 time that it keeps what it should");
  expect(of(3, 0, 1)).toBe("proved 3 of 4 times that it keeps what it should");
  expect(of(3, 2)).toContain("failed 2");
});
