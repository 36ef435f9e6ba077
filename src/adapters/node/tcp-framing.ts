import { TCP_ASSEMBLY_BYTES_MIN, TCP_FRAME_BYTES_MAX } from "./limits.ts";

/** Bytes before every frame on a stream: its length, big endian. */
export const TCP_PREFIX_BYTES = 2;

/**
 * Cuts a byte stream into frames: 16-bit length, then that many bytes. Whole frames are lent
 * straight from the chunk; only a frame in pieces is copied, into a buffer that grows with the
 * bytes that really came, not with the length somebody claims.
 */
export class FrameSplitter {
  readonly #onFrame: (frame: Uint8Array) => void;
  #partial: Uint8Array = new Uint8Array(0);
  #filled = 0;

  /** @param onFrame receives each whole frame, lent for the call */
  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether a frame has begun and is not complete. */
  get pending(): boolean {
    return this.#filled > 0;
  }

  /**
   * Takes the next bytes of the stream.
   * @returns false when the stream is not ours (an empty frame): end the connection
   */
  push(chunk: Uint8Array): boolean {
    let at = 0;
    while (this.#filled > 0 && at < chunk.length) {
      at = this.#fill(chunk, at);
      if (at < 0) return false;
    }
    while (chunk.length - at >= TCP_PREFIX_BYTES) {
      const length = lengthAt(chunk, at);
      if (length === 0) return false;
      const end = at + TCP_PREFIX_BYTES + length;
      if (end > chunk.length) break;
      this.#onFrame(chunk.subarray(at + TCP_PREFIX_BYTES, end));
      at = end;
    }
    if (at < chunk.length) this.#append(chunk.subarray(at));
    return true;
  }

  /** Adds to the frame in pieces; returns the position after what was used, negative on garbage. */
  #fill(chunk: Uint8Array, at: number): number {
    const needed = this.#needed();
    const taken = Math.min(needed, chunk.length - at);
    this.#append(chunk.subarray(at, at + taken));
    if (this.#filled < TCP_PREFIX_BYTES) return at + taken;
    if (lengthAt(this.#partial, 0) === 0) return -1;
    if (this.#needed() === 0) {
      const filled = this.#filled;
      this.#filled = 0;
      this.#onFrame(this.#partial.subarray(TCP_PREFIX_BYTES, filled));
    }
    return at + taken;
  }

  #needed(): number {
    if (this.#filled < TCP_PREFIX_BYTES) return TCP_PREFIX_BYTES - this.#filled;
    return TCP_PREFIX_BYTES + lengthAt(this.#partial, 0) - this.#filled;
  }

  #append(bytes: Uint8Array): void {
    const size = this.#filled + bytes.length;
    if (size > this.#partial.length) {
      const ceiling = TCP_PREFIX_BYTES + TCP_FRAME_BYTES_MAX;
      const doubled = Math.max(TCP_ASSEMBLY_BYTES_MIN, 2 * this.#partial.length, size);
      const grown = new Uint8Array(Math.min(doubled, ceiling));
      grown.set(this.#partial.subarray(0, this.#filled));
      this.#partial = grown;
    }
    this.#partial.set(bytes, this.#filled);
    this.#filled = size;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

const prefix = new Uint8Array(TCP_PREFIX_BYTES);

/** What stands before a frame of that length; the array is used again by the next call. */
export function framePrefix(frameBytes: number): Uint8Array {
  prefix[0] = frameBytes >> 8;
  prefix[1] = frameBytes & 0xff;
  return prefix;
}
