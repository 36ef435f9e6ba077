import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import { displayable, restoreFile } from "./displayable.ts";
import { MediaError } from "./errors.ts";
import { cameraJpeg, progressiveJpeg, testPicture } from "./jpeg/picture.fixture.ts";
import { isJpeg } from "./jpeg/sections.ts";
import { SMALL_TEXT_BYTES_MAX, TINY_BYTES_MAX } from "./limits.ts";
import { planLayers } from "./plan.ts";
import { expansionFactor, type LayerProfile, PROFILES } from "./profile.ts";
import type { LayerPlan } from "./types.ts";

function bodyOf({ layers }: LayerPlan): Uint8Array {
  return concatBytes(...layers.filter(({ role }) => role === "body").map(({ bytes }) => bytes));
}

function expansionOf({ layers }: LayerPlan, fileBytes: number): number {
  const sizes = layers.map(({ level, bytes }) => ({ level, sizeBytes: bytes.length }));
  return expansionFactor(sizes, fileBytes);
}

/** Plans a file and checks what every plan must keep. */
function planned(bytes: Uint8Array, name: string, profile: LayerProfile): LayerPlan {
  const plan = planLayers(bytes, name, profile);
  expect(equalBytes(restoreFile(plan.transform, bodyOf(plan)), bytes)).toBe(true);
  const levels = plan.layers.map(({ level }) => level);
  expect(levels).toEqual([...levels].sort((a, b) => a - b));
  expect(plan.layers.at(-1)?.role).toBe("body");
  if (bytes.length > 0) expect(plan.layers.every((layer) => layer.bytes.length > 0)).toBe(true);
  return plan;
}

/** What the first `count` layers show. */
function shown(plan: LayerPlan, count: number): ReturnType<typeof displayable> {
  const { mediaType, transform, layers } = plan;
  const facts = { mediaType, transform, layerCount: layers.length };
  return displayable(facts, layers.slice(0, count));
}

const photo = cameraJpeg(testPicture(640, 480), { quality: 88 });

describe("a JPEG", () => {
  test.each(["gentle", "rich", "steep"] as const)("with %s", (profile) => {
    const plan = planned(photo, "photo.jpg", profile);
    expect(plan).toMatchObject({ mediaType: "image/jpeg", transform: "jpeg-rescan" });
    expect(plan.layers.map(({ role }) => role)).toEqual([
      "preview",
      ...PROFILES[profile].cuts.map(() => "body"),
      "body",
    ]);
    expect(expansionOf(plan, photo.length)).toBeLessThanOrEqual(PROFILES[profile].expansionMax);
    for (let count = 1; count < plan.layers.length; count++) {
      const { bytes = new Uint8Array(0), exact, mediaType } = shown(plan, count) ?? {};
      expect(isJpeg(bytes)).toBe(true);
      expect(exact).toBe(false);
      expect(mediaType).toBe("image/jpeg");
    }
    const whole = shown(plan, plan.layers.length);
    expect(whole?.exact).toBe(true);
    expect(equalBytes(whole?.bytes ?? new Uint8Array(0), photo)).toBe(true);
  });

  test("flat is the file and nothing else", () => {
    const plan = planned(photo, "photo.jpg", "flat");
    expect(plan.layers).toEqual([{ level: 3, role: "body", bytes: photo }]);
    expect(plan.layers[0]?.bytes.buffer).toBe(photo.buffer);
  });

  test("a progressive one that cannot be packed is cut at its own scans", () => {
    const original = progressiveJpeg(testPicture(640, 480), { quality: 88 });
    // A byte of stuffing before the last marker is lost when scans are written anew.
    const odd = concatBytes(original.subarray(0, -2), Uint8Array.of(0xff, 0xff, 0xd9));
    const plan = planned(odd, "odd.jpg", "rich");
    expect(plan.transform).toBe("none");
    expect(plan.note).toContain("scans stay");
    expect(plan.layers.map(({ role }) => role)).toEqual(["preview", "body", "body"]);
    expect(isJpeg(shown(plan, 2)?.bytes ?? new Uint8Array(0))).toBe(true);
    expect(expansionOf(plan, odd.length)).toBeLessThanOrEqual(2.7);
  });

  test("a baseline one that breaks off keeps its preview", () => {
    const plan = planned(photo.subarray(0, photo.length >> 1), "cut.jpg", "rich");
    expect(plan.transform).toBe("none");
    expect(plan.layers.map(({ role }) => role)).toEqual(["preview", "body"]);
  });
});

describe("sizes at which things change", () => {
  test("a tiny file is kept whole at the top", () => {
    const tiny = new Uint8Array(TINY_BYTES_MAX);
    expect(planned(tiny, "a.bin", "rich").layers.map(({ level }) => level)).toEqual([1]);
    expect(planned(tiny, "a.bin", "steep").layers.map(({ level }) => level)).toEqual([0]);
    const larger = planned(new Uint8Array(TINY_BYTES_MAX + 1), "a.bin", "rich");
    expect(larger.layers.map(({ level }) => level)).toEqual([3]);
    expect(larger.note).toBeDefined();
  });

  test("a small text is kept whole at the top", () => {
    const text = utf8("word ".repeat(SMALL_TEXT_BYTES_MAX / 4)).subarray(0, SMALL_TEXT_BYTES_MAX);
    const plan = planned(text, "a.txt", "gentle");
    expect(plan.layers.map(({ level, role }) => [level, role])).toEqual([[1, "body"]]);
    expect(plan.note).toContain("small text");
    const larger = planned(concatBytes(text, utf8("x")), "a.txt", "gentle");
    expect(larger.layers.map(({ level, role }) => [level, role])).toEqual([
      [1, "preview"],
      [2, "body"],
      [3, "body"],
    ]);
    expect(expansionOf(larger, text.length + 1)).toBeLessThanOrEqual(2.3);
  });

  test("an empty file has one empty layer", () => {
    for (const profile of ["flat", "rich"] as const) {
      expect(planned(new Uint8Array(0), "a.txt", profile).layers).toHaveLength(1);
    }
  });
});

describe("texts", () => {
  const markdown = utf8(
    Array.from(
      { length: 400 },
      (_, part) => `# Part ${part}\n\n${"Words — and more. ".repeat(20)}\n`,
    ).join(""),
  );

  test("a preview has the beginning and the outline, and the first part is readable", () => {
    const plan = planned(markdown, "book.md", "rich");
    const preview = shown(plan, 1);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(preview?.bytes);
    expect(preview?.mediaType).toBe("text/plain");
    expect(text.startsWith("# Part 0")).toBe(true);
    expect(text).toContain("# Part 20");
    const first = shown(plan, 2);
    expect(first).toMatchObject({ exact: false, mediaType: "text/markdown" });
    const part = new TextDecoder("utf-8", { fatal: true }).decode(first?.bytes);
    expect(part.length).toBeGreaterThan(markdown.length / 5);
    expect(expansionOf(plan, markdown.length)).toBeLessThanOrEqual(2.7);
  });

  test("a page's words come before its scripts", () => {
    const page = utf8(
      `<!doctype html><title>A &amp; B</title><script>${"let x = 1;".repeat(20_000)}</script><h1>Head</h1><p>Words <a href="javascript:alert(1)">bad</a> <a href="https://x.org/">good</a></p>`,
    );
    const plan = planned(page, "page.html", "gentle");
    const text = new TextDecoder().decode(shown(plan, 1)?.bytes);
    expect(shown(plan, 1)?.mediaType).toBe("text/html");
    expect(text).toContain("<title>A &amp; B</title>");
    expect(text).toContain("<h1>Head</h1>");
    expect(text).toContain('<a href="https://x.org/">good</a>');
    expect(text).not.toContain("javascript");
    expect(text).not.toContain("let x");
  });
});

test("any bytes under any name are planned and come back", () => {
  const magics = [
    "",
    "\xff\xd8\xff",
    "\x89PNG\r\n\x1a\n",
    "GIF89a",
    "BM",
    "%PDF-",
    "PK\x03\x04",
    "<html>",
  ];
  const names = ["a", "a.jpg", "a.bmp", "a.docx", "a.tar", "a.html", "a.mp4"];
  fc.assert(
    fc.property(
      fc.constantFrom(...magics),
      fc.uint8Array({ maxLength: 9_000, size: "max" }),
      fc.constantFrom(...names),
      fc.constantFrom("gentle", "rich", "steep"),
      (magic, rest, name, profile) => {
        const start = Uint8Array.from(magic, (letter) => letter.charCodeAt(0));
        planned(concatBytes(start, rest), name, profile);
      },
    ),
    { numRuns: 60 },
  );
});

test("what cannot be restored is refused by a MediaError", () => {
  expect(() => restoreFile("jpeg-rescan", utf8("not a packed JPEG"))).toThrow(MediaError);
  expect(() => restoreFile("later" as "none", utf8("x"))).toThrow(MediaError);
});
