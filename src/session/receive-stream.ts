import { BlockBuffer } from "./block-buffer.ts";
import { SessionError } from "./errors.ts";
import type { HeldShare } from "./held-memory.ts";
import { STREAM_GAPS_MAX, STREAM_WINDOW_BYTES } from "./limits.ts";
import { RangeSet } from "./range-set.ts";

/** Takes lent bytes in order; false: no more are wanted. */
export type Deliver = (bytes: Uint8Array) => boolean;

/** How much of a window must have come free before the other side is told. */
const UPDATE_FRACTION = 4;
/** The same where the other side has nearly used up what it knows of, and may be waiting. */
const URGENT_FRACTION = 64;

/**
 * A receive window (RFC 9000 section 4): bytes are first received, then consumed, which moves the
 * limit that the other side may send up to.
 */
export class ReceiveWindow {
  readonly #sizeBytes: number;
  #consumed = 0;
  #announced: number;

  /** @param sizeBytes bytes that may be received and not consumed */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#announced = sizeBytes;
  }

  /** The limit that the other side knows, or will as soon as the frame arrives. */
  get announcedLimit(): number {
    return this.#announced;
  }

  /**
   * Bytes were dealt with.
   * @param received bytes received so far
   * @returns whether the other side should hear of a new limit now
   */
  consume(byteCount: number, received: number): boolean {
    this.#consumed += byteCount;
    const limit = this.#consumed + this.#sizeBytes;
    const urgent = this.#announced - received <= this.#sizeBytes / UPDATE_FRACTION;
    const step = this.#sizeBytes / (urgent ? URGENT_FRACTION : UPDATE_FRACTION);
    if (limit - this.#announced < step) return false;
    this.#announced = limit;
    return true;
  }
}

/**
 * The receiving half of a stream: puts bytes in order. Bytes that come in order pass through
 * without a copy.
 */
export class ReceiveStream {
  readonly window: ReceiveWindow = new ReceiveWindow(STREAM_WINDOW_BYTES);
  readonly #buffer: BlockBuffer = new BlockBuffer();
  /** Received beyond `#next`. */
  readonly #held: RangeSet = new RangeSet();
  #next = 0;
  #highest = 0;
  #finalSize: number | undefined;
  #share: HeldShare | undefined;

  /** What is held out of order is counted there from now on. */
  countWith(share: HeldShare): void {
    this.#share = share;
  }

  /** The highest offset seen: what counts against flow control. */
  get highest(): number {
    return this.#highest;
  }

  /** Bytes handed on in order. */
  get delivered(): number {
    return this.#next;
  }

  /** Whether the end is known and everything before it was handed on. */
  get complete(): boolean {
    return this.#finalSize === this.#next;
  }

  /** Whether the other side has said where the stream ends. */
  get finalSizeKnown(): boolean {
    return this.#finalSize !== undefined;
  }

  /**
   * Counts a frame before its bytes are looked at.
   * @returns by how much the highest offset grew
   * @throws SessionError where the other side breaks the window or contradicts itself
   */
  account(offset: number, length: number, fin: boolean): number {
    const end = offset + length;
    if (end > this.window.announcedLimit) {
      throw new SessionError("flow-control", "A stream was sent beyond its window.");
    }
    const final = this.#finalSize;
    if (final !== undefined && (end > final || (fin && end !== final))) {
      throw new SessionError("protocol", "A stream changed its final size.");
    }
    if (fin && end < this.#highest) {
      throw new SessionError("protocol", "A stream ended before bytes already sent.");
    }
    if (fin) this.#finalSize = end;
    const grown = Math.max(0, end - this.#highest);
    this.#highest += grown;
    return grown;
  }

  /**
   * Takes the bytes of a frame and hands on what is in order now.
   * @param deliver gets lent views; answering false stops the delivery for good. Undefined while
   *   the stream's opening has not arrived: everything is held until `release`
   * @returns false where they are out of order and there is no memory left for that: as if they had
   *   been lost on the way
   */
  receive(offset: number, data: Uint8Array, deliver: Deliver | undefined): boolean {
    const end = offset + data.length;
    if (end <= this.#next) return true;
    if (offset > this.#next || deliver === undefined) return this.#hold(offset, data);
    const fresh = data.subarray(this.#next - offset);
    this.#next = end;
    if (deliver(fresh)) this.release(deliver);
    return true;
  }

  /** Hands on held bytes that are in order. */
  release(deliver: Deliver): void {
    if (this.#held.size === 0) return;
    while (this.#held.size > 0 && this.#held.start(0) <= this.#next) {
      const end = this.#held.end(0);
      this.#held.dropFirst();
      while (this.#next < end) {
        const view = this.#buffer.view(this.#next, end - this.#next);
        this.#next += view.length;
        if (!deliver(view)) return;
      }
    }
    if (this.#held.size === 0) this.drop();
    else this.#dropBelow(this.#next);
  }

  /** Forgets held bytes: the stream was given up. */
  drop(): void {
    this.#held.clear();
    const before = this.#buffer.memoryBytes;
    this.#buffer.clear(this.#next);
    this.#share?.give(before);
  }

  #dropBelow(offset: number): void {
    const before = this.#buffer.memoryBytes;
    this.#buffer.dropBelow(offset);
    const freed = before - this.#buffer.memoryBytes;
    if (freed > 0) this.#share?.give(freed);
  }

  #hold(offset: number, data: Uint8Array): boolean {
    this.#dropBelow(this.#next);
    const wanted = this.#buffer.memoryFor(offset, data.length);
    if (this.#share?.take(wanted) === false) return false;
    this.#buffer.write(offset, data);
    this.#held.add(offset, offset + data.length);
    if (this.#held.size > STREAM_GAPS_MAX) {
      throw new SessionError("protocol", "A stream was sent in too many crumbs.");
    }
    return true;
  }
}
