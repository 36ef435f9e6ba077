import { type FrameRun, RUN_HEAD_BYTES } from "../base/frame-run.ts";
import type { ReassemblyBudget } from "./fragments.ts";
import { FRAME_PIECE } from "./layout.ts";
import {
  KEPT_BYTES_FIRST,
  KEPT_BYTES_PER_LINK_MAX,
  KEPT_FRAMES_FIRST,
  KEPT_FRAMES_MAX,
} from "./limits.ts";

/** Marks a frame that is not the head of a train. */
const NO_TOKEN = -1;
/** What the table weighs for each frame. */
const ENTRY_BYTES = 3 * 8 + 3 * 4;
/** What the table of frames weighs at first … */
export const KEPT_TABLE_BYTES_FIRST: number = KEPT_FRAMES_FIRST * ENTRY_BYTES;
/** … and at most. */
export const KEPT_TABLE_BYTES_MAX: number = KEPT_FRAMES_MAX * ENTRY_BYTES;

/** What is known of each frame, by slot. */
class FrameTable {
  readonly size: number;
  readonly counters: Float64Array;
  readonly tokens: Float64Array;
  readonly sentMs: Float64Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  /** Bytes of each frame but the last, which differ from the length where it is a train. */
  readonly frameBytes: Uint32Array;

  constructor(size: number) {
    this.size = size;
    this.counters = new Float64Array(size);
    this.tokens = new Float64Array(size);
    this.sentMs = new Float64Array(size);
    this.offsets = new Uint32Array(size);
    this.lengths = new Uint32Array(size);
    this.frameBytes = new Uint32Array(size);
  }

  take(slot: number, from: FrameTable, fromSlot: number): void {
    this.counters[slot] = from.counters[fromSlot] ?? 0;
    this.tokens[slot] = from.tokens[fromSlot] ?? 0;
    this.sentMs[slot] = from.sentMs[fromSlot] ?? 0;
    this.offsets[slot] = from.offsets[fromSlot] ?? 0;
    this.lengths[slot] = from.lengths[fromSlot] ?? 0;
    this.frameBytes[slot] = from.frameBytes[fromSlot] ?? 0;
  }
}

/**
 * Frames of one link as they were sent, in case the neighbour asks for them again: a ring of
 * bytes, oldest first. It grows while what it drops is still young, up to a bound.
 */
export class SentFrames {
  readonly #budget: ReassemblyBudget;
  readonly #trains: Map<number, number> = new Map();
  #table = new FrameTable(KEPT_FRAMES_FIRST);
  #piece = new Uint8Array(0);
  #bytes = new Uint8Array(0);
  /** Where the next frame goes. */
  #at = 0;
  #first = 0;
  #count = 0;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
    budget.usedBytes += KEPT_TABLE_BYTES_FIRST;
  }

  /** Frames and trains kept. */
  get size(): number {
    return this.#count;
  }

  /** The oldest counter kept, or `next` where nothing is. */
  oldest(next: number): number {
    return this.#count === 0 ? next : (this.#table.counters[this.#first] ?? next);
  }

  /** Keeps a single frame. */
  keepFrame(counter: number, frame: Uint8Array, nowMs: number, lifeMs: number): void {
    const slot = this.#slotFor(frame.length, nowMs, lifeMs);
    if (slot === undefined) return;
    this.#bytes.set(frame, this.#table.offsets[slot]);
    this.#note(slot, counter, NO_TOKEN, frame.length, nowMs);
  }

  /** Keeps a train: its first frame as it was, and behind that the payloads of the others. */
  keepTrain(counter: number, token: number, run: FrameRun, nowMs: number, lifeMs: number): void {
    const { body, frameBytes, heads, lead } = run;
    const slot = this.#slotFor(RUN_HEAD_BYTES + lead.length + body.length, nowMs, lifeMs);
    if (slot === undefined) return;
    let at = this.#table.offsets[slot] ?? 0;
    this.#bytes.set(heads.subarray(0, RUN_HEAD_BYTES), at);
    at += RUN_HEAD_BYTES;
    this.#bytes.set(lead, at);
    this.#bytes.set(body, at + lead.length);
    this.#note(slot, counter, token, frameBytes, nowMs);
    this.#trains.set(token, slot);
  }

  /** The frame with this counter, the first one of a train too; lent. */
  frame(counter: number): Uint8Array | undefined {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#table.counters[this.#slot(middle)] ?? 0) < counter) low = middle + 1;
      else high = middle;
    }
    const slot = this.#slot(low);
    if (low === this.#count || this.#table.counters[slot] !== counter) return undefined;
    return this.#firstFrame(slot);
  }

  /** Whether this train is kept. */
  hasTrain(token: number): boolean {
    return this.#trains.has(token);
  }

  /** The first frame of a train; lent. */
  head(token: number): Uint8Array | undefined {
    const slot = this.#trains.get(token);
    return slot === undefined ? undefined : this.#firstFrame(slot);
  }

  /** A further frame of a train, put together again; lent until the next one. */
  piece(token: number, index: number, receiverIndex: number): Uint8Array | undefined {
    const slot = this.#trains.get(token);
    if (slot === undefined || index < 1) return undefined;
    const frameBytes = this.#table.frameBytes[slot] ?? 0;
    const roomBytes = frameBytes - RUN_HEAD_BYTES;
    const from = RUN_HEAD_BYTES + index * roomBytes;
    const bytes = Math.min(roomBytes, (this.#table.lengths[slot] ?? 0) - from);
    if (bytes <= 0) return undefined;
    if (this.#piece.length < frameBytes) this.#piece = new Uint8Array(frameBytes);
    const view = new DataView(this.#piece.buffer);
    view.setUint8(0, FRAME_PIECE);
    view.setUint32(1, receiverIndex);
    view.setUint16(5, Math.floor(token / 0x1_0000_0000));
    view.setUint32(7, token >>> 0);
    view.setUint16(11, index);
    const at = (this.#table.offsets[slot] ?? 0) + from;
    this.#piece.set(this.#bytes.subarray(at, at + bytes), RUN_HEAD_BYTES);
    return this.#piece.subarray(0, RUN_HEAD_BYTES + bytes);
  }

  /** Forgets everything and gives the memory back; nothing is kept here afterwards. */
  clear(): void {
    this.#budget.usedBytes -= this.#bytes.length + this.#table.size * ENTRY_BYTES;
    this.#bytes = new Uint8Array(0);
    this.#piece = new Uint8Array(0);
    this.#table = new FrameTable(0);
    this.#trains.clear();
    this.#count = 0;
    this.#at = 0;
  }

  #firstFrame(slot: number): Uint8Array {
    const at = this.#table.offsets[slot] ?? 0;
    const bytes = Math.min(this.#table.lengths[slot] ?? 0, this.#table.frameBytes[slot] ?? 0);
    return this.#bytes.subarray(at, at + bytes);
  }

  #slot(index: number): number {
    return (this.#first + index) % this.#table.size;
  }

  /** Room for a frame, its offset and length noted; undefined where there is none. */
  #slotFor(bytes: number, nowMs: number, lifeMs: number): number | undefined {
    this.#expire(nowMs - lifeMs);
    if (this.#count === this.#table.size && !this.#growTable()) this.#dropOldest();
    while (!this.#hasRoom(bytes)) {
      if (this.#count > 0 && !this.#grow()) this.#dropOldest();
      else if (this.#count === 0 && !this.#grow()) return undefined;
    }
    const slot = this.#slot(this.#count);
    this.#table.offsets[slot] = this.#at;
    this.#table.lengths[slot] = bytes;
    this.#at += bytes;
    return slot;
  }

  #note(slot: number, counter: number, token: number, frameBytes: number, nowMs: number): void {
    this.#table.counters[slot] = counter;
    this.#table.tokens[slot] = token;
    this.#table.frameBytes[slot] = frameBytes;
    this.#table.sentMs[slot] = nowMs;
    this.#count++;
  }

  /** Whether so many bytes fit without dropping anything; moves to where they go. */
  #hasRoom(bytes: number): boolean {
    if (this.#count === 0) this.#at = 0;
    const oldestAt = this.#table.offsets[this.#first] ?? 0;
    if (this.#count > 0 && this.#at <= oldestAt) return this.#at + bytes <= oldestAt;
    if (this.#at + bytes <= this.#bytes.length) return true;
    if (this.#count === 0 || bytes > oldestAt) return false;
    this.#at = 0;
    return true;
  }

  /** Twice the room, as far as that may be. */
  #grow(): boolean {
    const bytes = Math.max(KEPT_BYTES_FIRST, this.#bytes.length * 2);
    const { usedBytes, maxBytes } = this.#budget;
    const isAllowed = usedBytes - this.#bytes.length + bytes <= maxBytes;
    if (bytes > KEPT_BYTES_PER_LINK_MAX || !isAllowed) return false;
    const grown = new Uint8Array(bytes);
    let at = 0;
    for (let index = 0; index < this.#count; index++) {
      const slot = this.#slot(index);
      const from = this.#table.offsets[slot] ?? 0;
      const length = this.#table.lengths[slot] ?? 0;
      grown.set(this.#bytes.subarray(from, from + length), at);
      this.#table.offsets[slot] = at;
      at += length;
    }
    this.#budget.usedBytes += bytes - this.#bytes.length;
    this.#bytes = grown;
    this.#at = at;
    return true;
  }

  /** Twice the frames, as far as that may be. */
  #growTable(): boolean {
    const from = this.#table;
    const { usedBytes, maxBytes } = this.#budget;
    const isAllowed = usedBytes + from.size * ENTRY_BYTES <= maxBytes;
    if (from.size >= KEPT_FRAMES_MAX || !isAllowed) return false;
    const grown = new FrameTable(2 * from.size);
    this.#trains.clear();
    for (let index = 0; index < this.#count; index++) {
      grown.take(index, from, this.#slot(index));
      const token = grown.tokens[index] ?? NO_TOKEN;
      if (token !== NO_TOKEN) this.#trains.set(token, index);
    }
    this.#budget.usedBytes += from.size * ENTRY_BYTES;
    this.#table = grown;
    this.#first = 0;
    return true;
  }

  #expire(beforeMs: number): void {
    while (this.#count > 0 && (this.#table.sentMs[this.#first] ?? 0) < beforeMs) this.#dropOldest();
  }

  #dropOldest(): void {
    const token = this.#table.tokens[this.#first] ?? NO_TOKEN;
    if (token !== NO_TOKEN) this.#trains.delete(token);
    this.#first = (this.#first + 1) % this.#table.size;
    this.#count--;
  }
}
