// Loaded by vitest before each test file of a mutation run: notes which instrumented places each
// test ran, breaks endless loops, and lets property tests end at the first failure instead of
// shrinking it.
import fc from "fast-check";
import { afterEach, beforeEach } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Numbers of the places that this test ran. */
    peernetHits?: number[];
    /** Numbers of the places that ran before this test but in none: loading, `beforeAll`. */
    peernetLoadHits?: number[];
  }
}

/** More turns than the loops of one file take in any test on whole code (the baseline shows). */
const MAX_TURNS_PER_TEST = 30_000_000;

const hits = new Set<number>();
let turns = 0;

Object.assign(globalThis, {
  __peernetHit: (place: number) => hits.add(place),
  __peernetTurn: () => {
    if (++turns > MAX_TURNS_PER_TEST) throw new RangeError("A loop does not end.");
  },
});

beforeEach(({ task }) => {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
  task.meta.peernetLoadHits = [...hits];
  hits.clear();
  turns = 0;
});

afterEach(({ task }) => {
  task.meta.peernetHits = [...hits];
  hits.clear();
});
