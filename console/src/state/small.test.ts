import { describe, expect, test } from "vitest";
import { PROGRESS_MAX, RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "../limits.ts";
import { backoffMs } from "./backoff.ts";
import { fileNameOf } from "./file-name.ts";
import { healthLevel, healthShares } from "./health.ts";
import { type Progress, withProgress } from "./progress.ts";

test("waits double and stay within their limits", () => {
  expect(backoffMs(0, 0)).toBe(RECONNECT_MIN_MS);
  expect(backoffMs(1, 0)).toBe(2 * RECONNECT_MIN_MS);
  expect(backoffMs(1e9, 0)).toBe(RECONNECT_MAX_MS);
  expect(backoffMs(0, 1)).toBe(RECONNECT_MIN_MS * 0.75);
});

describe("names of downloads", () => {
  test("come from the header, the extended form first", () => {
    expect(fileNameOf('attachment; filename="plain.txt"', "x")).toBe("plain.txt");
    expect(fileNameOf("attachment; filename=a.txt; filename*=UTF-8''%C3%A4.txt", "x")).toBe(
      "ä.txt",
    );
    expect(fileNameOf('attachment; filename="a\\"b.txt"', "x")).toBe("ab.txt");
  });

  test("fall back where the header is missing or broken", () => {
    for (const header of [null, "", "attachment", "attachment; filename*=UTF-8''%E0%A4%A"]) {
      expect(fileNameOf(header, "fallback")).toBe("fallback");
    }
  });

  test("cannot leave the folder, hide or turn around", () => {
    expect(fileNameOf('attachment; filename="../../etc/passwd"', "x")).toBe("passwd");
    expect(fileNameOf("attachment; filename*=UTF-8''..%5C..%5Cboot.ini", "x")).toBe("boot.ini");
    expect(fileNameOf("attachment; filename*=UTF-8''.hidden", "x")).toBe("hidden");
    expect(fileNameOf("attachment; filename*=UTF-8''a%E2%80%AEgpj.exe", "x")).toBe("agpj.exe");
    expect(fileNameOf("attachment; filename*=UTF-8''..", "x")).toBe("x");
  });
});

describe("health", () => {
  const of = (alive: number, here: number): Parameters<typeof healthLevel>[0] => ({
    k: 20,
    n: 40,
    health: { alive, here, waiting: 0, holders: 2, summary: "" },
  });

  test("is safe only where others have enough and a reserve is left", () => {
    expect(healthLevel(of(40, 6))).toBe("safe");
    expect(healthLevel(of(30, 6))).toBe("safe");
    expect(healthLevel(of(29, 6))).toBe("thin");
    expect(healthLevel(of(40, 20))).toBe("safe");
    expect(healthLevel(of(40, 21))).toBe("only-here");
    expect(healthLevel(of(20, 0))).toBe("thin");
    expect(healthLevel(of(19, 0))).toBe("lost");
  });

  test("the bar never overflows, whatever the numbers", () => {
    expect(healthShares(of(30, 10))).toEqual({ here: 0.25, elsewhere: 0.5, threshold: 0.5 });
    for (const odd of [of(60, 60), of(-1, 5), of(0, 0), { ...of(5, 9), n: 0 }]) {
      const { here, elsewhere, threshold } = healthShares(odd);
      expect(here + elsewhere).toBeLessThanOrEqual(1);
      expect(Math.min(here, elsewhere, threshold)).toBeGreaterThanOrEqual(0);
      expect(threshold).toBeLessThanOrEqual(1);
    }
  });
});

describe("progress", () => {
  const report = (link: string, done: number): Progress => ({
    job: "1",
    kind: "repair",
    link,
    done,
    total: 10,
  });

  test("keeps the last report and forgets finished work", () => {
    const half = withProgress(withProgress(new Map(), report("a", 1)), report("a", 5));
    expect(half.get("a")?.done).toBe(5);
    expect(withProgress(half, report("a", 10)).size).toBe(0);
  });

  test("keeps PROGRESS_MAX reports, the newest", () => {
    let known: ReadonlyMap<string, Progress> = new Map();
    for (let index = 0; index <= PROGRESS_MAX; index += 1) {
      known = withProgress(known, report(String(index), 1));
    }
    expect(known.size).toBe(PROGRESS_MAX);
    expect(known.has("0")).toBe(false);
  });
});
