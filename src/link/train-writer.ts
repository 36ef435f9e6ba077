import { type FrameRun, writeFrameOfRun } from "../base/frame-run.ts";
import { LentViews } from "../base/lent-views.ts";
import { FRAME_PIECE, PIECE_HEAD_BYTES } from "./layout.ts";
import { FRAGMENTS_MAX } from "./limits.ts";

/** Payloads from so many bytes on are gathered where they lie; smaller ones leave several with one call of the system. */
export const GATHERED_BYTES_MIN = 16_384;

/** A packet on its way into a train. */
export interface TrainPlan {
  readonly frameBytes: number;
  readonly count: number;
  readonly receiverIndex: number;
  readonly token: number;
  /** The first frame up to its payload; lent. */
  readonly lead: Uint8Array;
  readonly payload: Uint8Array;
}

/** Writes trains. One per manager: its memory is used again for every packet. */
export class TrainWriter {
  readonly #heads = new Uint8Array(FRAGMENTS_MAX * PIECE_HEAD_BYTES);
  readonly #view: DataView = new DataView(this.#heads.buffer);
  /** Heads are ours, and leads are lent by one codec from the same few places. */
  readonly #views = new LentViews();
  #frame = new Uint8Array(0);

  constructor() {
    // Nothing but link and token changes from one train to the next.
    for (let index = 1; index < FRAGMENTS_MAX; index++) {
      this.#heads[index * PIECE_HEAD_BYTES] = FRAME_PIECE;
      this.#view.setUint16(index * PIECE_HEAD_BYTES + 11, index);
    }
  }

  /** The frames of a train; lent until the next one. */
  run({ frameBytes, count, receiverIndex, token, lead, payload }: TrainPlan): FrameRun {
    const heads = this.#heads;
    for (let at = 0; at < PIECE_HEAD_BYTES; at++) heads[at] = lead[at] ?? 0;
    const tokenHigh = Math.floor(token / 0x1_0000_0000);
    const end = count * PIECE_HEAD_BYTES;
    for (let at = PIECE_HEAD_BYTES; at < end; at += PIECE_HEAD_BYTES) {
      this.#view.setUint32(at + 1, receiverIndex);
      this.#view.setUint16(at + 5, tokenHigh);
      this.#view.setUint32(at + 7, token >>> 0);
    }
    return {
      frameBytes,
      count,
      heads: this.#views.of(heads, 0, end),
      lead: this.#views.of(lead, PIECE_HEAD_BYTES, lead.length),
      body: payload,
    };
  }

  /** A single frame as a run, so that its payload is gathered from where it lies; lent until the next one. */
  lone(lead: Uint8Array, payload: Uint8Array): FrameRun {
    const frameBytes = lead.length + payload.length;
    return this.run({ frameBytes, count: 1, receiverIndex: 0, token: 0, lead, payload });
  }

  /** Hands on each frame by itself, lent; false as soon as one is not taken. */
  each(run: FrameRun, hand: (frame: Uint8Array) => boolean): boolean {
    if (this.#frame.length < run.frameBytes) this.#frame = new Uint8Array(run.frameBytes);
    for (let index = 0; index < run.count; index++) {
      const bytes = writeFrameOfRun(run, index, this.#frame);
      if (!hand(this.#frame.subarray(0, bytes))) return false;
    }
    return true;
  }
}
