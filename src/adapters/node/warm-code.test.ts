import { spawnSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { compileSooner } from "./warm-code.ts";

afterAll(() => void compileSooner());

test("the V8 of this Node takes its flag without a word", () => {
  const flag = compileSooner();
  expect(flag).toMatch(/^--[a-z-]+=\d+$/);
  const { status, stderr } = spawnSync(process.execPath, [flag ?? "", "-e", ""], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
});

test("other versions are left alone", () => {
  expect(compileSooner("10.2.154.26-node.36")).toBeUndefined();
  expect(compileSooner("14.0.1")).toBeUndefined();
  expect(compileSooner("")).toBeUndefined();
});
