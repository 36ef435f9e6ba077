import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NAME_CHARS_MAX } from "../limits.ts";
import {
  cleanName,
  clipBytes,
  clipMiddle,
  count,
  formatBytes,
  formatMs,
  formatSpan,
  formatTime,
  utf8Length,
} from "./format.ts";

describe("formats", () => {
  test("sizes", () => {
    const sizes = [0, 999, 1_000, 1_499, 9_949, 12_000, 999_499, 999_600, 3.4e9, -1, Number.NaN];
    expect(sizes.map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "1.5 kB",
      "9.9 kB",
      "12 kB",
      "999 kB",
      "1.0 MB",
      "3.4 GB",
      "–",
      "–",
    ]);
  });

  test("spans", () => {
    const spans = [999, 59_999, 60_000, 185_000, 7_800_000, 93_780_000, Number.NaN];
    expect(spans.map(formatSpan)).toEqual([
      "0 s",
      "59 s",
      "1 min",
      "3 min 5 s",
      "2 h 10 min",
      "1 d 2 h",
      "–",
    ]);
  });

  test("round trips", () => {
    expect([null, 0.4, 3.6, 1_234].map(formatMs)).toEqual(["no answer", "<1 ms", "4 ms", "1.2 s"]);
  });

  test("times carry the day unless it is today", () => {
    const noon = new Date(2026, 5, 14, 12, 0).getTime();
    const yesterday = new Date(2026, 5, 13, 12, 0).getTime();
    expect(formatTime(noon, noon, "en-GB")).toBe("12:00");
    expect(formatTime(yesterday, noon, "en-GB")).toContain("13 Jun");
    expect(formatTime(Number.NaN, noon)).toBe("–");
  });

  test("counts", () => {
    expect([count(0, "peer"), count(1, "peer"), count(2, "peer")]).toEqual([
      "0 peers",
      "1 peer",
      "2 peers",
    ]);
  });

  test("UTF-8 lengths", () => {
    expect(utf8Length("aä🎵")).toBe(7);
  });
});

describe("foreign names", () => {
  test("lose what turns the reading direction, line ends and control codes", () => {
    expect(cleanName("\u202egpj.exe\u2066 in\r\nvoice\u0000")).toBe("gpj.exe invoice");
    expect(cleanName(" \u200b\ufeff ", "unnamed")).toBe("unnamed");
    expect(cleanName("אנה")).toBe("אנה");
  });

  test("are cut above NAME_CHARS_MAX characters", () => {
    const fits = "🎵".repeat(NAME_CHARS_MAX);
    expect(cleanName(fits)).toBe(fits);
    expect([...cleanName(`${fits}🎵`)]).toHaveLength(NAME_CHARS_MAX);
    expect(cleanName(`${fits}🎵`).endsWith("…")).toBe(true);
  });

  test("whatever is given, one short clean line comes out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (name) => {
        const clean = cleanName(name);
        expect([...clean].length).toBeLessThanOrEqual(NAME_CHARS_MAX);
        expect(clean).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(clean).not.toBe("");
      }),
      { seed: 7 },
    );
  });

  test("file names keep their ending", () => {
    expect(clipMiddle("short.txt", 20)).toBe("short.txt");
    expect(clipMiddle("a very long name of a file.txt", 16)).toBe("a very lon…e.txt");
  });

  test("file names fit in so many bytes, whatever they are written in", () => {
    expect(clipBytes("short.txt", 255)).toBe("short.txt");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (name) => {
        const clipped = clipBytes(name, 255);
        expect(utf8Length(clipped)).toBeLessThanOrEqual(255);
        if (utf8Length(name) <= 255) expect(clipped).toBe(name);
      }),
      { seed: 9 },
    );
  });
});
