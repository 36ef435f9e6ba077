import { type FrameRun, RUN_HEAD_BYTES } from "../base/frame-run.ts";
import type { ReassemblyBudget } from "./fragments.ts";
import { FRAME_PIECE } from "./layout.ts";
import { KEPT_BYTES_FIRST, KEPT_BYTES_PER_LINK_MAX, KEPT_FRAMES_MAX } from "./limits.ts";

/** Marks a frame that is not the head of a train. */
const NO_TOKEN = -1;
/** What the table of frames weighs. */
export const KEPT_TABLE_BYTES: number = KEPT_FRAMES_MAX * (3 * 8 + 3 * 4);

/**
 * Frames of one link as they were sent, in case the neighbour asks for them again: a ring of
 * bytes, oldest first. It grows while what it drops is still young, up to a bound.
 */
export class SentFrames {
  readonly #budget: ReassemblyBudget;
  readonly #trains: Map<number, number> = new Map();
  readonly #counters = new Float64Array(KEPT_FRAMES_MAX);
  readonly #tokens = new Float64Array(KEPT_FRAMES_MAX);
  readonly #sentMs = new Float64Array(KEPT_FRAMES_MAX);
  readonly #offsets = new Uint32Array(KEPT_FRAMES_MAX);
  readonly #lengths = new Uint32Array(KEPT_FRAMES_MAX);
  /** Bytes of each frame but the last, which differ from the length where it is a train. */
  readonly #frameBytes = new Uint32Array(KEPT_FRAMES_MAX);
  #piece = new Uint8Array(0);
  #bytes = new Uint8Array(0);
  /** Where the next frame goes. */
  #at = 0;
  #first = 0;
  #count = 0;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
    budget.usedBytes += KEPT_TABLE_BYTES;
  }

  /** Frames and trains kept. */
  get size(): number {
    return this.#count;
  }

  /** The oldest counter kept, or `next` where nothing is. */
  oldest(next: number): number {
    return this.#count === 0 ? next : (this.#counters[this.#first] ?? next);
  }

  /** Keeps a single frame. */
  keepFrame(counter: number, frame: Uint8Array, nowMs: number, lifeMs: number): void {
    const slot = this.#slotFor(frame.length, nowMs, lifeMs);
    if (slot === undefined) return;
    this.#bytes.set(frame, this.#offsets[slot]);
    this.#note(slot, counter, NO_TOKEN, frame.length, nowMs);
  }

  /** Keeps a train: its first frame as it was, and behind that the payloads of the others. */
  keepTrain(counter: number, token: number, run: FrameRun, nowMs: number, lifeMs: number): void {
    const { body, frameBytes, heads, lead } = run;
    const slot = this.#slotFor(RUN_HEAD_BYTES + lead.length + body.length, nowMs, lifeMs);
    if (slot === undefined) return;
    let at = this.#offsets[slot] ?? 0;
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
      if ((this.#counters[this.#slot(middle)] ?? 0) < counter) low = middle + 1;
      else high = middle;
    }
    const slot = this.#slot(low);
    if (low === this.#count || this.#counters[slot] !== counter) return undefined;
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
    const frameBytes = this.#frameBytes[slot] ?? 0;
    const roomBytes = frameBytes - RUN_HEAD_BYTES;
    const from = RUN_HEAD_BYTES + index * roomBytes;
    const bytes = Math.min(roomBytes, (this.#lengths[slot] ?? 0) - from);
    if (bytes <= 0) return undefined;
    if (this.#piece.length < frameBytes) this.#piece = new Uint8Array(frameBytes);
    const view = new DataView(this.#piece.buffer);
    view.setUint8(0, FRAME_PIECE);
    view.setUint32(1, receiverIndex);
    view.setUint16(5, Math.floor(token / 0x1_0000_0000));
    view.setUint32(7, token >>> 0);
    view.setUint16(11, index);
    const at = (this.#offsets[slot] ?? 0) + from;
    this.#piece.set(this.#bytes.subarray(at, at + bytes), RUN_HEAD_BYTES);
    return this.#piece.subarray(0, RUN_HEAD_BYTES + bytes);
  }

  /** Forgets everything and gives the memory back; nothing is kept here afterwards. */
  clear(): void {
    this.#budget.usedBytes -= this.#bytes.length + KEPT_TABLE_BYTES;
    this.#bytes = new Uint8Array(0);
    this.#piece = new Uint8Array(0);
    this.#trains.clear();
    this.#count = 0;
    this.#at = 0;
  }

  #firstFrame(slot: number): Uint8Array {
    const at = this.#offsets[slot] ?? 0;
    const bytes = Math.min(this.#lengths[slot] ?? 0, this.#frameBytes[slot] ?? 0);
    return this.#bytes.subarray(at, at + bytes);
  }

  #slot(index: number): number {
    return (this.#first + index) % KEPT_FRAMES_MAX;
  }

  /** Room for a frame, its offset and length noted; undefined where there is none. */
  #slotFor(bytes: number, nowMs: number, lifeMs: number): number | undefined {
    this.#expire(nowMs - lifeMs);
    if (this.#count === KEPT_FRAMES_MAX) this.#dropOldest();
    while (!this.#hasRoom(bytes)) {
      if (this.#count > 0 && !this.#grow()) this.#dropOldest();
      else if (this.#count === 0 && !this.#grow()) return undefined;
    }
    const slot = this.#slot(this.#count);
    this.#offsets[slot] = this.#at;
    this.#lengths[slot] = bytes;
    this.#at += bytes;
    return slot;
  }

  #note(slot: number, counter: number, token: number, frameBytes: number, nowMs: number): void {
    this.#counters[slot] = counter;
    this.#tokens[slot] = token;
    this.#frameBytes[slot] = frameBytes;
    this.#sentMs[slot] = nowMs;
    this.#count++;
  }

  /** Whether so many bytes fit without dropping anything; moves to where they go. */
  #hasRoom(bytes: number): boolean {
    if (this.#count === 0) this.#at = 0;
    const oldestAt = this.#offsets[this.#first] ?? 0;
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
      const from = this.#offsets[slot] ?? 0;
      const length = this.#lengths[slot] ?? 0;
      grown.set(this.#bytes.subarray(from, from + length), at);
      this.#offsets[slot] = at;
      at += length;
    }
    this.#budget.usedBytes += bytes - this.#bytes.length;
    this.#bytes = grown;
    this.#at = at;
    return true;
  }

  #expire(beforeMs: number): void {
    while (this.#count > 0 && (this.#sentMs[this.#first] ?? 0) < beforeMs) this.#dropOldest();
  }

  #dropOldest(): void {
    const token = this.#tokens[this.#first] ?? NO_TOKEN;
    if (token !== NO_TOKEN) this.#trains.delete(token);
    this.#first = (this.#first + 1) % KEPT_FRAMES_MAX;
    this.#count--;
  }
}
