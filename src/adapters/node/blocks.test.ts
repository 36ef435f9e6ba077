import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryFiles } from "../../simulation/memory-disk-files.ts";
import { allBlocks, getBlock, putBlock, removeBlocks } from "../../testing/block-calls.ts";
import type { BlockFiles } from "./block-files.ts";
import { type NodeBlockStore, openBlockStore } from "./blocks.ts";
import { BLOCK_RESERVE_BYTES } from "./limits.ts";

const open: NodeBlockStore[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

async function start(files: BlockFiles, segmentBytes = 1 << 20): Promise<NodeBlockStore> {
  const store = await openBlockStore("test", { files, segmentBytes });
  open.push(store);
  return store;
}

async function stop(): Promise<void> {
  await open.pop()?.close();
}

function block(seed: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (seed * 31 + i * 7) & 255);
}

function segmentsOf(files: MemoryFiles): string[] {
  return [...files.contents.keys()].filter((name) => name.endsWith(".blk")).sort();
}

/** Holds back whoever waits for it. */
class Gate {
  open: () => void = () => undefined;
  readonly passed: Promise<void> = new Promise((done) => {
    this.open = done;
  });
}

/** The next opening must scan. */
function withoutHints(files: MemoryFiles): MemoryFiles {
  for (const name of files.contents.keys()) if (name.endsWith(".hint")) files.contents.delete(name);
  return files;
}

describe("a full disk", () => {
  test("refuses, stays readable, loses nothing and goes on once there is space", async () => {
    const outcomes = new Set<number>();
    for (let room = 0; room < 260; room += 7) {
      const files = new MemoryFiles();
      const store = await start(files);
      await putBlock(store, "a", block(1, 50));
      files.capacityBytes = files.usedBytes() + room;
      const answers = [
        await putBlock(store, "b", block(2, 60)),
        await putBlock(store, "c", block(3, 90)),
      ];
      const refused = answers.filter((error) => error !== null);
      expect(refused.every((error) => error.code === "full")).toBe(true);
      outcomes.add(refused.length);
      expect(await getBlock(store, "a")).toEqual(block(1, 50));
      expect(store.has("b")).toBe(answers[0] === null);
      files.capacityBytes = Number.POSITIVE_INFINITY;
      expect(await putBlock(store, "d", block(4, 40))).toBe(null);
      await stop();
      const again = await start(withoutHints(files));
      expect(again.damage()).toEqual([]);
      const found = await allBlocks(again);
      expect(found.size).toBe(4 - refused.length);
      expect(found.get("d")).toEqual(block(4, 40));
      await stop();
    }
    expect([...outcomes].sort()).toEqual([0, 1, 2]);
  });

  test("still lets blocks be removed, so that it can empty itself", async () => {
    const files = new MemoryFiles();
    const store = await start(files, 20_000);
    for (let i = 0; i < 10; i++) await putBlock(store, `k${i}`, block(i, 9_000));
    expect(files.contents.get("reserve")?.length).toBe(BLOCK_RESERVE_BYTES);
    files.capacityBytes = files.usedBytes();
    expect((await putBlock(store, "more", block(1, 9_000)))?.code).toBe("full");
    const both = Promise.all([
      putBlock(store, "more", block(1, 9_000)),
      removeBlocks(store, "k0", "k1", "k2", "k3", "k4", "k5"),
    ]);
    const [refused, removed] = await both;
    expect(refused?.code).toBe("full");
    expect(removed).toBe(null);
    await store.idle();
    expect(store.usedBytes()).toBe(4 * 9_000);
    expect(await putBlock(store, "more", block(1, 9_000))).toBe(null);
    expect((await allBlocks(store)).size).toBe(5);
  });

  test("gives back what was written of something that did not fit and is removed", async () => {
    const files = new MemoryFiles();
    const store = await start(files);
    await putBlock(store, "kept", block(1, 9_000));
    const before = files.usedBytes();
    files.capacityBytes = before + 500_000;
    const keys = Array.from({ length: 80 }, (_, i) => `job/${i}`);
    const answers: (string | undefined)[] = [];
    for (const key of keys) answers.push((await putBlock(store, key, block(2, 9_000)))?.code);
    expect(answers[0]).toBeUndefined();
    expect(answers.at(-1)).toBe("full");
    expect(files.usedBytes()).toBeGreaterThan(before + 400_000);
    expect(await removeBlocks(store, ...keys)).toBe(null);
    await store.idle();
    expect(files.usedBytes()).toBeLessThan(before + 20_000);
    expect(await putBlock(store, "after", block(2, 9_000))).toBe(null);
    await stop();
    const again = await start(withoutHints(files));
    expect(again.damage()).toEqual([]);
    expect([...(await allBlocks(again)).keys()].sort()).toEqual(["after", "kept"]);
  });

  test("a failed flush fails the calls; what was acknowledged before stays", async () => {
    const files = new MemoryFiles();
    const store = await start(files);
    await putBlock(store, "a", block(1, 50));
    files.failSync = 1;
    files.failTruncate = true;
    expect((await putBlock(store, "b", block(2, 50)))?.code).toBe("io");
    files.failTruncate = false;
    expect(await putBlock(store, "c", block(3, 50))).toBe(null);
    // Whatever the disk made of it, the segment of the failed flush is written no more.
    expect(segmentsOf(files).length).toBe(2);
    await stop();
    const found = await allBlocks(await start(withoutHints(files)));
    expect(found.get("a")).toEqual(block(1, 50));
    expect(found.get("c")).toEqual(block(3, 50));
  });

  test("a failed read is an error, not an absent block", async () => {
    const files = new MemoryFiles();
    const store = await start(files);
    await putBlock(store, "a", block(1, 50));
    files.failRead = 1;
    await expect(getBlock(store, "a")).rejects.toMatchObject({ name: "DiskError", code: "io" });
    expect(await getBlock(store, "a")).toEqual(block(1, 50));
  });
});

describe("durability", () => {
  test("nothing is acknowledged before it was flushed, and many puts share a flush", async () => {
    const files = new MemoryFiles();
    const store = await start(files);
    await putBlock(store, "first", block(0, 10));
    const before = files.syncs;
    const durable: boolean[] = [];
    const all = Array.from({ length: 50 }, (_, i) =>
      putBlock(store, `k${i}`, block(i, 100)).then(() => {
        const flushed = files.flushed.get(segmentsOf(files)[0] ?? "") ?? new Uint8Array(0);
        durable.push(Buffer.from(flushed).includes(Buffer.from(block(i, 100))));
      }),
    );
    await Promise.all(all);
    expect(durable.length).toBe(50);
    expect(durable.every((one) => one)).toBe(true);
    expect(files.syncs - before).toBeLessThanOrEqual(2);
  });

  test("a crash at any file operation of a busy life loses nothing acknowledged", async () => {
    // Only flushed contents survive; every state between two flushes is tried.
    const files = new MemoryFiles();
    const store = await start(files, 400);
    const acknowledged = new Map<string, Uint8Array | null>();
    let value = 0;
    for (let step = 0; step < 60; step++) {
      const key = `k${(step * 5) % 13}`;
      if (step % 4 === 3) {
        await removeBlocks(store, key);
        acknowledged.set(key, null);
      } else {
        const bytes = block(value++, 20 + step);
        await putBlock(store, key, bytes);
        acknowledged.set(key, bytes);
      }
      const found = await allBlocks(await start(files.afterPowerLoss(), 400));
      for (const [one, bytes] of acknowledged) expect(found.get(one) ?? null).toEqual(bytes);
      await stop();
    }
    await store.idle();
    expect(segmentsOf(files).length).toBeLessThan(20);
  });
});

describe("compaction", () => {
  test("gives back the space of removed blocks and keeps the rest, also after opening anew", async () => {
    const files = new MemoryFiles();
    const store = await start(files, 2_000);
    for (let i = 0; i < 100; i++) await putBlock(store, `k${i}`, block(i, 200));
    const before = files.usedBytes();
    await removeBlocks(store, ...Array.from({ length: 90 }, (_, i) => `k${i}`));
    await store.idle();
    expect(files.usedBytes() - BLOCK_RESERVE_BYTES).toBeLessThan(
      (before - BLOCK_RESERVE_BYTES) / 3,
    );
    const expected = Array.from({ length: 10 }, (_, i) => `k${i + 90}`);
    expect([...store.keys("")].sort()).toEqual(expected);
    await stop();
    for (const disk of [files.copy(), withoutHints(files.copy())]) {
      const again = await start(disk, 2_000);
      const found = await allBlocks(again);
      expect([...found.keys()].sort()).toEqual(expected);
      expect(found.get("k95")).toEqual(block(95, 200));
      await stop();
    }
  });

  test("carries a tombstone on as long as an older file still has the block", async () => {
    const files = new MemoryFiles();
    const store = await start(files, 1_000);
    await putBlock(store, "gone", block(1, 100));
    for (let i = 0; i < 7; i++) await putBlock(store, `stays${i}`, block(i, 80));
    // The next segment: the tombstone, and much that dies with it.
    await removeBlocks(store, "gone");
    for (let i = 0; i < 12; i++) await putBlock(store, `brief${i}`, block(i, 80));
    await removeBlocks(store, ...Array.from({ length: 12 }, (_, i) => `brief${i}`));
    await putBlock(store, "last", block(9, 900));
    await store.idle();
    expect(segmentsOf(files).length).toBeLessThan(5);
    const found = await allBlocks(await start(withoutHints(files.copy()), 1_000));
    expect([...found.keys()].filter((key) => !key.startsWith("stays"))).toEqual(["last"]);
  });

  test("does not bring back what is removed while it is being moved", async () => {
    const files = new MemoryFiles();
    const store = await start(files, 1_000);
    for (let i = 0; i < 7; i++) await putBlock(store, `k${i}`, block(i, 80));
    await putBlock(store, "next", block(1, 500));
    const [first] = segmentsOf(files);
    const gate = new Gate();
    let reads = 0;
    // The first read fetches the list of records; those after it fetch the records.
    files.beforeRead = async () => void (reads++ > 0 && (await gate.passed));
    await removeBlocks(store, "k0", "k1", "k2", "k3", "k4");
    await expect.poll(() => reads, { interval: 1 }).toBeGreaterThan(1);
    await removeBlocks(store, "k5");
    await putBlock(store, "k6", block(100, 5));
    gate.open();
    await store.idle();
    expect(segmentsOf(files)).not.toContain(first);
    expect(store.has("k5")).toBe(false);
    expect(await getBlock(store, "k6")).toEqual(block(100, 5));
    const again = await start(withoutHints(files.copy()), 1_000);
    expect([...(await allBlocks(again)).keys()].sort()).toEqual(["k6", "next"]);
  });

  test("does not disturb a read of what it moves", async () => {
    const files = new MemoryFiles();
    const store = await start(files, 1_000);
    for (let i = 0; i < 7; i++) await putBlock(store, `k${i}`, block(i, 80));
    await putBlock(store, "next", block(1, 500));
    const [first] = segmentsOf(files);
    const gate = new Gate();
    let reads = 0;
    files.beforeRead = async () => void (reads++ === 0 && (await gate.passed));
    const read = getBlock(store, "k6");
    await removeBlocks(store, "k0", "k1", "k2", "k3", "k4");
    await store.idle();
    expect(segmentsOf(files)).not.toContain(first);
    gate.open();
    expect(await read).toEqual(block(6, 80));
    expect(store.damage()).toEqual([]);
    await expect.poll(() => files.openFiles, { interval: 1 }).toBe(segmentsOf(files).length);
  });

  test("leaves nothing behind of blocks that came and went", async () => {
    const files = new MemoryFiles();
    const store = await start(files, 2_000);
    await putBlock(store, "rock", block(0, 1_500));
    for (let round = 0; round < 40; round++) {
      const keys = Array.from({ length: 10 }, (_, i) => `${round}/${i}`);
      await Promise.all(keys.map((key) => putBlock(store, key, block(1, 100))));
      await removeBlocks(store, ...keys);
      await store.idle();
    }
    expect(files.usedBytes() - BLOCK_RESERVE_BYTES).toBeLessThan(9_000);
    expect(files.openFiles).toBeLessThan(10);
    await stop();
    expect(files.openFiles).toBe(0);
  });

  test("agrees with a plain map through any life", async () => {
    const action = fc.record({
      what: fc.constantFrom("put", "put", "remove", "reopen", "scan", "idle"),
      key: fc.nat(7),
      length: fc.nat(120),
    });
    await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 60 }), live), {
      numRuns: 150,
      seed: 4711,
    });
  });
});

/** One life of a store, checked against a map. */
async function live(
  actions: readonly { what: string; key: number; length: number }[],
): Promise<void> {
  const files = new MemoryFiles();
  let store = await start(files, 300);
  const model = new Map<string, Uint8Array>();
  for (const [i, { what, key, length }] of actions.entries()) {
    const name = `k${key}`;
    if (what === "put") {
      void putBlock(store, name, block(i, length));
      model.set(name, block(i, length));
    } else if (what === "remove") {
      void removeBlocks(store, name);
      model.delete(name);
    } else if (what === "idle") {
      await store.idle();
    } else {
      await stop();
      store = await start(what === "scan" ? withoutHints(files) : files, 300);
    }
  }
  await removeBlocks(store, "nothing");
  expect(await allBlocks(store)).toEqual(model);
  expect(store.damage()).toEqual([]);
  await stop();
}

test("after close every call says so", async () => {
  const store = await start(new MemoryFiles());
  const last = putBlock(store, "a", block(1, 1));
  await store.close();
  expect(await last).toBe(null);
  expect((await putBlock(store, "b", block(1, 1)))?.code).toBe("closed");
  expect((await removeBlocks(store, "a"))?.code).toBe("closed");
  await expect(getBlock(store, "a")).rejects.toMatchObject({ code: "closed" });
});

describe("hints of a segment that grows", () => {
  const SEGMENT_BYTES = 40_000;

  /** What is left of a store when its process is killed. */
  async function killed(count: number): Promise<MemoryFiles> {
    const files = new MemoryFiles();
    const store = await start(files, SEGMENT_BYTES);
    for (let i = 0; i < count; i++) await putBlock(store, `k${i}`, block(i, 100));
    const left = files.copy();
    await stop();
    return left;
  }

  test("after a crash only what came since the last hint is read", async () => {
    const files = await killed(180);
    const [segment = ""] = segmentsOf(files);
    expect(segmentsOf(files).length).toBe(1);
    const spoiled = files.contents.get(segment) ?? new Uint8Array(0);
    // What is damaged before the hint's end is found when it is asked for.
    const at = Buffer.from(spoiled).indexOf("k3");
    spoiled[at + 10] = (spoiled[at + 10] ?? 0) ^ 1;
    const store = await start(files, SEGMENT_BYTES);
    expect([store.damage().length, [...store.keys("")].length]).toEqual([0, 180]);
    expect(await getBlock(store, "k3")).toBe(null);
    expect(store.damage().length).toBe(1);
    for (let i = 4; i < 180; i++) expect(await getBlock(store, `k${i}`)).toEqual(block(i, 100));
    expect(await putBlock(store, "more", block(7, 100))).toBe(null);
    await stop();
    expect((await allBlocks(await start(withoutHints(files), SEGMENT_BYTES))).size).toBe(180);
  });

  test("one of an earlier file of the same name is believed by nobody", async () => {
    const files = await killed(100);
    const [segment = ""] = segmentsOf(files);
    const hint = segment.replace(/blk$/, "hint");
    expect(files.contents.has(hint)).toBe(true);
    // As if the file had been begun anew and the power lost before the hint's removal was durable.
    files.contents.set(segment, (files.contents.get(segment) ?? new Uint8Array(0)).slice(0, 64));
    const store = await start(files, SEGMENT_BYTES);
    expect(files.contents.has(hint)).toBe(false);
    for (let i = 0; i < 50; i++) await putBlock(store, `new${i}`, block(i, 150));
    const left = files.copy();
    await stop();
    const found = await allBlocks(await start(left, SEGMENT_BYTES));
    expect([...found.keys()].every((key) => key.startsWith("new"))).toBe(true);
    expect(found.size).toBe(50);
  });
});
