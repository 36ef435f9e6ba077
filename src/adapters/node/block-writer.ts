import type { DiskError } from "../../ports/index.ts";
import type { BlockFile, BlockFiles } from "./block-files.ts";
import {
  type BlockChange,
  BlockGroup,
  type BlockLog,
  changeBytes,
  type WaitingChange,
} from "./block-group.ts";
import type { BlockHandles } from "./block-handles.ts";
import type { BlockIndex, SegmentState } from "./block-index.ts";
import type { ActiveSegment } from "./block-open.ts";
import { diskError } from "./disk-errors.ts";
import { BLOCK_GROUP_BYTES, BLOCK_RESERVE_BYTES, HINT_STEP_BYTES } from "./limits.ts";
import { SegmentEntries } from "./segment-entries.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./segment-format.ts";
import { hintName, segmentName, writeHint } from "./segment-hint.ts";

/** What a writer works on. */
export interface BlockWriterOptions {
  readonly files: BlockFiles;
  readonly handles: BlockHandles;
  readonly index: BlockIndex;
  readonly segments: Map<number, SegmentState>;
  readonly salt: Uint8Array;
  readonly segmentBytes: number;
  /** Runs after every group that became durable. */
  readonly onWritten: () => void;
}

/** Makes a file end where it ended before a failed write; else the next opening skips the rest. */
async function cutBack(file: BlockFile, size: number): Promise<boolean> {
  try {
    await file.truncate(size);
    return true;
  } catch {
    return false;
  }
}

/** File that is given up so that blocks can be removed from a full disk. */
export const RESERVE_NAME = "reserve";
/** Appends changes to the newest segment, one group after another, each made durable by one flush. */
export class BlockWriter implements BlockLog {
  readonly #options: BlockWriterOptions;
  readonly #waiting: WaitingChange[] = [];
  #active: ActiveSegment | undefined;
  #nextNumber: number;
  /** Of how many bytes of the newest segment its hint speaks. */
  #hintedBytes = 0;
  #running: Promise<void> | undefined;
  #reserveThere = false;

  constructor(options: BlockWriterOptions, active: ActiveSegment | undefined) {
    this.#options = options;
    this.#active = active;
    this.#nextNumber = Math.max(0, ...options.segments.keys()) + 1;
  }

  /** The segment being written; compaction leaves it alone. */
  get activeSegment(): SegmentState | undefined {
    return this.#active?.state;
  }

  /** Queues a change. `done` is called once, with what went wrong or null. */
  push(change: BlockChange, done: (error: DiskError | null) => void): void {
    this.#waiting.push({ change, bytes: changeBytes(change), done });
    this.#running ??= this.#run();
  }

  /** Sets bytes aside on disk; failing to is no harm. */
  async makeReserve(): Promise<void> {
    if (this.#reserveThere || (await this.#reserveIsThere())) return;
    try {
      const file = await this.#options.files.open(RESERVE_NAME, true);
      try {
        // Written, not only sized: a hole would keep no space for us.
        await file.write([new Uint8Array(BLOCK_RESERVE_BYTES)], 0);
        await file.sync();
        this.#reserveThere = true;
      } finally {
        await file.close();
      }
    } catch {
      await this.#options.files.remove(RESERVE_NAME).catch(() => undefined);
    }
  }

  async #reserveIsThere(): Promise<boolean> {
    try {
      const file = await this.#options.files.open(RESERVE_NAME, false);
      try {
        this.#reserveThere = (await file.size()) === BLOCK_RESERVE_BYTES;
      } finally {
        await file.close();
      }
    } catch {
      this.#reserveThere = false;
    }
    return this.#reserveThere;
  }

  /** Waits for what is queued, then writes the newest segment's hint. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#seal();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      let bytes = 0;
      let count = 0;
      for (const one of this.#waiting) {
        if (count > 0 && bytes + one.bytes > BLOCK_GROUP_BYTES) break;
        bytes += one.bytes;
        count++;
      }
      await this.#writeOrSave(this.#waiting.splice(0, count));
    }
    this.#running = undefined;
  }

  /** Writes a group; on a full disk at least its removals, with the space set aside for them. */
  async #writeOrSave(group: readonly WaitingChange[]): Promise<void> {
    const error = await this.#write(group);
    if (error === null) {
      for (const { done } of group) done(null);
      if (group.some(({ change }) => change.kind === "put")) await this.makeReserve();
      await this.#hintNow();
      this.#options.onWritten();
      return;
    }
    const removals = group.filter(({ change }) => change.kind === "remove");
    const saved = error.code === "full" && (await this.#writeFromReserve(removals));
    for (const { change, done } of group) done(saved && change.kind === "remove" ? null : error);
    if (saved) this.#options.onWritten();
  }

  async #writeFromReserve(removals: readonly WaitingChange[]): Promise<boolean> {
    if (removals.length === 0) return false;
    if (this.#reserveThere) {
      this.#reserveThere = false;
      await this.#options.files.remove(RESERVE_NAME).catch(() => undefined);
    }
    return (await this.#write(removals)) === null;
  }

  /** Returns null once all changes are durable and in the index; otherwise none of them is. */
  async #write(waiting: readonly WaitingChange[]): Promise<DiskError | null> {
    let bytes = 0;
    for (const one of waiting) bytes += one.bytes;
    try {
      const active = await this.#activeFor(bytes);
      const { state } = active;
      const group = new BlockGroup(this.#options.index, state.salt);
      for (const { change } of waiting) group.add(change);
      if (group.records.length === 0) return null;
      await this.#append(active, group);
      for (const record of group.records) {
        const placed = { ...record, offset: state.size + record.offset };
        this.#options.index.apply(state, placed);
      }
      state.size += group.bytes;
      return null;
    } catch (error) {
      return diskError(error, "a block");
    }
  }

  async #append({ state }: ActiveSegment, group: BlockGroup): Promise<void> {
    await this.#options.handles.use(state.number, async (file) => {
      try {
        await file.write(group.parts, state.size);
      } catch (error) {
        if (!(await cutBack(file, state.size))) this.#active = undefined;
        throw error;
      }
      try {
        await file.sync();
      } catch (error) {
        // After a failed flush nobody knows what the disk has, not even a later flush that
        // succeeds: the segment is left behind.
        this.#active = undefined;
        await cutBack(file, state.size);
        throw error;
      }
    });
  }

  async #activeFor(bytes: number): Promise<ActiveSegment> {
    const active = this.#active;
    const room = this.#options.segmentBytes;
    const empty = active?.state.size === SEGMENT_HEADER_BYTES;
    if (active !== undefined && (empty || active.state.size + bytes <= room)) {
      return active;
    }
    await this.#seal();
    return await this.#begin();
  }

  /** From time to time: the next start after a crash reads only what came later. */
  async #hintNow(): Promise<void> {
    const state = this.#active?.state;
    const step = Math.min(HINT_STEP_BYTES, this.#options.segmentBytes / 4);
    if (state === undefined || state.size - this.#hintedBytes < step) return;
    this.#hintedBytes = state.size;
    await writeHint(this.#options.files, state.number, state.entries.hint(state.size));
  }

  async #seal(): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    const { number, size, entries } = active.state;
    await writeHint(this.#options.files, number, entries.hint(size));
    this.#active = undefined;
  }

  async #begin(): Promise<ActiveSegment> {
    const { files, handles, segments, salt } = this.#options;
    const number = this.#nextNumber;
    const name = segmentName(number);
    // A hint that a crash left over from an earlier file of this name must not speak for this one.
    await files.remove(hintName(number)).catch(() => undefined);
    const file = await files.open(name, true);
    try {
      await file.write([encodeSegmentHeader(number, salt)], 0);
      await file.sync();
      await files.syncDirectory();
    } catch (error) {
      await file.close().catch(() => undefined);
      await files.remove(name).catch(() => undefined);
      throw error;
    }
    this.#nextNumber++;
    this.#hintedBytes = SEGMENT_HEADER_BYTES;
    handles.adopt(number, file);
    const entries = SegmentEntries.empty();
    const size = SEGMENT_HEADER_BYTES;
    const state: SegmentState = { number, salt, entries, size, neededBytes: 0 };
    segments.set(number, state);
    // In the same breath: a segment that is nobody's and empty is compaction's prey.
    this.#active = { state };
    return this.#active;
  }
}
