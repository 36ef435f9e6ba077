import { cp, mkdtemp, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forgetPlace, isMoved, keepPlace } from "./home-place.ts";

let base = "";
let home = "";

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "place-"));
  home = join(base, "home");
  await cp(await mkdtemp(join(base, "empty-")), home, { recursive: true });
});

afterEach(() => rm(base, { recursive: true }));

test("a home that was never used, one that was, and one that was renamed lie where they lay", async () => {
  expect(await isMoved(home)).toBe(false);
  await keepPlace(home);
  expect(await isMoved(home)).toBe(false);
  await rename(home, join(base, "other"));
  expect(await isMoved(join(base, "other"))).toBe(false);
  await keepPlace(join(base, "other"));
  expect(await isMoved(join(base, "other"))).toBe(false);
});

test("a copy does not, nor does an old copy that was put back over the home", async () => {
  await keepPlace(home);
  const copy = join(base, "copy");
  await cp(home, copy, { recursive: true, preserveTimestamps: true });
  expect(await isMoved(copy)).toBe(true);
  for (const name of ["place.json", "place.mark"]) {
    const bytes = await readFile(join(copy, name));
    await writeFile(join(home, name), bytes);
    await utimes(join(home, name), 1, 1);
  }
  expect(await isMoved(home)).toBe(true);
  await keepPlace(home);
  expect(await isMoved(home)).toBe(false);
});

test("what was written by halves, or without a mark, is read", async () => {
  await keepPlace(home);
  const path = join(home, "place.json");
  const { file } = JSON.parse(await readFile(path, "utf8")) as { file: string };
  await writeFile(path, JSON.stringify({ file }));
  expect(await isMoved(home)).toBe(false);
  await writeFile(path, "");
  expect(await isMoved(home)).toBe(true);
});

test("a home whose records were salvaged counts as a copy until it has started", async () => {
  await keepPlace(home);
  await forgetPlace(home);
  expect(await isMoved(home)).toBe(true);
  expect(await isMoved(home)).toBe(true);
  await keepPlace(home);
  expect(await isMoved(home)).toBe(false);
});
