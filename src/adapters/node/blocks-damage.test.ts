import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { MemoryFiles } from "../../simulation/memory-disk-files.ts";
import { allBlocks, getBlock, putBlock, removeBlocks } from "../../testing/block-calls.ts";
import type { BlockFiles } from "./block-files.ts";
import { type NodeBlockStore, openBlockStore } from "./blocks.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, writeRecordHead } from "./segment-format.ts";

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

/** The next opening must scan. */
function withoutHints(files: MemoryFiles): MemoryFiles {
  for (const name of files.contents.keys()) if (name.endsWith(".hint")) files.contents.delete(name);
  return files;
}

/** A store of a few blocks, one of them removed again; closed. */
async function small(
  segmentBytes?: number,
): Promise<{ files: MemoryFiles; all: Map<string, Uint8Array> }> {
  const files = new MemoryFiles();
  const store = await start(files, segmentBytes);
  const all = new Map<string, Uint8Array>();
  for (let i = 0; i < 6; i++) {
    all.set(`key${i}`, block(i, 10 + i));
    await putBlock(store, `key${i}`, block(i, 10 + i));
  }
  await removeBlocks(store, "key4");
  all.delete("key4");
  await stop();
  return { files, all };
}

/** At most one block may be missing, none wrong; and what is put from now on stays. */
async function checkSpoiled(
  spoiled: MemoryFiles,
  all: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const store = await start(spoiled);
  const found = await allBlocks(store);
  // A damaged tombstone can at worst bring back what it hid.
  for (const [key, value] of found) {
    expect(value).toEqual(all.get(key) ?? (key === "key4" ? block(4, 14) : undefined));
  }
  const missing = [...all.keys()].filter((key) => !found.has(key)).length;
  expect(missing).toBeLessThanOrEqual(1);
  expect(store.damage().length).toBeGreaterThanOrEqual(missing);
  expect(await putBlock(store, "new", block(9, 9))).toBe(null);
  await stop();
  expect(await getBlock(await start(spoiled), "new")).toEqual(block(9, 9));
  await stop();
}

describe("damage", () => {
  test("one wrong byte anywhere costs at most one block, and never shows a wrong one", async () => {
    const { files, all } = await small();
    const [name = ""] = segmentsOf(files);
    const size = files.contents.get(name)?.length ?? 0;
    expect(size).toBeGreaterThan(300);
    for (let at = 0; at < size; at++) {
      for (const hinted of [true, false]) {
        const spoiled = hinted ? files.copy() : withoutHints(files.copy());
        const content = spoiled.contents.get(name);
        if (content !== undefined) content[at] = (content[at] ?? 0) ^ 0x41;
        await checkSpoiled(spoiled, all);
      }
    }
  });

  test("cut off at any byte, the file keeps every whole block before the cut", async () => {
    const { files, all } = await small();
    const [name = ""] = segmentsOf(files);
    const whole = files.contents.get(name) ?? new Uint8Array(0);
    let fewest = 0;
    for (let size = 0; size <= whole.length; size++) {
      const spoiled = files.copy();
      spoiled.contents.set(name, whole.slice(0, size));
      const store = await start(spoiled);
      const found = await allBlocks(store);
      for (const [key, value] of found) expect(value).toEqual(all.get(key) ?? block(4, 14));
      // A write that was cut short is told apart from damage: nobody was told that it is done.
      if (size >= SEGMENT_HEADER_BYTES) {
        expect(store.damage().filter(({ kind }) => kind === "damaged")).toEqual([]);
      }
      expect(found.size).toBeGreaterThanOrEqual(Math.min(fewest, all.size));
      fewest = found.size;
      expect(await putBlock(store, "new", block(9, 9))).toBe(null);
      await stop();
      const again = await start(withoutHints(spoiled));
      expect(await getBlock(again, "new")).toEqual(block(9, 9));
      // What was cut off at the first opening is not met again at the second.
      expect(again.damage()).toEqual([]);
      expect((await allBlocks(again)).size).toBe(found.size + 1);
      await stop();
    }
    expect(fewest).toBe(all.size);
  });

  test("random holes, over several segments, never show a wrong block", async () => {
    const { files, all } = await small(150);
    expect(segmentsOf(files).length).toBeGreaterThan(2);
    const hole = fc.record({
      file: fc.nat(),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 40 }),
      fill: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(hole, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (holes, hinted) => {
          const spoiled = hinted ? files.copy() : withoutHints(files.copy());
          const names = [...spoiled.contents.keys()].filter((name) => name !== "reserve");
          for (const { file, at, length, fill } of holes) {
            const content = spoiled.contents.get(names[file % names.length] ?? "");
            if (content === undefined) continue;
            const from = at % content.length;
            content.fill(fill, from, from + length);
          }
          const store = await start(spoiled, 150);
          for (const [key, value] of await allBlocks(store)) {
            expect(value).toEqual(all.get(key) ?? block(4, 14));
          }
          await stop();
        },
      ),
      { numRuns: 300, seed: 4711 },
    );
  });

  test("a record planted inside a block is not mistaken for one when the scan has lost its way", async () => {
    const files = new MemoryFiles();
    const store = await start(files);
    const forged = block(66, 20);
    const head = Buffer.alloc(100);
    const record = { kind: "put", key: "victim", block: forged } as const;
    const headBytes = writeRecordHead(head, 0, new Uint8Array(16), record);
    const planted = Buffer.concat([head.subarray(0, headBytes), forged]);
    await putBlock(store, "carrier", planted);
    await putBlock(store, "after", block(1, 10));
    await stop();
    const content = withoutHints(files).contents.get(segmentsOf(files)[0] ?? "");
    if (content !== undefined) content[SEGMENT_HEADER_BYTES] = 0;
    const again = await start(files);
    expect([...again.keys("")]).toEqual(["after"]);
    expect(again.damage().length).toBe(1);
  });

  test("a segment of a newer format is refused and nothing is changed", async () => {
    const { files } = await small();
    const header = Buffer.from(encodeSegmentHeader(99, new Uint8Array(16)));
    header[7] = 3;
    for (const at of [0, 32]) header.writeUInt32BE(crc32(header.subarray(at, at + 28)), at + 28);
    header[39] = 3;
    files.contents.set("seg-00000063.blk", header);
    const before = files.copy();
    const refused = openBlockStore("test", { files });
    await expect(refused).rejects.toMatchObject({ name: "DiskError", code: "corrupt" });
    await expect(refused).rejects.toThrow("newer Peernet");
    expect(files.contents).toEqual(before.contents);
  });
});

/** A segment as the first version of the format wrote it. */
function firstSegment(key: string, content: Uint8Array): Uint8Array {
  const salt = new Uint8Array(16).fill(5);
  const header = Buffer.from(encodeSegmentHeader(1, salt));
  for (const at of [0, 32]) {
    header[at + 7] = 1;
    header.writeUInt32BE(crc32(header.subarray(at, at + 28)), at + 28);
  }
  const name = Buffer.from(key);
  const room = Buffer.alloc(36 + key.length * 3);
  const record = { kind: "put", key, block: content } as const;
  const head = room.subarray(0, writeRecordHead(room, 0, salt, record));
  head[4] = 1;
  head.set(createHash("sha256").update(content).digest().subarray(0, 16), 12);
  const check = createHash("sha256").update(salt).update(head.subarray(0, 28)).update(name);
  head.set(check.digest().subarray(0, 8), 28);
  return new Uint8Array(Buffer.concat([header, head, content]));
}

test("a segment of the first format is read, and new blocks go into another one", async () => {
  const files = new MemoryFiles();
  const old = firstSegment("a", block(1, 100));
  files.contents.set("seg-00000001.blk", old);
  const store = await start(files, 300);
  expect(await getBlock(store, "a")).toEqual(block(1, 100));
  await putBlock(store, "b", block(2, 30));
  await stop();
  expect(files.contents.get("seg-00000001.blk")).toEqual(old);
  expect(segmentsOf(files)).toHaveLength(2);
  const again = await start(files, 300);
  expect(await getBlock(again, "a")).toEqual(block(1, 100));
  expect(await getBlock(again, "b")).toEqual(block(2, 30));
  await stop();
  const spoilt = old.slice();
  spoilt[spoilt.length - 1] = 9;
  files.contents.set("seg-00000001.blk", spoilt);
  expect(await getBlock(await start(files, 300), "a")).toBe(null);
});

test("a hint left over from another file of the same name is not believed", async () => {
  const files = new MemoryFiles();
  const store = await start(files, 300);
  await putBlock(store, "a", block(1, 100));
  await putBlock(store, "b", block(2, 200));
  await stop();
  const [first = "", second = ""] = segmentsOf(files);
  expect(second).not.toBe("");
  // As if a crash had come between deleting the newest segment and deleting its hint.
  files.contents.delete(second);
  const again = await start(files, 300);
  await putBlock(again, "c", block(3, 200));
  expect(segmentsOf(files)).toEqual([first, second]);
  const found = await allBlocks(await start(files.copy(), 300));
  expect([...found.keys()].sort()).toEqual(["a", "c"]);
});

test("a segment whose header is lost twice over is read by the others' salt and written no more", async () => {
  const { files, all } = await small(150);
  const [newest = ""] = segmentsOf(files).slice(-1);
  withoutHints(files).contents.get(newest)?.fill(0, 0, SEGMENT_HEADER_BYTES);
  const store = await start(files, 1_000);
  expect(await allBlocks(store)).toEqual(all);
  expect(store.damage().map(({ offset }) => offset)).toEqual([0]);
  await putBlock(store, "new", block(9, 9));
  expect(segmentsOf(files).at(-1)).not.toBe(newest);
});
