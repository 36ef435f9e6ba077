import { equalBytes } from "../../base/bytes.ts";
import type { BlockToPut, DiskError } from "../../ports/index.ts";
import type { BlockFile, BlockFiles } from "./block-files.ts";
import {
  type BlockChange,
  BlockGroup,
  type BlockLog,
  changeBytes,
  type WaitingChange,
} from "./block-group.ts";
import type { BlockHandles } from "./block-handles.ts";
import { type BlockIndex, isMostlyDead, type SegmentState } from "./block-index.ts";
import type { ActiveSegment } from "./block-open.ts";
import { BlockStage, stagedBytesMax, stageMemory } from "./block-stage.ts";
import { diskError } from "./disk-errors.ts";
import {
  BLOCK_GROUP_BYTES,
  BLOCK_RESERVE_BYTES,
  DIRECT_BYTES_MIN,
  HINT_STEP_BYTES,
} from "./limits.ts";
import { SegmentEntries } from "./segment-entries.ts";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";
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

/** Records that are laid out to be written together. */
interface Layout {
  readonly parts: readonly Uint8Array[];
  /** With offsets counted from the first. */
  readonly records: readonly SegmentRecord[];
  readonly bytes: number;
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
  readonly #waiting: (WaitingChange | BlockStage)[] = [];
  readonly #stageMemory = stageMemory();
  /** About where in its segment the group ends that is written at the moment. */
  #endsAt = 0;
  #active: ActiveSegment | undefined;
  #nextNumber: number;
  /** Of how many bytes of the newest segment its hint speaks. */
  #hintedBytes = 0;
  /** Memory for the entries of the next segment. */
  #spare: Buffer | undefined;
  #running: Promise<void> | undefined;
  #reserveThere = false;
  /** Whether the disk had no room while the newest segment grew. */
  #wasFull = false;

  constructor(options: BlockWriterOptions, active: ActiveSegment | undefined) {
    this.#options = options;
    // Stages are laid out before it is known where they come, so there is one salt for all.
    const isOurs = active !== undefined && equalBytes(active.state.salt, options.salt);
    this.#active = isOurs ? active : undefined;
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

  pushAll(blocks: readonly BlockToPut[], done: (error: DiskError | null) => void): boolean {
    let bytes = 0;
    for (const one of blocks) bytes += stagedBytesMax(one);
    const last = this.#waiting.at(-1);
    const joins = last instanceof BlockStage && bytes > 0 && last.hasRoom(bytes);
    if (!joins && bytes < DIRECT_BYTES_MIN) return false;
    let flights = 0;
    let failure: DiskError | null = null;
    const landed = (error: DiskError | null): void => {
      failure ??= error;
      flights--;
      if (flights === 0) done(failure);
    };
    for (const one of blocks) {
      const stage = this.#stageFor(stagedBytesMax(one));
      stage.add(one);
      if (stage.waiting.at(-1) === landed) continue;
      stage.waiting.push(landed);
      flights++;
    }
    this.#running ??= this.#run();
    return true;
  }

  /** The stage at the end of the queue, a new one where that has no room. */
  #stageFor(bytes: number): BlockStage {
    const last = this.#waiting.at(-1);
    if (last instanceof BlockStage && last.hasRoom(bytes)) return last;
    const { salt } = this.#options;
    const stage = new BlockStage(this.#stageMemory.take(), salt, this.#nextPosition(last));
    this.#waiting.push(stage);
    return stage;
  }

  /** Where in its segment what comes after `last` will probably be. */
  #nextPosition(last: WaitingChange | BlockStage | undefined): number {
    if (last instanceof BlockStage) return last.endsAt;
    if (this.#running !== undefined) return this.#endsAt;
    return this.#active?.state.size ?? SEGMENT_HEADER_BYTES;
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
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!(first instanceof BlockStage)) {
        await this.#writeOrSave(this.#nextGroup());
        continue;
      }
      this.#waiting.shift();
      // What comes in the same breath is laid out before this is under way.
      this.#endsAt = first.endsAt;
      await this.#writeStage(first);
    }
    this.#running = undefined;
  }

  /** Takes changes out of the queue that are written together. */
  #nextGroup(): readonly WaitingChange[] {
    const group: WaitingChange[] = [];
    let bytes = 0;
    for (const one of this.#waiting) {
      if (one instanceof BlockStage) break;
      if (group.length > 0 && bytes + one.bytes > BLOCK_GROUP_BYTES) break;
      bytes += one.bytes;
      group.push(one);
    }
    this.#waiting.splice(0, group.length);
    return group;
  }

  async #writeStage(stage: BlockStage): Promise<void> {
    const error = await this.#write(stage.bytes, (position) => {
      stage.moveTo(position);
      return stage;
    });
    this.#stageMemory.give(stage.memory);
    for (const done of stage.waiting) done(error);
    if (error !== null) return;
    await this.makeReserve();
    await this.#hintNow();
    this.#options.onWritten();
  }

  /** Writes a group; on a full disk at least its removals, with the space set aside for them. */
  async #writeOrSave(group: readonly WaitingChange[]): Promise<void> {
    const error = await this.#writeGroup(group);
    if (error === null) {
      for (const { done } of group) done(null);
      if (group.some(({ change }) => change.kind === "put")) await this.makeReserve();
      await this.#hintNow();
      await this.#letGo();
      this.#options.onWritten();
      return;
    }
    const removals = group.filter(({ change }) => change.kind === "remove");
    const saved = error.code === "full" && (await this.#writeFromReserve(removals));
    for (const { change, done } of group) done(saved && change.kind === "remove" ? null : error);
    if (!saved) return;
    await this.#letGo();
    this.#options.onWritten();
  }

  /**
   * After a full disk a newest segment that is mostly dead is left to compaction: what a put
   * wrote before it failed would else keep its space until the segment is full.
   */
  async #letGo(): Promise<void> {
    const state = this.#active?.state;
    if (this.#wasFull && state !== undefined && isMostlyDead(state)) await this.#seal();
  }

  async #writeFromReserve(removals: readonly WaitingChange[]): Promise<boolean> {
    if (removals.length === 0) return false;
    if (this.#reserveThere) {
      this.#reserveThere = false;
      await this.#options.files.remove(RESERVE_NAME).catch(() => undefined);
    }
    return (await this.#writeGroup(removals)) === null;
  }

  async #writeGroup(waiting: readonly WaitingChange[]): Promise<DiskError | null> {
    let bytes = 0;
    for (const one of waiting) bytes += one.bytes;
    return await this.#write(bytes, () => {
      const group = new BlockGroup(this.#options.index, this.#options.salt);
      for (const { change } of waiting) group.add(change);
      return group;
    });
  }

  /**
   * Returns null once all records are durable and in the index; otherwise none of them is.
   * @param layOut called when it is known that they come next, and where
   */
  async #write(bytes: number, layOut: (position: number) => Layout): Promise<DiskError | null> {
    try {
      const active = await this.#activeFor(bytes);
      const { state } = active;
      const group = layOut(state.size);
      if (group.records.length === 0) return null;
      this.#endsAt = state.size + group.bytes;
      await this.#append(active, group);
      for (const record of group.records) this.#options.index.apply(state, record, state.size);
      state.size += group.bytes;
      return null;
    } catch (error) {
      const failure = diskError(error, "a block");
      if (failure.code === "full") this.#wasFull = true;
      return failure;
    }
  }

  async #append({ state }: ActiveSegment, group: Layout): Promise<void> {
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
    this.#spare = entries.trim();
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
    this.#wasFull = false;
    this.#hintedBytes = SEGMENT_HEADER_BYTES;
    handles.adopt(number, file);
    const entries = SegmentEntries.empty(this.#spare);
    this.#spare = undefined;
    const size = SEGMENT_HEADER_BYTES;
    const state: SegmentState = { number, salt, entries, size, neededBytes: 0 };
    segments.set(number, state);
    // In the same breath: a segment that is nobody's and empty is compaction's prey.
    this.#active = { state };
    return this.#active;
  }
}
