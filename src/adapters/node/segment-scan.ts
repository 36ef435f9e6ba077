import { BLOCK_BYTES_MAX } from "../../ports/index.ts";
import type { BlockFile } from "./block-files.ts";
import { BLOCK_KEY_BYTES_MAX } from "./limits.ts";
import {
  decodeRecordHead,
  isBlockWhole,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  SEGMENT_HEADER_BYTES,
  type SegmentRecord,
} from "./segment-format.ts";

/** A place in a segment that cannot be used. */
export interface SegmentFlaw {
  readonly offset: number;
  readonly bytes: number;
}

/** What a segment file holds. */
export interface SegmentContents {
  /** In the order of writing. */
  readonly records: readonly SegmentRecord[];
  /** Those of them whose block is damaged; only known after a scan that reads blocks. */
  readonly damaged: ReadonlySet<SegmentRecord>;
  /** Places in the middle where nothing could be made out. */
  readonly flaws: readonly SegmentFlaw[];
  /** Where the last good record ends; what follows is an unfinished write or damage. */
  readonly goodEnd: number;
  /** Whether what follows `goodEnd` looks like a write that a crash cut short. */
  readonly unfinished: boolean;
  /** Whether it surely is one: the file ends before the record does, so nobody was told of it. */
  readonly isCutShort: boolean;
}

/** Bytes fetched at a time: enough for any header with its key. */
const WINDOW_BYTES = 65_536;
/** The same where blocks are read, too: enough for several of the largest. */
const BLOCK_WINDOW_BYTES: number = 3 * BLOCK_BYTES_MAX;
const HEAD_BYTES_MAX = RECORD_HEADER_BYTES + BLOCK_KEY_BYTES_MAX;

/** Reads a file through a window that follows the reader. */
class Window {
  readonly #file: BlockFile;
  readonly #buffer: Uint8Array;
  #base = 0;
  #length = 0;

  constructor(file: BlockFile, bytes: number) {
    this.#file = file;
    this.#buffer = new Uint8Array(bytes);
  }

  /** Bytes from `position` on: at least `wanted` where the file has them. */
  async at(position: number, wanted: number): Promise<Uint8Array> {
    const held = this.held(position, wanted);
    if (held !== undefined) return held;
    this.#length = await this.#file.read(this.#buffer, position);
    this.#base = position;
    return this.#buffer.subarray(0, this.#length);
  }

  /** The same where no reading is needed: waiting for each of many small records takes longer. */
  held(position: number, wanted: number): Uint8Array | undefined {
    const isHeld = position >= this.#base && position + wanted <= this.#base + this.#length;
    return isHeld ? this.#buffer.subarray(position - this.#base, this.#length) : undefined;
  }
}

/** The position of the next record header that checks out, from `from` on; -1 where none follows. */
async function nextHeader(
  window: Window,
  salt: Uint8Array,
  from: number,
  size: number,
): Promise<number> {
  let position = from;
  while (position + RECORD_HEADER_BYTES <= size) {
    const bytes = await window.at(position, Math.min(HEAD_BYTES_MAX, size - position));
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = view.indexOf(RECORD_MAGIC);
    while (at >= 0) {
      const record = decodeRecordHead(salt, bytes, at, position);
      if (record === "short" && position + bytes.length < size) break;
      if (record !== undefined && record !== "short") return position + at;
      at = view.indexOf(RECORD_MAGIC, at + 1);
    }
    // The last three bytes may begin a header that the next window shows whole.
    const step = at >= 0 ? at : bytes.length - (RECORD_MAGIC.length - 1);
    if (step <= 0) return -1;
    position += step;
  }
  return -1;
}

/**
 * Lists the records of a segment of `size` bytes. Damage costs only what it hit: the scan goes on
 * at the next header that checks out.
 * @param readBlocks also check every block, as after a crash
 * @param from where the first record to list begins
 */
export async function scanSegment(
  file: BlockFile,
  salt: Uint8Array,
  size: number,
  readBlocks: boolean,
  from: number = SEGMENT_HEADER_BYTES,
): Promise<SegmentContents> {
  const window = new Window(file, readBlocks ? BLOCK_WINDOW_BYTES : WINDOW_BYTES);
  const records: SegmentRecord[] = [];
  const damaged = new Set<SegmentRecord>();
  const flaws: SegmentFlaw[] = [];
  let position = from;
  let goodEnd = from;
  let goodRecords = 0;
  let goodFlaws = 0;
  let isCutShort = false;
  while (position < size) {
    const wanted = Math.min(HEAD_BYTES_MAX, size - position);
    const bytes = window.held(position, wanted) ?? (await window.at(position, wanted));
    const record = decodeRecordHead(salt, bytes, 0, position);
    const whole = record !== undefined && record !== "short";
    if (whole && position + record.totalBytes <= size) {
      records.push(record);
      const begin = position;
      position += record.totalBytes;
      const { totalBytes } = record;
      const isWhole =
        !readBlocks ||
        isBlockWhole(
          window.held(begin, totalBytes) ?? (await window.at(begin, totalBytes)),
          record,
        );
      if (!isWhole) {
        damaged.add(record);
        continue;
      }
      goodEnd = position;
      goodRecords = records.length;
      goodFlaws = flaws.length;
      continue;
    }
    const next = await nextHeader(window, salt, position + 1, size);
    if (next < 0) {
      isCutShort = record !== undefined;
      break;
    }
    flaws.push({ offset: position, bytes: next - position });
    position = next;
  }
  const unfinished = isCutShort || (damaged.size > 0 && position >= size);
  for (const record of records.splice(goodRecords)) damaged.delete(record);
  flaws.splice(goodFlaws);
  return { records, damaged, flaws, goodEnd, unfinished, isCutShort };
}
