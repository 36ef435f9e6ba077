import type { SegmentRecord } from "./segment-format.ts";

/** A segment as the index counts it. */
export interface SegmentState {
  readonly number: number;
  /** What its record headers were made with. */
  readonly salt: Uint8Array;
  /** Bytes of the file up to the last good record. */
  size: number;
  /** Bytes of records that still matter: live blocks and tombstones that hide something. */
  neededBytes: number;
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
  readonly #live = new Map<string, Location>();
  readonly #past = new Map<string, Past>();
  #usedBytes = 0;

  /** Bytes of all live blocks. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Where the block of this key is, if there is one. */
  find(key: string): Location | undefined {
    return this.#live.get(key);
  }

  /** All keys with a block. */
  keys(): IterableIterator<string> {
    return this.#live.keys();
  }

  /** Applies a record that has been written. */
  apply(segment: SegmentState, record: SegmentRecord): void {
    const location = { segment, record };
    if (record.kind === "remove") {
      this.#bury(location);
      return;
    }
    this.drop(record.key);
    this.#unneeded(this.#past.get(record.key));
    this.#live.set(record.key, location);
    this.#usedBytes += record.blockBytes;
    segment.neededBytes += record.totalBytes;
  }

  /** Forgets the block of a key without a tombstone: it was replaced, or found damaged. */
  drop(key: string): void {
    const old = this.#live.get(key);
    if (old === undefined) return;
    this.#live.delete(key);
    this.#usedBytes -= old.record.blockBytes;
    old.segment.neededBytes -= old.record.totalBytes;
    const past = this.#past.get(key);
    if (past === undefined) this.#past.set(key, { stale: 1, tombstone: undefined });
    else past.stale++;
  }

  /** Whether compaction must carry this record over. */
  needs(segment: SegmentState, record: SegmentRecord): boolean {
    const location =
      record.kind === "put" ? this.#live.get(record.key) : this.#past.get(record.key)?.tombstone;
    return location?.segment === segment && location.record.offset === record.offset;
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
