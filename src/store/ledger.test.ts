import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { testIdentity } from "../testing/index.ts";
import { tinyObject } from "./attack.fixture.ts";
import { TestBlocks, TestDisk, TestRecords } from "./disk.fixture.ts";
import type { StoreError } from "./errors.ts";
import { fragmentWith } from "./leaf-batches.ts";
import { Ledger } from "./ledger.ts";
import { BLOCK_PREFIX, headKey, type ObjectEntry } from "./records.ts";

test("a head stays where its object is let go while a fragment of it is being written", () => {
  const suite = createNodeSuite();
  const disk = new TestDisk();
  const tasks: (() => void)[] = [];
  const later = (task: () => void): void => {
    tasks.push(task);
  };
  const ledger = new Ledger({
    suite,
    log: SILENT_LOG,
    records: new TestRecords(disk, later),
    blocks: new TestBlocks(disk, later),
  });
  const [self, other] = [testIdentity(suite, "self").id, testIdentity(suite, "other").id];
  const { head, leaves } = tinyObject(suite);
  const root = head.rootHex;
  const object: ObjectEntry = {
    root,
    readKey: undefined,
    name: "",
    mediaType: "",
    sizeBytes: 0,
    layers: [{ k: 1, sizeBytes: 0, role: "body" }],
    n: 3,
    nMax: 3,
    createdAtMs: 0,
    holders: [undefined, undefined, undefined],
    spreadOver: 0,
    lentUntilMs: 1,
  };
  ledger.update(object);
  const list = must(leaves[0], "a leaf list");
  const fragments = [fragmentWith(0, toHex(new Uint8Array(16)), list)];
  let failure: StoreError | undefined;
  ledger.commit({ head, fragments, from: other, object: undefined }, (error) => {
    failure = error;
  });
  ledger.release(root, self);
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  expect(failure).toBeUndefined();
  expect(ledger.object(root)).toBeUndefined();
  expect(ledger.indices(root)).toEqual([0]);
  expect(disk.records.has(headKey(root))).toBe(true);
});

test("blocks that no record names go at the start, unless their records may be elsewhere", () => {
  const disk = new TestDisk();
  const key = `${BLOCK_PREFIX}${"0".repeat(32)}/0/0`;
  disk.blocks.set(key, new Uint8Array(3));
  const start = (keepsUnknownBlocks: boolean): void => {
    const tasks: (() => void)[] = [];
    const later = (task: () => void): void => {
      tasks.push(task);
    };
    const parts = { records: new TestRecords(disk, later), blocks: new TestBlocks(disk, later) };
    const ledger = new Ledger({
      ...{ ...parts, suite: createNodeSuite(), log: SILENT_LOG },
      keepsUnknownBlocks,
    });
    let isLoaded = false;
    ledger.load((error) => {
      isLoaded = error === undefined;
    });
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    expect(isLoaded).toBe(true);
  };
  start(true);
  expect(disk.blocks.has(key)).toBe(true);
  start(false);
  expect(disk.blocks.has(key)).toBe(false);
});
