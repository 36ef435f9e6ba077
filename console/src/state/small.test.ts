import { describe, expect, test } from "vitest";
import { PROGRESS_MAX, RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "../limits.ts";
import { backoffMs } from "./backoff.ts";
import { fileNameOf } from "./file-name.ts";
import { healthAdvice, healthLevel, healthShares } from "./health.ts";
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
    health: {
      alive,
      here,
      waiting: 0,
      holders: 2,
      layers: [
        { k: 3, sizeBytes: 1, role: "preview", isReadable: alive >= 3 },
        { k: 20, sizeBytes: 9, role: "body", isReadable: alive >= 20 },
      ],
      summary: "",
    },
  });

  test("is safe only where others have enough and a reserve is left", () => {
    expect(healthLevel(of(40, 6))).toBe("safe");
    expect(healthLevel(of(30, 6))).toBe("safe");
    expect(healthLevel(of(29, 6))).toBe("thin");
    expect(healthLevel(of(40, 20))).toBe("safe");
    expect(healthLevel(of(40, 21))).toBe("only-here");
    expect(healthLevel(of(20, 0))).toBe("thin");
    expect(healthLevel(of(19, 0))).toBe("coarse");
    expect(healthLevel(of(3, 3))).toBe("coarse");
    expect(healthLevel(of(2, 0))).toBe("lost");
    const unknown = of(0, 0);
    expect(healthLevel({ ...unknown, health: { ...unknown.health, layers: [] } })).toBe("lost");
  });

  test("says why and what to do, each level in its own words, and nothing where all is well", () => {
    const levels = [of(40, 6), of(29, 6), of(40, 21), of(19, 0), of(2, 0)];
    const words = levels.map((object) => healthAdvice(object));
    expect(words[0]).toBe("");
    expect(new Set(words).size).toBe(levels.length);
  });

  test("the bar never overflows, whatever the numbers", () => {
    expect(healthShares(of(30, 10))).toEqual({
      here: 0.25,
      elsewhere: 0.5,
      thresholds: [0.075, 0.5],
    });
    for (const odd of [of(60, 60), of(-1, 5), of(0, 0), { ...of(5, 9), n: 0 }]) {
      const { here, elsewhere, thresholds } = healthShares(odd);
      expect(here + elsewhere).toBeLessThanOrEqual(1);
      expect(Math.min(here, elsewhere, ...thresholds)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...thresholds)).toBeLessThanOrEqual(1);
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
