import { DiskError } from "../../ports/index.ts";
import type { BlockFiles, WholeFiles } from "./block-files.ts";
import {
  type BlockChange,
  BlockGroup,
  type BlockLog,
  changeBytes,
  type WaitingChange,
} from "./block-group.ts";
import type { BlockIndex, SegmentState } from "./block-index.ts";
import { diskError } from "./disk-errors.ts";
import { SegmentEntries } from "./segment-entries.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";
import { segmentName } from "./segment-hint.ts";

/** What a writer of whole segments works on. */
export interface WholeWriterOptions {
  readonly files: BlockFiles;
  readonly whole: WholeFiles;
  readonly index: BlockIndex;
  readonly segments: Map<number, SegmentState>;
  readonly salt: Uint8Array;
  /** Runs after every segment that became durable. */
  readonly onWritten: () => void;
}

/** A segment on its way. */
interface Flight {
  readonly changes: readonly WaitingChange[];
  readonly state: SegmentState;
  readonly records: readonly SegmentRecord[];
  /** Undefined until it has come to an end. */
  outcome: DiskError | null | undefined;
}

/**
 * Makes changes durable where files cannot grow: the changes of one short time become one segment.
 * Several segments are on their way at a time; they take effect, and are acknowledged, in the order
 * of their numbers, which is the order of the log.
 */
export class WholeWriter implements BlockLog {
  readonly activeSegment = undefined;
  readonly #options: WholeWriterOptions;
  readonly #waiting: WaitingChange[] = [];
  readonly #flights: Flight[] = [];
  /** How many segments on their way put this key. */
  readonly #putsOnTheirWay = new Map<string, number>();
  #nextNumber: number;
  #bytes = 0;
  /** The oldest waiting change has waited long enough. */
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;
  #closing: (() => void) | undefined;

  constructor(options: WholeWriterOptions) {
    this.#options = options;
    const highest = Math.max(0, ...options.segments.keys());
    this.#nextNumber = Math.max(highest + 1, options.whole.takenBelow);
  }

  push(change: BlockChange, done: (error: DiskError | null) => void): void {
    const bytes = changeBytes(change);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#options.whole.waitingBytesMax) {
      done(new DiskError("io", "Blocks arrive faster than they can be kept. Try again later."));
      return;
    }
    this.#bytes += bytes;
    this.#waiting.push({ change, bytes, done });
    this.#pump();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closing = resolve;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#flights.length < this.#options.whole.flightsMax) {
      const count = this.#nextCount();
      if (count === 0) break;
      this.#launch(this.#waiting.splice(0, count));
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#isDue = false;
    }
    if (this.#closing !== undefined && this.#waiting.length + this.#flights.length === 0) {
      this.#closing();
    }
  }

  /** How many of the waiting changes make the next segment; 0 where it is not time yet. */
  #nextCount(): number {
    const { segmentBytes, gatherMs } = this.#options.whole;
    let bytes = 0;
    let count = 0;
    for (const one of this.#waiting) {
      // What compaction moves must not come after a newer block that it cannot see yet.
      if (one.change.kind === "move" && this.#flights.length > 0) return count;
      bytes += one.bytes;
      if (count > 0 && bytes > segmentBytes) return count;
      count++;
    }
    if (bytes >= segmentBytes || this.#isDue || this.#closing !== undefined) return count;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isDue = true;
      this.#pump();
    }, gatherMs);
    return 0;
  }

  #launch(changes: readonly WaitingChange[]): void {
    const { index, salt, whole } = this.#options;
    const group = new BlockGroup(index, salt, (key) => this.#putsOnTheirWay.has(key));
    for (const { change } of changes) group.add(change);
    const number = this.#nextNumber++;
    const size = SEGMENT_HEADER_BYTES + group.bytes;
    const { records } = group;
    const entries = SegmentEntries.empty();
    for (const record of records) {
      entries.append({ ...record, offset: SEGMENT_HEADER_BYTES + record.offset });
    }
    const state: SegmentState = { number, salt, entries, size, neededBytes: 0 };
    const flight: Flight = { changes, state, records, outcome: undefined };
    this.#flights.push(flight);
    for (const { kind, key } of records) if (kind === "put") this.#count(key, 1);
    const land = (outcome: DiskError | null): void => {
      flight.outcome = outcome;
      this.#settle();
    };
    if (records.length === 0) {
      queueMicrotask(() => land(null));
      return;
    }
    const parts = [encodeSegmentHeader(number, salt), ...group.parts];
    whole.keep(number, parts, entries.hint(size)).then(
      () => land(null),
      (error: unknown) => land(diskError(error, "a block")),
    );
  }

  #settle(): void {
    for (let flight = this.#flights[0]; flight?.outcome !== undefined; flight = this.#flights[0]) {
      this.#flights.shift();
      this.#end(flight, flight.outcome);
    }
    this.#pump();
  }

  #end({ changes, state, records }: Flight, error: DiskError | null): void {
    const { files, segments, index, onWritten } = this.#options;
    for (const { kind, key } of records) if (kind === "put") this.#count(key, -1);
    for (const { bytes } of changes) this.#bytes -= bytes;
    if (error === null && records.length > 0) {
      segments.set(state.number, state);
      index.load(state);
    }
    // Nobody knows what became of it; its changes were answered as failed and are better gone.
    if (error !== null) void files.remove(segmentName(state.number)).catch(() => undefined);
    for (const { done } of changes) done(error);
    if (error === null) onWritten();
  }

  #count(key: string, by: number): void {
    const count = (this.#putsOnTheirWay.get(key) ?? 0) + by;
    if (count > 0) this.#putsOnTheirWay.set(key, count);
    else this.#putsOnTheirWay.delete(key);
  }
}
