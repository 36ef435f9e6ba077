import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BundleLoader, type KeptCode, type LoadedFile } from "./code-cache.ts";

const PROGRAM = `const part = require("./part.cjs");
exports.double = (value) => part.twice(value);
exports.path = require("node:path");
exports.places = [__filename, __dirname, this === exports, module.exports === exports];`;
const PART = `exports.runs = (globalThis.partRuns = (globalThis.partRuns ?? 0) + 1);
exports.twice = (value) => 2 * value;
exports.program = require("./program.cjs");`;

interface Program {
  readonly double: (value: number) => number;
  readonly path: typeof import("node:path");
  readonly places: readonly unknown[];
}

let folder = "";
const program = (): string => join(folder, "program.cjs");
const part = (): string => join(folder, "part.cjs");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-code-cache-"));
  writeFileSync(program(), PROGRAM);
  writeFileSync(part(), PART);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(): { loaded: LoadedFile[]; exports: Program } {
  const loaded: LoadedFile[] = [];
  const loader = new BundleLoader((one) => loaded.push(one));
  return { exports: loader.load(program()) as Program, loaded };
}

function keptCode(): readonly KeptCode[] {
  return load().loaded.map((one) => one.keptCode);
}

test("a bundle's files run once each, may need each other, and see what CommonJS promises", () => {
  Object.assign(globalThis, { partRuns: 0 });
  const loader = new BundleLoader();
  const { double, path, places } = loader.load(program()) as Program;
  expect(double(21)).toBe(42);
  expect(path.join).toBe(join);
  expect(places).toEqual([program(), folder, true, true]);
  expect(loader.load(part())).toMatchObject({ runs: 1, program: { double } });
});

test("what V8 made of both is used by who loads them next", () => {
  const first = load();
  expect(first.loaded.map(({ file, keptCode: code }) => [file, code])).toEqual([
    [program(), "none"],
    [part(), "none"],
  ]);
  first.exports.double(1);
  for (const loaded of first.loaded) loaded.keep();
  const next = load();
  expect(next.loaded.map((one) => one.keptCode)).toEqual(["used", "used"]);
  expect(next.exports.double(21)).toBe(42);
});

test("a text that has changed runs as it is now, also where it is as long as before", () => {
  for (const loaded of load().loaded) loaded.keep();
  writeFileSync(part(), PART.replace("2 *", "3 *"));
  const { exports, loaded } = load();
  expect(loaded.map((one) => one.keptCode)).toEqual(["used", "other"]);
  expect(exports.double(2)).toBe(6);
});

test("code that is damaged, cut short, empty or of another file is passed over", () => {
  for (const loaded of load().loaded) loaded.keep();
  const good = readFileSync(`${part()}.code`);
  const damaged = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const bad = [
    ...[new Uint8Array(0), good.subarray(0, 31), good.subarray(0, 32)],
    ...[good.subarray(0, good.length - 8), Buffer.concat([good, good])],
    ...[damaged(0), damaged(40), damaged(good.length - 1), readFileSync(`${program()}.code`)],
  ];
  for (const bytes of bad) {
    writeFileSync(`${part()}.code`, bytes);
    expect(keptCode()).toEqual(["used", "other"]);
    expect(load().exports.double(4)).toBe(8);
  }
});

test("bundled files are strict, and their errors name the line of the file", () => {
  writeFileSync(program(), "exports.a = 1;\n\nundeclared = 1;");
  let stack = "";
  try {
    load();
  } catch (error) {
    stack = error instanceof ReferenceError ? (error.stack ?? "") : String(error);
  }
  expect(stack).toContain(`${program()}:3`);
});

test("a file that is not there says so each time, until it is", () => {
  rmSync(part());
  const loader = new BundleLoader();
  for (let i = 0; i < 2; i++) expect(() => loader.load(program())).toThrow("part.cjs");
  writeFileSync(part(), PART);
  expect((loader.load(program()) as Program).double(4)).toBe(8);
});

test("where code cannot be kept, the error says so and nothing is left of it", () => {
  const { loaded } = load();
  mkdirSync(`${part()}.code`);
  expect(() => loaded[1]?.keep()).toThrow(`${part()}.code`);
  expect(readdirSync(folder).sort()).toEqual(["part.cjs", "part.cjs.code", "program.cjs"]);
  expect(keptCode()).toEqual(["none", "none"]);
});
