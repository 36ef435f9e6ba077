import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { RunKeys } from "./layer-keys.ts";
import {
  HOPS_MAX,
  NEAR_ONION_BYTES,
  ONION_RUN_MS,
  ONION_RUN_USES_MAX,
  ONION_RUNS_MAX,
} from "./limits.ts";
import { type OnionHop, wayKey, wrapMarkedOnion } from "./onion.ts";
import { OnionReader } from "./onion-reader.ts";
import { OnionRuns } from "./onion-runs.ts";

const suite = createNodeSuite();
const pairs = Array.from({ length: HOPS_MAX }, (_, at) =>
  suite.dhKey(testRandom(`hop ${at}`).bytes(32)),
);

function wayOf(count: number, from = 0): OnionHop[] {
  return pairs.slice(from, from + count).map(({ publicKey }, at) => ({
    dhKey: publicKey,
    payload: utf8(`payload#${String(at).padStart(2, "0")}`),
  }));
}

function writer() {
  const clock = { nowMs: 5, monotonicMs: () => clock.nowMs, wallMs: () => clock.nowMs };
  return { clock, runs: new OnionRuns(suite, testRandom("runs"), clock) };
}

const keyOf = (onion: Uint8Array): string => toHex(onion.subarray(0, 32));

test.each([1, 5, 8, 12])("each of a run of onions over %i is read by all on the way", (count) => {
  const { runs } = writer();
  const hops = wayOf(count);
  const readers = pairs.map((pair) => new OnionReader(suite, pair));
  const onions = [0, 1, 2].map(() => runs.wrap(hops, false));
  expect(new Set(onions.map(keyOf)).size).toBe(1);
  expect(onions.map(({ length }) => length - (onions[0]?.length ?? 0))).toEqual([0, 1, 1]);
  for (let onion of onions) {
    for (const [at, hop] of hops.entries()) {
      const peeled = must(readers[at]?.peel(onion), "it opens");
      expect(peeled.payload).toEqual(hop.payload);
      const next = peeled.next(false);
      expect(next.length).toBe(onion.length);
      onion = next;
    }
  }
});

test("onions with one key show nothing of each other: no two have one stream or checksum", () => {
  const { runs } = writer();
  const hops = wayOf(3);
  const onions = Array.from({ length: 20 }, () => runs.wrap(hops, false));
  // The same is under all of them: what is seen would be the same, too, if two streams were.
  expect(new Set(onions.map((onion) => toHex(onion.subarray(-70)))).size).toBe(20);
  expect(new Set(onions.slice(1).map((onion) => onion[32])).size).toBe(19);
});

test("an onion of a run is not read with another mark, altered, or as one without", () => {
  const hops = wayOf(2);
  const key = wayKey(suite, testRandom("key"), hops);
  const keys = key.secrets.map((shared) => new RunKeys(suite, shared));
  const onion = wrapMarkedOnion(key.publicKey, keys, 255, hops);
  const reader = new OnionReader(suite, must(pairs[0], "the first"));
  expect(reader.peel(onion)).toBeDefined();
  for (let at = 32; at < onion.length; at++) {
    const other = Uint8Array.from(onion);
    other[at] = (other[at] ?? 0) ^ 1;
    expect(reader.peel(other)).toBeUndefined();
  }
  const unmarked = Uint8Array.from([...onion.subarray(0, 32), ...onion.subarray(33)]);
  expect(unmarked.length).toBe(NEAR_ONION_BYTES);
  expect(reader.peel(unmarked)).toBeUndefined();
});

test("a key is used again for a moment, so many times, over one way, and not where it shall not", () => {
  const { clock, runs } = writer();
  const hops = wayOf(3);
  const keys = Array.from({ length: ONION_RUN_USES_MAX + 1 }, () => keyOf(runs.wrap(hops, false)));
  expect(new Set(keys.slice(0, -1)).size).toBe(1);
  expect(keys.at(-1)).not.toBe(keys[0]);
  const second = must(keys.at(-1), "one");
  expect(keyOf(runs.wrap(wayOf(2), false))).not.toBe(second);
  expect(keyOf(runs.wrap(wayOf(3, 1), false))).not.toBe(second);
  const apart = runs.wrap(hops, true);
  expect(keyOf(apart)).not.toBe(second);
  expect(apart.length).toBe(NEAR_ONION_BYTES);
  clock.nowMs += ONION_RUN_MS - 1;
  expect(keyOf(runs.wrap(hops, false))).toBe(second);
  clock.nowMs += 1;
  expect(keyOf(runs.wrap(hops, false))).not.toBe(second);
});

test("keys of so many ways are kept, and of one more the oldest is not", () => {
  const { runs } = writer();
  const ways = Array.from({ length: ONION_RUNS_MAX + 1 }, (_, at) => {
    const { publicKey: dhKey } = suite.dhKey(testRandom(`way ${at}`).bytes(32));
    return [{ dhKey, payload: utf8("payload#00") }];
  });
  const [first = [], second = []] = ways;
  const most = ways.slice(0, ONION_RUNS_MAX).map((way) => keyOf(runs.wrap(way, false)));
  expect(keyOf(runs.wrap(first, false))).toBe(most[0]);
  runs.wrap(must(ways.at(-1), "one more"), false);
  expect(keyOf(runs.wrap(second, false))).toBe(most[1]);
  expect(keyOf(runs.wrap(first, false))).not.toBe(most[0]);
});
