import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { AlignedMemory, DirectWrites, directSpan } from "./block-direct.ts";
import { openNodeFiles } from "./block-files.ts";
import { DIRECT_BYTES_MIN, DIRECT_PIECE_BYTES } from "./limits.ts";

const SECTOR = 4_096;
const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "peernet-direct-"));
  directories.push(made);
  return made;
}

function bytesOf(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(i + seed, 40_503) >>> 7;
  return bytes;
}

function cutInto(bytes: Uint8Array, count: number): Uint8Array[] {
  const step = Math.ceil(bytes.length / count);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * step, (i + 1) * step));
}

/** Says of every direct write what it is told to, and counts them. */
class Scripted extends DirectWrites {
  asked = 0;
  readonly #answer: () => Promise<number>;

  constructor(answer: () => Promise<number>) {
    super();
    this.#answer = answer;
  }

  override async open(path: string): Promise<FileHandle | undefined> {
    const file = await super.open(path);
    if (file === undefined) return undefined;
    file.write = async () => {
      this.asked++;
      return { bytesWritten: await this.#answer(), buffer: new Uint8Array(0) } as never;
    };
    return file;
  }
}

/** Writes over a file in several goes; whatever went past the cache, a reader finds the bytes. */
async function writesAll(direct: DirectWrites, sizes: readonly number[], parts: number) {
  const where = directory();
  const files = await openNodeFiles(where, direct);
  const file = await files.open("segment", true);
  const wanted: Uint8Array[] = [];
  let at = 0;
  for (const [i, size] of sizes.entries()) {
    const bytes = bytesOf(i, size);
    await file.write(cutInto(bytes, parts), at);
    await file.sync();
    wanted.push(bytes);
    at += size;
    const read = new Uint8Array(at);
    expect(await file.read(read, 0)).toBe(at);
    expect(Buffer.compare(read, Buffer.concat(wanted))).toBe(0);
  }
  expect(await file.size()).toBe(at);
  await file.close();
  expect(Buffer.compare(readFileSync(join(where, "segment")), Buffer.concat(wanted))).toBe(0);
}

test("the span is the whole sectors of the file, where they are worth it", () => {
  const least = DIRECT_BYTES_MIN;
  expect(directSpan(0, least)).toEqual({ from: 0, end: least });
  expect(directSpan(0, least - 1)).toBeUndefined();
  expect(directSpan(1, least)).toBeUndefined();
  expect(directSpan(1, least + SECTOR - 1)).toEqual({ from: SECTOR - 1, end: least + SECTOR - 1 });
  expect(directSpan(SECTOR, least + 7)).toEqual({ from: 0, end: least });
  const inRange = fc.integer({ min: 0, max: 1 << 24 });
  const property = fc.property(inRange, inRange, (position, bytes) => {
    const span = directSpan(position, bytes);
    if (span === undefined) {
      expect(bytes).toBeLessThan(least + 2 * SECTOR);
      return;
    }
    expect((position + span.from) % SECTOR).toBe(0);
    expect((position + span.end) % SECTOR).toBe(0);
    expect(span.from).toBeLessThan(SECTOR);
    expect(bytes - span.end).toBeLessThan(SECTOR);
  });
  fc.assert(property, { seed: 4 });
});

test("large and small writes one after another leave the file that plain writes leave", async () => {
  const sizes = [64, DIRECT_BYTES_MIN + 5_000, 10, 2 * DIRECT_PIECE_BYTES + 4_097, SECTOR, 3 << 20];
  for (const parts of [1, 97]) await writesAll(new DirectWrites(), sizes, parts);
});

test("a write from where it will lie begins with the sector that the one before has begun", async () => {
  const places: number[] = [];
  class Placed extends DirectWrites {
    override write(...call: Parameters<DirectWrites["write"]>): Promise<boolean> {
      places.push(call[2] + call[3].from);
      return super.write(...call);
    }
  }
  const where = directory();
  const file = await (await openNodeFiles(where, new Placed())).open("segment", true);
  const memory = new AlignedMemory(SECTOR + (2 << 20), 1).take().fill(0xee);
  const wanted: Uint8Array[] = [];
  let at = 0;
  const append = async (size: number): Promise<void> => {
    const bytes = bytesOf(at, size);
    const part = memory.subarray(at % SECTOR, (at % SECTOR) + size);
    part.set(bytes);
    await file.write([part], at);
    wanted.push(bytes);
    at += size;
  };
  const large = DIRECT_BYTES_MIN + 9_000;
  for (const size of [64, large, large, 5, large]) await append(size);
  await file.truncate(at);
  await append(large);
  await file.close();
  expect(Buffer.compare(readFileSync(join(where, "segment")), Buffer.concat(wanted))).toBe(0);
  if (process.platform !== "linux") return;
  // Only the second of two direct writes knows the sector: what is small goes through the cache.
  const second = 64 + large;
  const begun = second - (second % SECTOR);
  const after = (position: number): number => Math.ceil(position / SECTOR) * SECTOR;
  expect(places).toEqual([SECTOR, begun, after(69 + 2 * large), after(69 + 3 * large)]);
});

test("a file system that refuses direct writes gets plain ones, and is asked once", async () => {
  const refusal = Object.assign(new RangeError("no"), { code: "EINVAL" });
  const direct = new Scripted(() => Promise.reject(refusal));
  await writesAll(direct, [100, 2 << 20, 2 << 20], 5);
  await writesAll(direct, [2 << 20], 5);
  expect(direct.asked).toBeLessThanOrEqual(1);
});

test("what a direct write left out is written again, as a plain one", async () => {
  const short = new Scripted(async () => SECTOR);
  await writesAll(short, [100, 2 << 20, 2 << 20], 5);
  const failing = new Scripted(() =>
    Promise.reject(Object.assign(new RangeError("full"), { code: "ENOSPC" })),
  );
  await writesAll(failing, [100, 2 << 20, 2 << 20], 5);
});
