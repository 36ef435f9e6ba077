import {
  CONTROL_MESSAGE_BYTES_MAX,
  CONTROL_SEGMENT_BYTES_MAX,
  CONTROL_WINDOW_SEGMENTS_MAX,
} from "./limits.ts";
import type { Ack, Segment } from "./messages.ts";

interface Kept {
  readonly more: boolean;
  readonly content: Uint8Array;
}

/** The receiving half of a control channel: orders segments and puts messages together. */
export class ControlReceiver {
  readonly #tag: number;
  readonly #early: Map<number, Kept> = new Map();
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #next: number;
  #broken = false;

  /**
   * @param tag names the channel; segments with another one are ignored
   * @param firstSeq 0 except in tests
   */
  constructor(tag: number, firstSeq = 0) {
    this.#tag = tag;
    this.#next = firstSeq;
  }

  /** The other side broke the rules; the neighbour must be reset. */
  get broken(): boolean {
    return this.#broken;
  }

  /** What has arrived so far. */
  ack(): Ack {
    let bitmap = 0;
    for (let bit = 0; bit < 32; bit++) {
      if (this.#early.has(this.#next + 1 + bit)) bitmap |= 1 << bit;
    }
    return { type: "ack", tag: this.#tag, next: this.#next, bitmap: bitmap >>> 0 };
  }

  /**
   * Takes a segment and hands every message that is complete now to `deliver` (lent).
   * False: not of this channel, so there is nothing to acknowledge.
   */
  take(segment: Segment, deliver: (message: Uint8Array) => void): boolean {
    if (segment.tag !== this.#tag || this.#broken) return false;
    // Empty pieces of a message that never ends would pile up without adding to its bytes.
    const endless = segment.more && segment.content.length === 0;
    if (endless || segment.content.length > CONTROL_SEGMENT_BYTES_MAX) {
      this.#broken = true;
      return false;
    }
    const ahead = segment.seq - this.#next;
    if (ahead < 0 || ahead >= CONTROL_WINDOW_SEGMENTS_MAX) return true;
    if (ahead > 0) {
      if (!this.#early.has(segment.seq)) {
        this.#early.set(segment.seq, { more: segment.more, content: segment.content.slice() });
      }
      return true;
    }
    let current: Kept | undefined = segment;
    while (current !== undefined && !this.#broken) {
      this.#early.delete(this.#next);
      this.#next += 1;
      this.#append(current, deliver);
      current = this.#early.get(this.#next);
    }
    return true;
  }

  #append(segment: Kept, deliver: (message: Uint8Array) => void): void {
    this.#partsBytes += segment.content.length;
    if (this.#partsBytes > CONTROL_MESSAGE_BYTES_MAX) {
      this.#broken = true;
      this.#parts = [];
      return;
    }
    if (segment.more) {
      this.#parts.push(segment.content.slice());
      return;
    }
    const message = this.#parts.length === 0 ? segment.content : this.#join(segment.content);
    this.#parts = [];
    this.#partsBytes = 0;
    deliver(message);
  }

  #join(last: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#partsBytes);
    let at = 0;
    for (const part of [...this.#parts, last]) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
