import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { decodePeerRecord, encodePeerRecord } from "../identity/index.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { MEMORY_MS } from "./limits.ts";
import { Memory } from "./memory.ts";

const suite = createNodeSuite();
const records = Array.from({ length: 4 }, (_, i) =>
  decodePeerRecord(suite, encodePeerRecord(testIdentity(suite, `m${i}`), { name: "", seqno: i })),
);

test("an origin is remembered with its feasible distance until its time is over", () => {
  const memory = new Memory(3);
  const [record] = records;
  if (record === undefined) throw new Error("no record");
  memory.keep(record, { seqno: 4, metric: 9 }, 100);
  expect(memory.get(record.id, 100 + MEMORY_MS - 1)?.feasible).toEqual({ seqno: 4, metric: 9 });
  expect(memory.get(record.id, 100 + MEMORY_MS)).toBe(undefined);
});

test("beyond its limit the one longest without a route is forgotten", () => {
  const memory = new Memory(3);
  const held = (): boolean[] => records.map(({ id }) => memory.get(id, 10) !== undefined);
  for (const record of records.slice(0, 3)) memory.keep(record, undefined, 0);
  expect(held()).toEqual([true, true, true, false]);
  for (const record of records.slice(0, 1)) memory.keep(record, undefined, 1);
  for (const record of records.slice(3)) memory.keep(record, undefined, 2);
  expect(held()).toEqual([true, false, true, true]);
  expect(memory.size).toBe(3);
});
