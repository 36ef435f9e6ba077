import { maskedCrc32c } from "./crc32c.ts";

/** LevelDB's log format, doc/log_format.md of its sources: blocks, in which records are cut into fragments. */
const BLOCK_BYTES = 32_768;
/** Masked CRC-32C of kind and content, length, kind. */
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** What a log of LevelDB holds. */
export interface LogContent {
  /** The whole records that can be read, in order. */
  readonly records: readonly Uint8Array[];
  /**
   * Where something cannot be read although a record begins behind it, which LevelDB wrote only
   * after all before it was safe on the disk: bytes from the start. Undefined where nothing is damaged.
   */
  readonly damagedAt: number | undefined;
  /** Where something cannot be read that nothing follows: a write that was cut short. */
  readonly tornAt: number | undefined;
}

interface Fragment {
  readonly kind: number;
  readonly start: number;
  readonly end: number;
}

/** The fragment whose header stands at a place; undefined where none does. */
function fragmentAt(log: Uint8Array, at: number): Fragment | undefined {
  const blockEnd = Math.min(at - (at % BLOCK_BYTES) + BLOCK_BYTES, log.length);
  const start = at + HEADER_BYTES;
  if (start > blockEnd) return undefined;
  const kind = log[at + 6] ?? 0;
  const end = start + ((log[at + 4] ?? 0) | ((log[at + 5] ?? 0) << 8));
  if (kind < FULL || kind > LAST || end > blockEnd) return undefined;
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  if (view.getUint32(at, true) !== maskedCrc32c(log, at + 6, end)) return undefined;
  return { kind, start, end };
}

function isEmptyFrom(log: Uint8Array, at: number): boolean {
  for (let place = at; place < log.length; place++) if (log[place] !== 0) return false;
  return true;
}

/** Puts records together out of fragments, and notes where something is wrong. */
class Assembler {
  readonly records: Uint8Array[] = [];
  damagedAt: number | undefined;
  #suspectAt: number | undefined;
  #parts: Uint8Array[] | undefined;
  #partsAt: number | undefined;

  get tornAt(): number | undefined {
    return this.#suspectAt ?? this.#partsAt;
  }

  /** Something at this place cannot be read. */
  suspect(at: number): void {
    this.#suspectAt ??= at;
    this.#forgetParts();
  }

  take(log: Uint8Array, { kind, start, end }: Fragment, at: number): void {
    const bytes = log.subarray(start, end);
    if (kind === FULL || kind === FIRST) {
      if (this.#parts !== undefined) this.suspect(at);
      this.damagedAt ??= this.#suspectAt;
      this.#parts = [bytes];
      this.#partsAt = at;
    } else if (this.#parts === undefined) {
      // Its beginning could not be read, which is noted already where it was to be.
      this.suspect(at);
      return;
    } else this.#parts.push(bytes);
    if (kind === FULL || kind === LAST) {
      this.records.push(joined(this.#parts));
      this.#forgetParts();
    }
  }

  #forgetParts(): void {
    this.#parts = undefined;
    this.#partsAt = undefined;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The next place at which a fragment can be read. */
function nextReadable(log: Uint8Array, from: number): number {
  let at = from;
  while (at < log.length && fragmentAt(log, at) === undefined) at++;
  return at;
}

/**
 * Reads a log of LevelDB as far as it can be read, also behind damaged places. (LevelDB itself
 * leaves out the rest of a block without a word.)
 */
export function readLog(log: Uint8Array): LogContent {
  const assembler = new Assembler();
  for (let at = 0; at < log.length; ) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      at += left;
      continue;
    }
    const fragment = fragmentAt(log, at);
    if (fragment !== undefined) {
      assembler.take(log, fragment, at);
      at = fragment.end;
      continue;
    }
    if (isEmptyFrom(log, at)) break;
    assembler.suspect(at);
    at = nextReadable(log, at + 1);
  }
  const { records, damagedAt, tornAt } = assembler;
  return { records, damagedAt, tornAt };
}

/** A log of LevelDB that holds these records, none of which is empty. */
export function writeLog(records: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const record of records) {
    for (let done = 0; done < record.length; ) {
      const left = BLOCK_BYTES - (at % BLOCK_BYTES);
      if (left < HEADER_BYTES) {
        put(new Uint8Array(left));
        continue;
      }
      const part = record.subarray(done, done + left - HEADER_BYTES);
      put(fragmentOf(part, done === 0, done + part.length === record.length));
      done += part.length;
    }
  }
  return joined(parts);
}

function fragmentOf(part: Uint8Array, isFirst: boolean, isLast: boolean): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + part.length);
  bytes.set(part, HEADER_BYTES);
  bytes[6] = isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE;
  const view = new DataView(bytes.buffer);
  view.setUint16(4, part.length, true);
  view.setUint32(0, maskedCrc32c(bytes, 6, bytes.length), true);
  return bytes;
}
