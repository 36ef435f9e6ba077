import { describe, expect, test } from "vitest";
import type { FileVersionBody, FolderEntryBody } from "../../../src/api/client/index.ts";
import { LISTING_ROWS_MAX } from "../limits.ts";
import { above, below, listingOf, steps } from "./folders.ts";

test("paths go down, up and step by step", () => {
  expect(below("", "a")).toBe("a");
  expect(below("a/b", "c")).toBe("a/b/c");
  expect(above("a/b/c")).toBe("a/b");
  expect(above("a")).toBe("");
  expect(steps("")).toEqual([]);
  expect(steps("a/b")).toEqual([
    { name: "a", path: "a" },
    { name: "b", path: "a/b" },
  ]);
});

function entry(name: string, change: Partial<FolderEntryBody> = {}): FolderEntryBody {
  return { ...{ name, kind: "file", sizeBytes: 1, modifiedAtMs: 1, etag: name }, ...change };
}

function version(writer: string, sizeBytes: number): FileVersionBody {
  const at = { writtenAtMs: 9, modifiedAtMs: 9 };
  return { ...at, version: `${writer}-1`, writer, sizeBytes, isCurrent: true };
}

describe("a listing", () => {
  test("has folders first, then names, and not more than fit", () => {
    const many = Array.from({ length: LISTING_ROWS_MAX }, (_, at) => entry(`f${at}`));
    const { entries, count } = listingOf("", [...many, entry("z", { kind: "folder" })], []);
    expect(entries[0]?.name).toBe("z");
    expect(entries).toHaveLength(LISTING_ROWS_MAX);
    expect(count).toBe(LISTING_ROWS_MAX + 1);
  });

  test("tells where each version of a torn file is, and leaves open what is not sure", () => {
    const torn = { conflict: true, modifiedAtMs: 9 };
    const entries = [
      entry("plan.txt", { ...torn, sizeBytes: 5 }),
      entry("plan (anna's version, 2026).txt", { ...torn, sizeBytes: 7 }),
      entry("plan (ben's version, 2026).txt", { ...torn, sizeBytes: 8 }),
      entry("plan (ben's version, 2026 2).txt", { ...torn, sizeBytes: 8 }),
    ];
    const conflicts = [
      { path: "x/plan.txt", versions: [version("me", 5), version("anna", 7), version("ben", 8)] },
      { path: "x/deep/plan.txt", versions: [version("me", 5)] },
    ];
    const [rivals, ...others] = listingOf("x", entries, conflicts).rivals;
    expect(others).toEqual([]);
    expect(rivals?.name).toBe("plan.txt");
    expect(rivals?.versions.map(({ path }) => path)).toEqual([
      "x/plan.txt",
      "x/plan (anna's version, 2026).txt",
      undefined,
    ]);
  });
});
