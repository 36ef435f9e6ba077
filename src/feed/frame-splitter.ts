import { TypedError } from "../base/errors.ts";
import { WireError } from "../wire/index.ts";

const LENGTH_BYTES = 4;

/** Cuts a byte stream into frames that each follow their length (4 bytes, big-endian). */
export class FrameSplitter {
  readonly #frameBytesMax: number;
  readonly #isLending: boolean;
  #held: Uint8Array = new Uint8Array(512);
  #heldBytes = 0;

  /**
   * @param frameBytesMax length above which a frame is refused before it is collected
   * @param isLending whether frames are handed over without a copy: each is good only until `take` returns
   */
  constructor(frameBytesMax: number, isLending = false) {
    this.#frameBytesMax = frameBytesMax;
    this.#isLending = isLending;
  }

  /**
   * Takes the next bytes and hands over every frame that is complete now; each frame is a copy, unless it lends.
   * @throws WireError("too-large") for a frame above the limit, and whatever `take` throws
   */
  push(bytes: Uint8Array, take: (frame: Uint8Array) => void): void {
    let at = 0;
    while (at < bytes.length) {
      const end = this.#heldBytes === 0 ? this.#endOfWhole(bytes, at) : undefined;
      if (end !== undefined) {
        const from = bytes.byteOffset + at + LENGTH_BYTES;
        const frame = new Uint8Array(bytes.buffer, from, end - at - LENGTH_BYTES);
        at = end;
        take(this.#isLending ? frame : new Uint8Array(frame));
        continue;
      }
      const needed = this.#missingBytes();
      const part = bytes.subarray(at, at + needed);
      this.#hold(part);
      at += part.length;
      if (this.#missingBytes() === 0) {
        const frame = this.#held.slice(LENGTH_BYTES, this.#heldBytes);
        this.#heldBytes = 0;
        take(frame);
      }
    }
  }

  /**
   * The same for what a stranger sends: what `take` or the limit refuses goes to `refuse`, and
   * nothing behind it is read.
   */
  read(
    bytes: Uint8Array,
    take: (frame: Uint8Array) => void,
    refuse: (error: TypedError) => void,
  ): void {
    try {
      this.push(bytes, take);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      refuse(error);
    }
  }

  /** Bytes until the length field, or with it the frame, is complete. */
  #missingBytes(): number {
    if (this.#heldBytes < LENGTH_BYTES) return LENGTH_BYTES - this.#heldBytes;
    return LENGTH_BYTES + this.#lengthAt(this.#held, 0) - this.#heldBytes;
  }

  /** Where a frame ends that begins here and is there as a whole: most come so, and are copied once. */
  #endOfWhole(bytes: Uint8Array, at: number): number | undefined {
    if (bytes.length - at < LENGTH_BYTES) return undefined;
    const end = at + LENGTH_BYTES + this.#lengthAt(bytes, at);
    return end <= bytes.length ? end : undefined;
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    let length = 0;
    for (let byte = 0; byte < LENGTH_BYTES; byte++) length = length * 256 + (bytes[at + byte] ?? 0);
    if (length > this.#frameBytesMax || length === 0) {
      throw new WireError("too-large", `A frame of ${length} bytes is outside its limits.`);
    }
    return length;
  }

  #hold(part: Uint8Array): void {
    const needed = this.#heldBytes + part.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, this.#held.length * 2));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes = needed;
  }
}

/** One frame as `FrameSplitter` expects it. */
export function frameOf(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_BYTES + content.length);
  new DataView(frame.buffer).setUint32(0, content.length);
  frame.set(content, LENGTH_BYTES);
  return frame;
}
