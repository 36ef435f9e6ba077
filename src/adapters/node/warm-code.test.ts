import { spawnSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { compileSooner } from "./warm-code.ts";

afterAll(() => void compileSooner());

const flag = compileSooner();
if (flag === undefined) console.log(`SKIPPED: nothing is known of V8 ${process.versions.v8}`);

test.skipIf(flag === undefined)("the V8 of this Node takes its flag without a word", () => {
  expect(flag).toMatch(/^--[a-z-]+=\d+$/);
  const { status, stderr } = spawnSync(process.execPath, [flag ?? "", "-e", ""], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
});

test("other versions are left alone", () => {
  expect(compileSooner("10.2.154.26-node.36")).toBeUndefined();
  expect(compileSooner("11.8.172.17-node.20")).toBeUndefined();
  expect(compileSooner("14.0.1")).toBeUndefined();
  expect(compileSooner("")).toBeUndefined();
});
