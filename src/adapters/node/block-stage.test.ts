import { mkdtempSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { BlockToPut, DiskError } from "../../ports/index.ts";
import { MemoryFiles } from "../../simulation/memory-disk-files.ts";
import { allBlocks, getBlock, putBlock, removeBlocks } from "../../testing/block-calls.ts";
import { DirectWrites } from "./block-direct.ts";
import { type BlockFile, type BlockFiles, openNodeFiles } from "./block-files.ts";
import { type NodeBlockStore, openBlockStore } from "./blocks.ts";
import { BLOCK_GROUP_BYTES, DIRECT_BYTES_MIN } from "./limits.ts";

const open: NodeBlockStore[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const KIB = 1_024;
const SEGMENT_BYTES = 5_000 * KIB;

async function start(files: BlockFiles | undefined, directory = "test"): Promise<NodeBlockStore> {
  const options = { segmentBytes: SEGMENT_BYTES, ...(files === undefined ? {} : { files }) };
  const store = await openBlockStore(directory, options);
  open.push(store);
  return store;
}

function block(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(seed + 1, i + 77) >>> 5;
  return bytes;
}

/** Blocks whose bytes are spoilt as soon as the call is over, as a codec's are. */
function putAll(
  store: NodeBlockStore,
  blocks: ReadonlyMap<string, Uint8Array>,
): Promise<DiskError | null> {
  // Buffers, whose slice() is no copy.
  const lent: BlockToPut[] = [...blocks].map(([key, bytes]) => ({
    key,
    block: Buffer.from(bytes),
  }));
  return new Promise((resolve, reject) => {
    let answers = 0;
    const done = (error: DiskError | null): void => {
      answers++;
      if (answers > 1) reject(new RangeError("answered twice"));
      setImmediate(() => resolve(error));
    };
    if (store.putAll === undefined) throw new RangeError("there is none");
    store.putAll(lent, done);
    for (const { block: bytes } of lent) bytes.fill(0xee);
  });
}

/** So many blocks of so many bytes. */
function batch(name: string, count: number, bytes: number): Map<string, Uint8Array> {
  return new Map(
    Array.from({ length: count }, (_, i) => [`${name}/${i}`, block(i + name.length, bytes + i)]),
  );
}

async function holds(store: NodeBlockStore, wanted: ReadonlyMap<string, Uint8Array>) {
  const found = await allBlocks(store);
  expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [key, bytes] of wanted)
    expect(Buffer.compare(found.get(key) ?? block(0, 0), bytes)).toBe(0);
}

test.each(["in memory", "in a directory"])("many blocks at once, %s", async (where) => {
  const files = where === "in memory" ? new MemoryFiles() : undefined;
  const directory = mkdtempSync(join(tmpdir(), "peernet-stage-"));
  directories.push(directory);
  const store = await start(files, directory);
  const batches = [
    batch("small", 5, 100),
    batch("large", 20, 100 * KIB),
    batch("next", 11, 100 * KIB),
    batch("joining", 3, 10),
    batch("more than a group", 9, 1_000 * KIB),
    batch("none", 0, 0),
  ];
  // All at the same time, with other changes in between.
  const answers = [
    ...batches.map((blocks) => putAll(store, blocks)),
    putBlock(store, "single", block(1, 3)),
    removeBlocks(store, "large/3", "next/1", "never"),
    putAll(store, new Map([["next/2", block(9, DIRECT_BYTES_MIN)]])),
  ];
  expect(await Promise.all(answers)).toEqual(answers.map(() => null));
  const wanted = new Map(batches.flatMap((blocks) => [...blocks]));
  for (const gone of ["large/3", "next/1"]) wanted.delete(gone);
  wanted.set("single", block(1, 3)).set("next/2", block(9, DIRECT_BYTES_MIN));
  await holds(store, wanted);
  await store.close();
  await holds(await start(files, directory), wanted);
  if (files !== undefined) {
    // Nor does a scan find anything else, or a loss of power take anything.
    const after = files.afterPowerLoss();
    for (const name of after.contents.keys())
      if (name.endsWith(".hint")) after.contents.delete(name);
    await holds(await start(after), wanted);
  }
});

/** Counts what is written past the cache, piece by piece. */
class CountedWrites extends DirectWrites {
  count = 0;

  override async open(path: string): Promise<FileHandle | undefined> {
    const file = await super.open(path);
    if (file === undefined) return undefined;
    const write = file.write.bind(file);
    file.write = ((...call: Parameters<typeof write>) => {
      this.count++;
      return write(...call);
    }) as typeof file.write;
    return file;
  }
}

test("a batch that comes while the first is about to be written lies where it is written from", async () => {
  const directory = mkdtempSync(join(tmpdir(), "peernet-stage-"));
  directories.push(directory);
  const direct = new CountedWrites();
  const store = await start(await openNodeFiles(directory, direct));
  const batches = [batch("first", 2, 1_000 * KIB), batch("second", 2, 1_000 * KIB)];
  const answers = await Promise.all(batches.map((blocks) => putAll(store, blocks)));
  expect(answers).toEqual([null, null]);
  // One write each, where the file system takes them at all: no copying in pieces.
  expect(direct.count).toBeLessThanOrEqual(2);
  await holds(store, new Map(batches.flatMap((blocks) => [...blocks])));
});

test("a batch that does not fit says so, and what was there before stays", async () => {
  const files = new MemoryFiles();
  const store = await start(files);
  const first = batch("first", 4, 300 * KIB);
  expect(await putAll(store, first)).toBe(null);
  files.capacityBytes = files.usedBytes() + 1_000 * KIB;
  expect((await putAll(store, batch("second", 4, 300 * KIB)))?.code).toBe("full");
  await holds(store, first);
  files.capacityBytes = Number.POSITIVE_INFINITY;
  files.failSync = 1;
  expect((await putAll(store, batch("third", 4, 300 * KIB)))?.code).toBe("io");
  await holds(store, first);
  const last = batch("last", 4, 300 * KIB);
  expect(await putAll(store, last)).toBe(null);
  await holds(store, new Map([...first, ...last]));
});

test("a loss of power between two batches costs nothing that was acknowledged", async () => {
  const files = new MemoryFiles();
  const store = await start(files);
  const acknowledged = new Map<string, Uint8Array>();
  for (let round = 0; round < 6; round++) {
    const blocks = batch(`round ${round}`, 4, 300 * KIB);
    const unheard = putAll(store, batch("on its way", 4, 300 * KIB));
    expect(await putAll(store, blocks)).toBe(null);
    for (const [key, bytes] of blocks) acknowledged.set(key, bytes);
    const after = await start(files.afterPowerLoss());
    for (const [key, bytes] of acknowledged) {
      expect(Buffer.compare((await getBlock(after, key)) ?? block(0, 0), bytes)).toBe(0);
    }
    expect(await unheard).toBe(null);
  }
});

/** Writes in pieces, as a disk does, and looks at what a kill after any of them would leave. */
class PiecewiseFiles extends MemoryFiles {
  after: () => Promise<void> = async () => undefined;

  override async open(name: string, create: boolean): Promise<BlockFile> {
    const file = await super.open(name, create);
    await this.after();
    return {
      ...file,
      write: async (parts, position) => {
        const whole = Buffer.concat([...parts]);
        const step = Math.ceil(whole.length / 3);
        for (let at = 0; at < whole.length; at += step) {
          await file.write([whole.subarray(at, at + step)], position + at);
          await this.after();
        }
      },
    };
  }
}

/** What a store that opens these files misses of `wanted`, or calls damaged. */
async function lostIn(files: MemoryFiles, wanted: ReadonlyMap<string, Uint8Array>) {
  const store = await openBlockStore("left", { segmentBytes: SEGMENT_BYTES, files });
  const lost = store.damage().filter(({ kind }) => kind === "damaged");
  const missed: string[] = lost.map(({ detail }) => detail);
  for (const [key, bytes] of wanted) {
    const held = (await getBlock(store, key)) ?? block(0, 0);
    if (Buffer.compare(held, bytes) !== 0) missed.push(key);
  }
  await store.close();
  return missed;
}

test("a kill in the middle of stages, hints and removals loses nothing that was acknowledged", async () => {
  const files = new PiecewiseFiles();
  const store = await start(files);
  const acknowledged = new Map<string, Uint8Array>();
  const hints = new Set<number>();
  const lost: string[] = [];
  let kills = 0;
  files.after = async () => {
    kills++;
    const now = new Map(acknowledged);
    const [killed, unpowered] = [files.copy(), files.afterPowerLoss()];
    lost.push(...(await lostIn(killed, now)), ...(await lostIn(unpowered, now)));
    for (const [name, { length }] of files.contents) if (name.endsWith("hint")) hints.add(length);
  };
  const accepted = (blocks: ReadonlyMap<string, Uint8Array>) => (error: DiskError | null) => {
    if (error === null) for (const [key, bytes] of blocks) acknowledged.set(key, bytes);
    return error;
  };
  for (let round = 0; round < 4; round++) {
    const many = batch(`round ${round}`, 4, 300 * KIB);
    const one = new Map([[`single ${round}`, block(round, 50)]]);
    const gone = [...acknowledged.keys()].filter((key) => key.endsWith("/1"));
    for (const key of gone) acknowledged.delete(key);
    const answers = [
      putAll(store, many).then(accepted(many)),
      removeBlocks(store, ...gone),
      putBlock(store, `single ${round}`, block(round, 50)).then(accepted(one)),
    ];
    expect(await Promise.all(answers)).toEqual([null, null, null]);
  }
  files.after = async () => undefined;
  await holds(store, acknowledged);
  expect(lost).toEqual([]);
  expect(kills).toBeGreaterThan(30);
  // Of the segment that grew, too, at several lengths.
  expect(hints.size).toBeGreaterThan(3);
});

test("a key or a block that is too large refuses the whole batch", async () => {
  const store = await start(new MemoryFiles());
  const bad = batch("good", 2, DIRECT_BYTES_MIN).set("k".repeat(1_025), block(1, 1));
  expect((await putAll(store, bad))?.code).toBe("io");
  await holds(store, new Map());
  const largest = batch("large", 5, 2 * DIRECT_BYTES_MIN - 10);
  expect(5 * 2 * DIRECT_BYTES_MIN).toBeGreaterThan(BLOCK_GROUP_BYTES);
  expect(await putAll(store, largest)).toBe(null);
  await holds(store, largest);
});
