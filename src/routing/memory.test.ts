import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { decodePeerRecord, encodePeerRecord } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { Destination } from "./destination.ts";
import { MEMORY_MS } from "./limits.ts";
import { Memory } from "./memory.ts";

const suite = createToySuite(createNodeSuite());
const records = Array.from({ length: 4 }, (_, i) =>
  decodePeerRecord(suite, encodePeerRecord(testIdentity(suite, `m${i}`), { name: "", seqno: i })),
);
const origins = records.map((record, i) => {
  const destination = new Destination(record.id, i + 1, 0);
  destination.record = record;
  destination.provenSeqno = record.seqno;
  return destination;
});
const first = origins[0] as Destination;

test("an origin is remembered with its feasible distance until its time is over", () => {
  const memory = new Memory(3);
  first.lowerFeasible(4, 9);
  memory.keep(first, 100);
  const { state } = memory.get(first.id, 100 + MEMORY_MS - 1) ?? {};
  expect(state).toMatchObject({ feasibleSeqno: 4, feasibleMetric: 9, provenSeqno: 0 });
  expect(state?.record).toBe(first.record);
  expect(memory.get(first.id, 100 + MEMORY_MS)).toBe(undefined);
});

test("beyond its limit the one longest without a route is forgotten", () => {
  const memory = new Memory(3);
  const held = (): boolean[] => records.map(({ id }) => memory.get(id, 10) !== undefined);
  for (const origin of origins.slice(0, 3)) memory.keep(origin, 0);
  expect(held()).toEqual([true, true, true, false]);
  for (const origin of origins.slice(0, 1)) memory.keep(origin, 1);
  for (const origin of origins.slice(3)) memory.keep(origin, 2);
  expect(held()).toEqual([true, false, true, true]);
  expect(memory.size).toBe(3);
});

test("an invented origin, never proven and never told, takes no place", () => {
  const memory = new Memory(3);
  memory.keep(new Destination(`fd${"00".repeat(15)}`, 9, 0), 0);
  expect(memory.size).toBe(0);
});
