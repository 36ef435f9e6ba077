import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BLOCK_READS_AGAIN } from "../limits.ts";
import { hintSegmentBytes } from "../segment-entries.ts";
import { SEGMENT_HEADER_BYTES } from "../segment-format.ts";
import type { S3Client } from "./client.ts";
import { S3_TAIL_BYTES, S3_TAIL_BYTES_MAX } from "./limits.ts";

/*
 * A segment object ends with its index, so that opening need not read the rest:
 *   segment as in segment-format.ts | its header once more (64) | hint as in segment-entries.ts
 *   | "PNS3" | version u8 | length of header and hint u32
 * What follows the segment is its tail. Tails are kept on this machine, too, where they are only a
 * copy: one that is missing or damaged is fetched again.
 */
const MAGIC = Buffer.from("PNS3", "latin1");
const VERSION = 1;
const FOOTER_BYTES = 9;

/** The end of a segment object. */
export interface SegmentTail {
  readonly header: Uint8Array;
  readonly hint: Uint8Array;
  /** Bytes of the segment before the tail. */
  readonly segmentBytes: number;
}

/** What follows the segment in its object. */
export function encodeTail(header: Uint8Array, hint: Uint8Array): Uint8Array {
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.set(MAGIC, 0);
  footer.writeUInt8(VERSION, 4);
  footer.writeUInt32BE(header.length + hint.length, 5);
  return Buffer.concat([header, hint, footer]);
}

/** Bytes of the tail by its last bytes, or undefined where these are none of a tail. */
function tailBytes(end: Uint8Array): number | undefined {
  const view = Buffer.from(end.buffer, end.byteOffset, end.byteLength);
  const footer = view.subarray(view.length - FOOTER_BYTES);
  if (footer.length < FOOTER_BYTES || !footer.subarray(0, 4).equals(MAGIC)) return undefined;
  const bytes = footer.readUInt32BE(5) + FOOTER_BYTES;
  const fits = footer.readUInt8(4) === VERSION && bytes > SEGMENT_HEADER_BYTES + FOOTER_BYTES;
  return fits && bytes <= S3_TAIL_BYTES_MAX ? bytes : undefined;
}

/** Reads a tail; undefined where it is damaged. */
export function decodeTail(tail: Uint8Array): SegmentTail | undefined {
  if (tailBytes(tail) !== tail.length) return undefined;
  const header = tail.subarray(0, SEGMENT_HEADER_BYTES);
  const hint = tail.subarray(SEGMENT_HEADER_BYTES, tail.length - FOOTER_BYTES);
  const segmentBytes = hintSegmentBytes(hint);
  return segmentBytes === undefined ? undefined : { header, hint, segmentBytes };
}

/** The tails of all segments: copies on this machine, the originals in the cluster. */
export class SegmentTails {
  readonly #directory: string;
  readonly #client: S3Client;

  constructor(directory: string, client: S3Client) {
    this.#directory = directory;
    this.#client = client;
  }

  /** Names of the segments' hints that are copied here. */
  async copied(): Promise<string[]> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    return (await readdir(this.#directory)).filter((name) => name.endsWith(".hint"));
  }

  /** Copies a tail here; failing to is no harm. */
  async copy(hintName: string, tail: Uint8Array): Promise<void> {
    const path = join(this.#directory, hintName);
    try {
      await writeFile(`${path}.tmp`, tail, { mode: 0o600 });
      await rename(`${path}.tmp`, path);
    } catch {
      await this.forget(hintName);
    }
  }

  /** Removes the copy here. */
  async forget(hintName: string): Promise<void> {
    await rm(join(this.#directory, hintName), { force: true }).catch(() => undefined);
  }

  /**
   * A segment's tail from here, else from the cluster; undefined where it is damaged there.
   * @throws DiskError where the cluster cannot be asked
   */
  async find(
    hintName: string,
    objectName: string,
    objectBytes: number,
  ): Promise<SegmentTail | undefined> {
    const here = await readFile(join(this.#directory, hintName)).catch(() => undefined);
    const copied = here === undefined ? undefined : decodeTail(here);
    if (copied !== undefined && copied.segmentBytes + (here?.length ?? 0) === objectBytes) {
      return copied;
    }
    // What a network garbled is whole the next time; what is damaged stays so.
    for (let again = 0; again <= BLOCK_READS_AGAIN; again++) {
      const tail = await this.#fetch(objectName, objectBytes);
      const found = tail === undefined ? undefined : decodeTail(tail);
      if (tail === undefined || found === undefined) continue;
      if (found.segmentBytes + tail.length !== objectBytes) continue;
      await this.copy(hintName, tail);
      return found;
    }
    return undefined;
  }

  async #fetch(name: string, objectBytes: number): Promise<Uint8Array | undefined> {
    const first = Math.min(S3_TAIL_BYTES, objectBytes);
    if (first === 0) return undefined;
    const end = await this.#client.read(name, objectBytes - first, first);
    const bytes = end === undefined ? undefined : tailBytes(end);
    if (end === undefined || bytes === undefined || bytes > objectBytes) return undefined;
    if (bytes <= end.length) return end.subarray(end.length - bytes);
    return await this.#client.read(name, objectBytes - bytes, bytes);
  }
}
