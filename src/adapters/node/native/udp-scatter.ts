import { NO_BYTES } from "../../../base/bytes.ts";
import { type FrameRun, RUN_HEAD_BYTES } from "../../../base/frame-run.ts";
import { LentViews } from "../../../base/lent-views.ts";
import { UDP_SEGMENTS_MAX } from "../limits.ts";
import { PART, type Pinned } from "./pinned.ts";

/** What a datagram, or a bundle of them, can bring. */
const MESSAGE_BYTES = 65_536;
const HEADS_BYTES = 896;
/** Free bytes before the bodies, where the head of a single frame is put. */
const ROOM_BYTES = 64;
const SLOT_BYTES: number = HEADS_BYTES + ROOM_BYTES + MESSAGE_BYTES;
const PARTS_PER_SLOT: number = 2 * UDP_SEGMENTS_MAX + 1;
/** Frames of another size in one bundle that make the memory follow their size, or as many as fit. */
const FRAMES_TO_FOLLOW = 8;
const FRAME_BYTES_MIN = 64;

/** Bytes that so many slots need, a multiple of eight. */
export function scatterBytes(slots: number): number {
  return slots * (SLOT_BYTES + PARTS_PER_SLOT * PART.size);
}

/** What several frames in one message prove to be: a run, or none as far as this memory was laid out. */
export type Scattered =
  | { readonly kind: "run"; readonly run: FrameRun }
  | { readonly kind: "frames"; readonly bytes: Uint8Array };

/**
 * Memory that messages are read into. The system is told to put the heads of frames in one place
 * and what follows them in another, in the hope that they are as long as those before: then what a
 * train carries lies in one piece, and nobody has to move it.
 */
export class ScatterSlots {
  readonly #memory: Pinned;
  readonly #at: number;
  readonly #slots: number;
  readonly #line = new Uint8Array(MESSAGE_BYTES);
  readonly #frames = new LentViews();
  #frameBytes: number;
  #wantedBytes: number;

  /**
   * @param at where its `scatterBytes(slots)` begin
   * @param frameBytes size of frames to begin with
   */
  constructor(memory: Pinned, at: number, slots: number, frameBytes: number) {
    this.#memory = memory;
    this.#at = at;
    this.#slots = slots;
    this.#frameBytes = frameBytes;
    this.#wantedBytes = frameBytes;
    this.#layOut();
  }

  /** Where the parts (`struct iovec`) of a slot are. */
  partsAt(slot: number): number {
    return this.#at + this.#slots * SLOT_BYTES + slot * PARTS_PER_SLOT * PART.size;
  }

  get partCount(): number {
    return 2 * this.#pairs + 1;
  }

  /** Follows the size of frames; true where `partCount` has changed. To be called between reads. */
  follow(): boolean {
    if (this.#wantedBytes === this.#frameBytes) return false;
    this.#frameBytes = this.#wantedBytes;
    this.#layOut();
    return true;
  }

  /** The frame that came into a slot, where it is one as long as expected at most; the next read overwrites it. */
  frame(slot: number, bytes: number, frameBytes: number): Uint8Array | undefined {
    if (bytes > frameBytes || bytes > this.#frameBytes) return undefined;
    const memory = this.#memory.bytes;
    const heads = this.#at + slot * SLOT_BYTES;
    const start = heads + HEADS_BYTES + ROOM_BYTES - RUN_HEAD_BYTES;
    memory.copyWithin(start, heads, heads + RUN_HEAD_BYTES);
    return this.#frames.of(memory, start, start + bytes);
  }

  /** What else came into a slot; views that the next read overwrites. */
  read(slot: number, bytes: number, frameBytes: number): Scattered {
    const memory = this.#memory.bytes;
    const heads = this.#at + slot * SLOT_BYTES;
    const bodies = heads + HEADS_BYTES + ROOM_BYTES;
    const count = Math.ceil(bytes / frameBytes);
    const lastBytes = bytes - (count - 1) * frameBytes;
    const isRun = frameBytes === this.#frameBytes && count <= this.#pairs;
    if (isRun && lastBytes >= RUN_HEAD_BYTES) {
      const headBytes = count * RUN_HEAD_BYTES;
      const run = {
        ...{ frameBytes, count, heads: memory.subarray(heads, heads + headBytes), lead: NO_BYTES },
        body: memory.subarray(bodies, bodies + bytes - headBytes),
      };
      return { kind: "run", run };
    }
    if (this.#isToFollow(count, frameBytes)) this.#wantedBytes = frameBytes;
    return { kind: "frames", bytes: this.#lined(heads, bodies, bytes) };
  }

  #isToFollow(count: number, frameBytes: number): boolean {
    if (count >= FRAMES_TO_FOLLOW) return frameBytes >= FRAME_BYTES_MIN;
    // So large that no bundle holds as many: one as full as it can be. Single ones need no less room than they have.
    const isFull = (count + 1) * frameBytes > MESSAGE_BYTES;
    return isFull && (count > 1 || frameBytes > this.#frameBytes);
  }

  get #pairs(): number {
    // The last frame of a full message is mostly shorter than the others.
    const most = Math.ceil((MESSAGE_BYTES - RUN_HEAD_BYTES) / this.#frameBytes);
    return Math.min(UDP_SEGMENTS_MAX, most);
  }

  /** The bytes of a message in their order. */
  #lined(heads: number, bodies: number, bytes: number): Uint8Array {
    const memory = this.#memory.bytes;
    const roomBytes = this.#frameBytes - RUN_HEAD_BYTES;
    const pairs = this.#pairs;
    let at = 0;
    for (let pair = 0; pair < pairs && at < bytes; pair++) {
      const head = heads + pair * RUN_HEAD_BYTES;
      this.#line.set(memory.subarray(head, head + RUN_HEAD_BYTES), at);
      at += RUN_HEAD_BYTES;
      const body = bodies + pair * roomBytes;
      const bodyBytes = Math.min(roomBytes, MESSAGE_BYTES - at);
      this.#line.set(memory.subarray(body, body + bodyBytes), at);
      at += roomBytes;
    }
    if (at < bytes) {
      const tail = bodies + pairs * roomBytes;
      this.#line.set(memory.subarray(tail, tail + bytes - at), at);
    }
    return this.#line.subarray(0, bytes);
  }

  #layOut(): void {
    const pairs = this.#pairs;
    const roomBytes = this.#frameBytes - RUN_HEAD_BYTES;
    for (let slot = 0; slot < this.#slots; slot++) {
      const heads = this.#at + slot * SLOT_BYTES;
      const bodies = heads + HEADS_BYTES + ROOM_BYTES;
      let part = this.partsAt(slot);
      for (let pair = 0; pair < pairs; pair++) {
        this.#put(part, heads + pair * RUN_HEAD_BYTES, RUN_HEAD_BYTES);
        const leftBytes = MESSAGE_BYTES - pair * this.#frameBytes - RUN_HEAD_BYTES;
        this.#put(part + PART.size, bodies + pair * roomBytes, Math.min(roomBytes, leftBytes));
        part += 2 * PART.size;
      }
      this.#put(
        part,
        bodies + pairs * roomBytes,
        Math.max(0, MESSAGE_BYTES - pairs * this.#frameBytes),
      );
    }
  }

  #put(part: number, at: number, bytes: number): void {
    this.#memory.put64(part + PART.base, this.#memory.address + at);
    this.#memory.put64(part + PART.bytes, bytes);
  }
}
