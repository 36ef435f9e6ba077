import { describe, expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { createToySuite } from "../toy-suite.ts";
import { type IslandsOptions, runIslands } from "./run.ts";

// A dozen whole peers take a while where other tests run beside them.
vi.setConfig({ testTimeout: 240_000 });

const suite = createToySuite(createNodeSuite());
const small = { sizes: [3, 3, 3], objects: 2, files: 2, writers: 2, cutMs: 8_000 };
const run = (options: Omit<IslandsOptions, "suite">): ReturnType<typeof runIslands> =>
  runIslands({ suite, ...small, ...options });

describe("three islands that write and find each other again", () => {
  test("lose nothing, and show every picture of before all the time (seed 1)", () => {
    const result = run({ seed: 1 });
    expect(result.lost).toBe(0);
    expect(result.cutOff).toEqual({ tried: 18, seen: 18 });
    expect(result.healed).toEqual({ tried: 45, seen: 45 });
    expect(result.acknowledged).toBeGreaterThan(20);
    expect(result.conflictCopies).toBeGreaterThan(2);
  });
});

test("an island that takes the others for dead heals what it can, and that loses nothing", () => {
  const deadAfter = { minMs: 10_000, maxMs: 10_000, unknownMs: 10_000 };
  const healing = { deadAfter, watchMs: 20_000, watchFirstMs: 2_000, turnMs: 2_000 };
  const { made, lost, healed } = run({
    seed: 1,
    sizes: [6, 1, 1],
    files: 0,
    writers: 1,
    cutMs: 40_000,
    healing,
  });
  expect(made).toBeGreaterThan(0);
  expect(healed.seen).toBe(healed.tried);
  expect(lost).toBe(0);
});

describe("the counts notice", () => {
  test("writes that a disk acknowledges and forgets", () => {
    const writesOnly = { objects: 0, files: 5, writers: 1 };
    expect(run({ seed: 1, ...writesOnly, defect: "forgets" }).lost).toBeGreaterThan(0);
  });

  test("an island that keeps nothing for others and so sees nothing of theirs", () => {
    const { cutOff, healed, lost } = run({
      seed: 1,
      objects: 3,
      files: 0,
      writers: 1,
      quotaBytes: [undefined, undefined, 0],
    });
    expect(cutOff.seen).toBeLessThan(cutOff.tried);
    expect(healed.seen).toBe(healed.tried);
    expect(lost).toBe(0);
  });
});
