import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ffi, loadFfi } from "./ffi.ts";
import { FileLooks } from "./file-looks.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-file-looks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ffi = loadFfi();
const probe = ffi && FileLooks.open(ffi);

describe.skipIf(probe === undefined)("a look at an open file", () => {
  test("says what Node says", () => {
    const file = join(folder, "file");
    const cases: [number, number][] = [
      [0, 0],
      [1, 1.5],
      [70_000, -86_400.25],
      [2 ** 33 + 5, 4e9 + 0.125],
    ];
    for (const [size, atSeconds] of cases) {
      writeFileSync(file, "");
      truncateSync(file, size);
      utimesSync(file, atSeconds, atSeconds);
      const descriptor = openSync(file, "r");
      const { mtimeMs } = fstatSync(descriptor);
      const look = probe?.look(descriptor);
      expect(look?.size).toBe(size);
      expect(look?.mtimeMs).toBeCloseTo(mtimeMs, 2);
      closeSync(descriptor);
      expect(probe?.look(descriptor)).toBeUndefined();
    }
  });

  test("is not had where the C library has no such function", () => {
    const find = (): never => {
      throw new Error("no such function");
    };
    expect(FileLooks.open({ ...(ffi as Ffi), find })).toBeUndefined();
  });
});
