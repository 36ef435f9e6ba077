import { describe, expect, test } from "vitest";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { type BlockStore, SILENT_LOG } from "../ports/index.ts";
import { tinyObject } from "./attack.fixture.ts";
import { TestBlocks, TestDisk, TestRecords } from "./disk.fixture.ts";
import { fragmentWith, leafBatches, removalOf, writeInTurn } from "./leaf-batches.ts";
import { Ledger } from "./ledger.ts";
import { loadShelf } from "./ledger-load.ts";
import { COMMIT_LEAVES_BYTES } from "./limits.ts";
import {
  blockKey,
  decodeLeaves,
  encodeFragment,
  fragmentKey,
  leavesKey,
  PENDING_PREFIX,
} from "./records.ts";

const suite = createNodeSuite();
const ROOT = "ab".repeat(32);
/** Two of them go together, three do not. */
const LIST = new Uint8Array(32 * Math.floor((0.4 * COMMIT_LEAVES_BYTES) / 32));
const REST = [{ key: "store/head/x", value: Uint8Array.of(1) }];
const fragments = [0, 1, 2, 3, 4].map((index) => {
  return fragmentWith(index, "job", LIST.slice().fill(index + 1));
});

const noBlocks = { keys: () => [] } as unknown as BlockStore;

/** Writes all batches on a disk that takes so many steps before it crashes. */
function write(steps: number): { readonly disk: MemoryRecords; readonly isDone: boolean } {
  const disk = new MemoryRecords();
  let isDone = false;
  writeInTurn(disk.open(), leafBatches(ROOT, fragments, REST), () => {
    isDone = true;
  });
  for (let step = 0; step < steps && disk.busy; step++) disk.step();
  disk.crash(0);
  return { disk, isDone };
}

const keys = (disk: MemoryRecords): string[] => [...disk.kept.keys()].sort();

describe("leaf lists of a large object", () => {
  test("go to disk a few at a time, the rest with the last ones", () => {
    const batches = leafBatches(ROOT, fragments, REST);
    expect(batches.length).toBe(3);
    const { disk, isDone } = write(100);
    expect(isDone).toBe(true);
    expect(keys(disk)).toEqual(["store/head/x", ...[0, 1, 2, 3, 4].map((i) => leavesKey(ROOT, i))]);
    for (const index of [0, 1, 2, 3, 4]) {
      const list = decodeLeaves(disk.kept.get(leavesKey(ROOT, index)) ?? new Uint8Array());
      expect(list?.every((byte) => byte === index + 1)).toBe(true);
      expect(list?.length).toBe(LIST.length);
    }
  });

  test("that fit together go with the rest, at the limit, and not one byte above", () => {
    const half = COMMIT_LEAVES_BYTES / 2;
    const two = (bytes: number) =>
      leafBatches(
        ROOT,
        [0, 1].map((i) => fragmentWith(i, "job", new Uint8Array(bytes))),
        REST,
      );
    expect(two(half - 1).length).toBe(1);
    expect(two(half).length).toBe(2);
    expect(leafBatches(ROOT, [], REST).map((batch) => batch())).toEqual([REST]);
  });

  test("of which a crash kept the fragments away are gone after the next start", () => {
    for (let steps = 0; steps < 8; steps++) {
      const { disk } = write(steps);
      let isLoaded = false;
      const options = { records: disk.open(), blocks: noBlocks, log: SILENT_LOG };
      loadShelf(options, (error) => {
        expect(error).toBeUndefined();
        isLoaded = true;
      });
      while (disk.busy) disk.step();
      expect(isLoaded).toBe(true);
      expect(keys(disk).some((key) => key.startsWith(PENDING_PREFIX))).toBe(false);
      expect([0, 6]).toContain(disk.kept.size);
    }
  });

  test("of a fragment that is there stay, whoever wrote them", () => {
    const { disk } = write(4);
    expect(keys(disk)).toContain(leavesKey(ROOT, 1));
    const at = "cd".repeat(16);
    const entry = { at, stripes: 1, bytes: 1, from: undefined };
    disk.kept.set(fragmentKey(ROOT, 1), encodeFragment(entry));
    const blocks = { keys: () => [blockKey(at, 1, 0)] } as unknown as BlockStore;
    loadShelf({ records: disk.open(), blocks, log: SILENT_LOG }, () => undefined);
    while (disk.busy) disk.step();
    expect(keys(disk)).toEqual([fragmentKey(ROOT, 1), leavesKey(ROOT, 1)]);
  });

  test("stay where records are missing, of which a fragment's may be one", () => {
    const { disk } = write(4);
    const before = keys(disk);
    const options = { records: disk.open(), blocks: noBlocks, log: SILENT_LOG };
    loadShelf({ ...options, keepsUnknownBlocks: true }, () => undefined);
    while (disk.busy) disk.step();
    expect(before.length).toBeGreaterThan(1);
    expect(keys(disk)).toEqual(before);
  });

  test("are taken back where the disk takes no more", () => {
    const { disk } = write(4);
    disk.open().write(removalOf(ROOT, fragments, fragments), () => undefined);
    while (disk.busy) disk.step();
    expect(keys(disk)).toEqual([]);
  });
});

test("leaf lists that are being written stay where the same fragments go meanwhile", () => {
  const disk = new TestDisk();
  const tasks: (() => void)[] = [];
  const later = (task: () => void): void => void tasks.push(task);
  const run = (): void => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  };
  const parts = { records: new TestRecords(disk, later), blocks: new TestBlocks(disk, later) };
  const ledger = new Ledger({ ...parts, suite, log: SILENT_LOG });
  const { head } = tinyObject(suite);
  const commit = { head, fragments, from: undefined, object: undefined };
  ledger.commit(commit, () => undefined);
  run();
  ledger.commit(commit, () => undefined);
  ledger.forget(head.rootHex, [], () => undefined);
  run();
  // Two of one root: when the first is over, the second still needs its own.
  const over: string[] = [];
  for (const at of ["one", "two"]) {
    const again = fragments.map((each) => ({ ...each, at }));
    ledger.commit({ ...commit, fragments: again }, () => over.push(at));
  }
  while (over.length === 0) tasks.shift()?.();
  expect(over).toEqual(["one"]);
  ledger.forget(head.rootHex, [], () => undefined);
  run();
  expect([...disk.records.keys()].some((key) => key.startsWith(PENDING_PREFIX))).toBe(false);
  const indices = ledger.indices(head.rootHex);
  expect(indices).toHaveLength(fragments.length);
  expect(indices.every((index) => disk.records.has(leavesKey(head.rootHex, index)))).toBe(true);
});
