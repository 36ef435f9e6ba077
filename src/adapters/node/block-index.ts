import { KeyTable } from "./key-table.ts";
import { BLOCK_KEY_BYTES_MAX } from "./limits.ts";
import type { SegmentEntries } from "./segment-entries.ts";
import { SEGMENT_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";

/** A segment as the index counts it. */
export interface SegmentState {
  readonly number: number;
  /** What its record headers were made with. */
  readonly salt: Uint8Array;
  /** Its records that were applied, in order. */
  readonly entries: SegmentEntries;
  /** Bytes of the file up to the last good record. */
  size: number;
  /** Bytes of records that still matter: live blocks and tombstones that hide something. */
  neededBytes: number;
}

/** Whether compaction is worth it: more than half of a segment's records are dead, or it has none. */
export function isMostlyDead({ size, neededBytes }: SegmentState): boolean {
  const bytes = size - SEGMENT_HEADER_BYTES;
  return bytes === 0 || neededBytes * 2 < bytes;
}

/** Where the newest record of a key lies. */
export interface Location {
  readonly segment: SegmentState;
  readonly record: SegmentRecord;
}

/** What older records of a key are still in the files. */
interface Past {
  /** Outdated puts. */
  stale: number;
  /** The tombstone that hides them, where the key is gone. */
  tombstone: Location | undefined;
}

/**
 * Which record of a key counts. Records are applied in the order of the log; the index knows at
 * any time which bytes of a segment could be thrown away.
 */
export class BlockIndex {
  readonly #segments = new Map<number, SegmentState>();
  readonly #live: KeyTable;
  readonly #past = new Map<string, Past>();
  /** A key that is looked for, in UTF-8. */
  readonly #key = Buffer.alloc(BLOCK_KEY_BYTES_MAX);
  #usedBytes = 0;

  constructor() {
    this.#live = new KeyTable({
      isKey: (segment, place, key, from, length) => {
        const entries = this.#segments.get(segment)?.entries;
        if (entries === undefined || entries.keyBytes(place) !== length) return false;
        const { memory } = entries;
        const at = entries.keyAt(place);
        for (let i = 0; i < length; i++) if (memory[at + i] !== key[from + i]) return false;
        return true;
      },
    });
  }

  /** Bytes of all live blocks. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Where the block of this key is, if there is one. */
  find(key: string): Location | undefined {
    const slot = this.#slotOf(key);
    if (slot < 0) return undefined;
    const segment = this.#segments.get(this.#live.segmentAt(slot));
    if (segment === undefined) return undefined;
    return { segment, record: segment.entries.record(this.#live.placeAt(slot)) };
  }

  /** Whether there is a block of this key. */
  has(key: string): boolean {
    return this.#slotOf(key) >= 0;
  }

  /** Whether the block of a key is still where it was found. */
  isAt(key: string, location: Location): boolean {
    const slot = this.#slotOf(key);
    if (slot < 0 || this.#live.segmentAt(slot) !== location.segment.number) return false;
    const { entries } = location.segment;
    return entries.offset(this.#live.placeAt(slot)) === location.record.offset;
  }

  /** All keys with a block that begin with `prefix`. A key that is moved meanwhile may come twice. */
  *keys(prefix: string): Iterable<string> {
    const start = Buffer.from(prefix, "utf8");
    const { length } = start;
    // In the order of memory: looking up each place by its hash would be many times slower.
    for (const { entries } of this.#segments.values()) {
      for (let place = entries.first; place < entries.end; place = entries.after(place)) {
        if (!entries.isLive(place) || entries.keyBytes(place) < length) continue;
        const { memory } = entries;
        const at = entries.keyAt(place);
        let same = 0;
        while (same < length && memory[at + same] === start[same]) same++;
        if (same === length) yield entries.key(place);
      }
    }
  }

  /** Makes room for so many keys at once: growing step by step takes longer. */
  reserve(count: number): void {
    this.#live.reserve(count);
  }

  /**
   * Applies a record that has been written.
   * @param base where in the segment the record's offset is counted from
   */
  apply(segment: SegmentState, record: SegmentRecord, base = 0): void {
    this.#segments.set(segment.number, segment);
    this.#applyAt(segment, segment.entries.append(record, base));
  }

  /** Applies all records of a segment's entries, as they were when it was closed. */
  load(segment: SegmentState): void {
    this.#segments.set(segment.number, segment);
    const { entries } = segment;
    for (let place = entries.first; place < entries.end; place = entries.after(place)) {
      this.#applyAt(segment, place);
    }
  }

  /** Forgets the block of a key without a tombstone: it was replaced, or found damaged. */
  drop(key: string): void {
    const slot = this.#slotOf(key);
    if (slot < 0) return;
    this.#outdate(slot, key);
    this.#live.remove(slot);
  }

  /** Whether compaction must carry this record over. */
  needs(segment: SegmentState, record: SegmentRecord): boolean {
    if (record.kind === "put") return this.isAt(record.key, { segment, record });
    const tombstone = this.#past.get(record.key)?.tombstone;
    return tombstone?.segment === segment && tombstone.record.offset === record.offset;
  }

  /** The records of this segment are about to vanish; none of them is needed any more. */
  forget(segment: SegmentState, records: readonly SegmentRecord[]): void {
    for (const record of records) {
      if (record.kind !== "put" || this.needs(segment, record)) continue;
      const past = this.#past.get(record.key);
      if (past === undefined || --past.stale > 0) continue;
      this.#unneeded(past);
      this.#past.delete(record.key);
    }
    this.#segments.delete(segment.number);
  }

  #slotOf(key: string): number {
    // A character has at most three bytes in UTF-8; a longer key can be nowhere.
    if (key.length > BLOCK_KEY_BYTES_MAX) return -1;
    const fits = key.length * 3 <= BLOCK_KEY_BYTES_MAX;
    const bytes = fits ? this.#key : Buffer.from(key, "utf8");
    const length = fits ? bytes.write(key, 0, "utf8") : bytes.length;
    return this.#live.find(this.#live.hash(bytes, 0, length), bytes, 0, length);
  }

  #applyAt(segment: SegmentState, place: number): void {
    const { entries } = segment;
    if (entries.kind(place) === "remove") {
      this.#bury({ segment, record: entries.record(place) });
      return;
    }
    const { memory } = entries;
    const from = entries.keyAt(place);
    const length = entries.keyBytes(place);
    const hash = this.#live.hash(memory, from, length);
    const slot = this.#live.find(hash, memory, from, length);
    if (slot >= 0) this.#outdate(slot, entries.key(place));
    if (this.#past.size > 0) this.#unneeded(this.#past.get(entries.key(place)));
    if (slot >= 0) this.#live.move(slot, segment.number, place);
    else this.#live.add(hash, segment.number, place);
    this.#usedBytes += entries.blockBytes(place);
    segment.neededBytes += entries.totalBytes(place);
  }

  /** The put in this slot does not count any more. */
  #outdate(slot: number, key: string): void {
    const segment = this.#segments.get(this.#live.segmentAt(slot));
    if (segment === undefined) return;
    const place = this.#live.placeAt(slot);
    this.#usedBytes -= segment.entries.blockBytes(place);
    segment.neededBytes -= segment.entries.totalBytes(place);
    segment.entries.outdate(place);
    const past = this.#past.get(key);
    if (past === undefined) this.#past.set(key, { stale: 1, tombstone: undefined });
    else past.stale++;
  }

  #bury(location: Location): void {
    const { key, totalBytes } = location.record;
    this.drop(key);
    const past = this.#past.get(key);
    if (past === undefined) return;
    this.#unneeded(past);
    past.tombstone = location;
    location.segment.neededBytes += totalBytes;
  }

  #unneeded(past: Past | undefined): void {
    if (past?.tombstone === undefined) return;
    past.tombstone.segment.neededBytes -= past.tombstone.record.totalBytes;
    past.tombstone = undefined;
  }
}
