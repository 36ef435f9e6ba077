import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { ManualClock } from "../../testing/index.ts";
import { HourlyBudget } from "../hourly-budget.ts";
import type { Ledger } from "../ledger.ts";
import { HEADS_READ_AT_ONCE, WATCHED_OBJECTS_MAX } from "./limits.ts";
import { compareAgents, rankOf } from "./order.ts";
import { tagOf, thresholdOf, WatchList } from "./watch-list.ts";

const suite = createNodeSuite();
const ROOT = (place: number): string => place.toString(16).padStart(64, "0");
const PEER = (place: number): string => `fd${place.toString(16).padStart(30, "0")}`;

/** A ledger with fragments of these objects, and heads that are never read. */
function ledgerOf(roots: Set<string>): { ledger: Ledger; reads: string[] } {
  const reads: string[] = [];
  const ledger = {
    roots: () => roots.values(),
    objects: () => [].values(),
    object: () => undefined,
    holdsAny: (root: string) => roots.has(root),
    head: (root: string) => reads.push(root),
  };
  return { ledger: ledger as unknown as Ledger, reads };
}

test("objects come and go with their fragments, and there are not more than are watched", () => {
  const roots = new Set(Array.from({ length: WATCHED_OBJECTS_MAX + 1 }, (_, i) => ROOT(i)));
  const list = new WatchList(suite, ledgerOf(roots).ledger);
  list.refresh(0);
  expect(list.size).toBe(WATCHED_OBJECTS_MAX);
  expect(list.get(ROOT(WATCHED_OBJECTS_MAX))).toBeUndefined();
  const first = list.get(ROOT(0));
  roots.delete(ROOT(0));
  list.refresh(0);
  list.refresh(0);
  expect(list.get(ROOT(0))).toBeUndefined();
  expect(list.byLocateId(first?.locateId ?? "")).toBeUndefined();
  expect(list.get(ROOT(WATCHED_OBJECTS_MAX))).toBeDefined();
});

test("few heads are read at a time", () => {
  const roots = new Set(Array.from({ length: HEADS_READ_AT_ONCE + 5 }, (_, i) => ROOT(i)));
  const { ledger, reads } = ledgerOf(roots);
  const list = new WatchList(suite, ledger);
  list.refresh(0);
  for (const entry of list.all()) list.learnShape(entry, () => {});
  expect(reads).toHaveLength(HEADS_READ_AT_ONCE);
});

test("a holder's word replaces its own older one, and another's only where that is worse", () => {
  const list = new WatchList(suite, ledgerOf(new Set([ROOT(1)])).ledger);
  list.refresh(0);
  const entry = list.get(ROOT(1));
  if (entry === undefined) throw new RangeError("it is watched");
  const never = (): boolean => false;
  list.report(entry, 5, [1, 2, 3], never);
  list.report(entry, 6, [3, 4], never);
  expect([...entry.holders.slice(1, 5)]).toEqual([5, 5, 5, 6]);
  list.report(entry, 6, [3, 4], (_, than) => than === 5);
  list.report(entry, 5, [1], never);
  expect([...entry.holders.slice(1, 5)]).toEqual([5, 0, 6, 6]);
});

test("an object is called otherwise in each question", () => {
  const nonce = new Uint8Array(8);
  const other = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  expect(tagOf(suite, nonce, ROOT(1))).toBe(tagOf(suite, nonce, ROOT(1)));
  expect(tagOf(suite, nonce, ROOT(1))).not.toBe(tagOf(suite, other, ROOT(1)));
  expect(tagOf(suite, nonce, ROOT(1))).not.toBe(tagOf(suite, nonce, ROOT(2)));
});

test("half of the spare fragments may go", () => {
  expect([thresholdOf(20, 40), thresholdOf(10, 30), thresholdOf(32, 96)]).toEqual([30, 20, 64]);
  expect([thresholdOf(1, 2), thresholdOf(5, 5)]).toEqual([1, 4]);
});

test("agents have one order per object, and each knows its place in it", () => {
  const agents = Array.from({ length: 20 }, (_, i) => PEER(i));
  const sorted = agents.toSorted((a, b) => compareAgents(suite, ROOT(1), a, b));
  expect(sorted.map((self) => rankOf(suite, ROOT(1), self, agents))).toEqual([...sorted.keys()]);
  const firsts = Array.from({ length: 200 }, (_, i) => {
    return agents.find((self) => rankOf(suite, ROOT(i), self, agents) === 0);
  });
  expect(new Set(firsts).size).toBeGreaterThan(15);
});

test("a budget: what is not used is kept for an hour, and large things wait for all of it", () => {
  const clock = new ManualClock();
  const budget = new HourlyBudget(clock, 1_000);
  expect(budget.take(600)).toBe(true);
  expect(budget.take(401)).toBe(false);
  expect(budget.take(400)).toBe(true);
  clock.advance(1_800_000);
  expect(budget.take(501)).toBe(false);
  expect(budget.take(500)).toBe(true);
  clock.advance(10 * 3_600_000);
  expect(budget.take(1_500)).toBe(true);
  clock.advance(1_800_000);
  expect(budget.take(1)).toBe(false);
  clock.advance(60_000);
  expect(budget.take(1)).toBe(true);
});
