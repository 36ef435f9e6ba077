import { describe, expect, test } from "vitest";
import type { LayerBody } from "../../../src/api/client/index.ts";
import { LOOK_ENTRIES_MAX, LOOK_THUMBNAIL_CHARS_MAX } from "../limits.ts";
import { depthWords, layerChips, survivorWords } from "./layer-words.ts";
import { type Listing, parseListing } from "./listing.ts";
import { parseChoice, putQuery } from "./put-options.ts";
import { kindOf, layersOf } from "./sight.ts";

describe("layers in words", () => {
  test("say which one is seen, and bit-exact only for the whole", () => {
    const at = (shown: number, kind: "picture" | "text" | "page" | "listing" = "picture") =>
      depthWords({ kind, shown, total: 3 });
    expect(at(1)).toBe("Layer 1 of 3: all of it, soft");
    expect(at(2)).toBe("Layer 2 of 3: all of it, sharper");
    expect(at(3)).toBe("Layer 3 of 3: bit-exact");
    expect(at(1, "page")).toBe("Layer 1 of 3: its text");
    expect(at(1, "listing")).toBe("Layer 1 of 3: what is in it");
  });

  test("say what survives", () => {
    const left = (shown: number) =>
      survivorWords(12, 40, { kind: "picture", shown, total: 3 }).split(": ")[1];
    expect(left(1)).toBe("layer 1 of 3, all of it, soft");
    expect(left(2)).toBe("layers 1 to 2 of 3, all of it, sharper");
    expect(left(3)).toBe("everything, bit-exact");
    expect(survivorWords(1, 40, undefined)).toContain("nothing could be read");
  });

  test("make a chip each, the last one being the whole", () => {
    const layer = (k: number, role: LayerBody["role"]): LayerBody => ({
      ...{ k, role, sizeBytes: 1, isReadable: k < 15 },
    });
    const chips = (layers: readonly LayerBody[]) =>
      layerChips({
        n: 40,
        health: { alive: 12, here: 0, waiting: 0, holders: 2, layers, summary: "" },
      });
    expect(chips([layer(3, "preview"), layer(10, "body"), layer(20, "body")])).toEqual([
      { label: "Preview", need: "any 3 of 40", isReadable: true },
      { label: "Layer 2", need: "any 10 of 40", isReadable: true },
      { label: "Bit-exact", need: "any 20 of 40", isReadable: false },
    ]);
    expect(chips([layer(20, "body")])[0]?.label).toBe("All of it");
    expect(chips([])).toEqual([]);
  });
});

describe("what a preview is", () => {
  test("is told by its media type, and unknown ones are not shown", () => {
    expect(kindOf("image/jpeg")).toBe("picture");
    expect(kindOf("text/html; charset=utf-8")).toBe("page");
    expect(kindOf("TEXT/Plain")).toBe("text");
    expect(kindOf("application/json")).toBe("text");
    expect(kindOf("video/mp4")).toBe("video");
    for (const other of [
      "",
      "application/pdf",
      "image/x-raw",
      "video/x-ms-wmv",
      "application/wasm",
    ]) {
      expect(kindOf(other)).toBeUndefined();
    }
  });

  test("is as deep as the header says, and never deeper than the whole", () => {
    expect(layersOf("2/3")).toEqual({ shown: 2, total: 3 });
    expect(layersOf("9/3")).toEqual({ shown: 3, total: 3 });
    expect(layersOf("0/0")).toEqual({ shown: 1, total: 1 });
    for (const odd of [null, "", "2", "-1/3", "2/3/4", "1e3/4"]) {
      expect(layersOf(odd)).toEqual({ shown: 1, total: 1 });
    }
  });
});

describe("the listing of a folder", () => {
  const file = (path: string, look?: unknown) => ({ path, sizeBytes: 3, modifiedAtMs: 1, look });

  test("is read, and says how many there are where not all are named", () => {
    const text = JSON.stringify({
      ...{ v: 1, kind: "folder", name: "trip", fileCount: 9, folderCount: 1, totalBytes: 70 },
      files: [file("a.txt"), file("deep/b.txt")],
    });
    expect(parseListing(text)).toEqual({
      fileCount: 9,
      totalBytes: 70,
      files: [
        { path: "a.txt", sizeBytes: 3 },
        { path: "deep/b.txt", sizeBytes: 3 },
      ],
    });
  });

  test("shows small pictures, and nothing that could be anything else", () => {
    const lookOf = (look: unknown): string | undefined => {
      const text = JSON.stringify({ v: 1, kind: "folder", files: [file("a.jpg", look)] });
      return parseListing(text)?.files[0]?.look;
    };
    expect(lookOf("/9j/AA==")).toBe("data:image/jpeg;base64,/9j/AA==");
    expect(lookOf("A".repeat(LOOK_THUMBNAIL_CHARS_MAX))).toBeDefined();
    const odd = ['/9j" onerror="x', "data:text/html,x", "", "A\nA", 7, null, {}];
    for (const look of [...odd, "A".repeat(LOOK_THUMBNAIL_CHARS_MAX + 1)]) {
      expect(lookOf(look)).toBeUndefined();
    }
  });

  test("has LOOK_ENTRIES_MAX entries at most, and only what are files", () => {
    const files = Array.from({ length: LOOK_ENTRIES_MAX + 1 }, (_, at) => file(String(at)));
    const odd = [null, 7, { path: 7, sizeBytes: 1 }, { path: "x", sizeBytes: -1 }];
    const of = (list: unknown): Listing | undefined =>
      parseListing(JSON.stringify({ v: 1, kind: "folder", files: list }));
    expect(of(files)?.files).toHaveLength(LOOK_ENTRIES_MAX);
    expect(of(files.slice(1))?.files).toHaveLength(LOOK_ENTRIES_MAX);
    expect(of([...odd, file("a")])).toMatchObject({ fileCount: 1, totalBytes: 3 });
  });

  test("is nothing else", () => {
    for (const text of ["", "null", "[]", "{}", '{"v":2,"kind":"folder","files":[]}', "{"]) {
      expect(parseListing(text)).toBeUndefined();
    }
  });
});

describe("how files are put", () => {
  test("is remembered; what is unknown is as usual", () => {
    expect(parseChoice("layers=rich&code=wide")).toEqual({ layers: "rich", code: "wide" });
    const usual = { layers: "gentle", code: "default" };
    for (const odd of [null, "", "layers=all&code=RICH", '{"layers":"rich"}', "%E0%A4%A"]) {
      expect(parseChoice(odd)).toEqual(usual);
    }
  });

  test("goes into the query, names and types escaped", () => {
    const query = putQuery("a&b=ü.jpg", "image/jpeg", { layers: "steep", code: "home" });
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
      name: "a&b=ü.jpg",
      layers: "steep",
      code: "home",
      type: "image/jpeg",
    });
    expect(putQuery("a", "", { layers: "flat", code: "wide" })).not.toContain("type");
  });
});
