import { afterAll, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { BAD_DISKS, ROUGH } from "./fault-plan.ts";
import { runScenario, type ScenarioResult } from "./scenario.ts";
import { createToySuite } from "./toy-suite.ts";

/** One seed in so many runs with the real cryptography; the others have the toy. */
const REAL_EVERY = 8;
/** One seed in so many is run twice, and must end in the same state. */
const TWICE_EVERY = 20;

/** With beacons (the other half has wires, which a restart may leave silent for longer), all see all so soon after the end of all trouble. */
const FOUND_MS_MAX = 10_000;
/** A seed takes seconds; how many is up to what else the machine does. */
const SEED_MS_MAX = 600_000;

const real = createNodeSuite();
const toy = createToySuite(real);

/** One seed in so many has disks that refuse writes and lose blocks, too. */
const BAD_DISKS_EVERY = 5;

/** One run of the suite: 16 peers under 20 % loss, partitions and crashes. */
export function runSeed(seed: number): ScenarioResult {
  return runScenario({
    seed,
    suite: seed % REAL_EVERY === 0 ? real : toy,
    faults: seed % BAD_DISKS_EVERY === 0 ? BAD_DISKS : ROUGH,
  });
}

/** Declares a test per seed, and one that looks at all of them together. */
export function testSeeds(first: number, last: number): void {
  const results: ScenarioResult[] = [];
  const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);

  test.each(seeds)("seed %i keeps every promise", { timeout: SEED_MS_MAX }, (seed) => {
    const result = runSeed(seed);
    results.push(result);
    if (seed % 2 === 0) expect(result.calmMs.routed).toBeLessThanOrEqual(FOUND_MS_MAX);
    if (seed % TWICE_EVERY === 0) expect(runSeed(seed)).toEqual(result);
  });

  test("every kind of fault struck, and enough was promised to be worth it", () => {
    const sum = (count: (result: ScenarioResult) => number): number =>
      results.reduce((total, result) => total + count(result), 0);
    const runs = results.length;
    expect(runs).toBe(seeds.length);
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(runs);
    expect(new Set(results.map(({ graph }) => graph)).size).toBeGreaterThan(2);
    expect(sum(({ faults }) => faults.lost)).toBeGreaterThan(runs * 500);
    expect(sum(({ faults }) => faults.lostWrites)).toBeGreaterThan(runs / 2);
    expect(sum(({ faults }) => faults.survivedWrites)).toBeGreaterThan(runs / 2);
    expect(sum(({ faults }) => faults.refusedWrites)).toBeGreaterThan(runs / 4);
    expect(sum(({ faults }) => faults.rottenBlocks)).toBeGreaterThan(runs / 4);
    expect(sum(({ messages }) => messages.acknowledged)).toBeGreaterThan(runs * 20);
    expect(sum(({ objects }) => objects.put)).toBeGreaterThan(runs);
    expect(sum(({ deaths }) => deaths)).toBeGreaterThan(runs * 2);
  });

  afterAll(() => {
    const lines = results.map(({ seed, hash }) => `${seed}:${hash.slice(0, 12)}`);
    console.log(`seed:final state\n${lines.join(" ")}`);
  });
}
