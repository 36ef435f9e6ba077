import { HASH_BYTES } from "./merkle.ts";

/** Stripes whose leaves lie in one piece of memory, where there are many of them. */
const PIECE_ROWS_MAX = 256;
/** How many times as many stripes a piece holds as the one before, at first. */
const GROWTH = 4;

/**
 * The leaves of all fragments, stripe by stripe. Pieces of memory are never moved to larger ones: what is given up
 * lies about for long before it is collected, and a put of gigabytes would give up as much as it keeps.
 */
export class LeafRows {
  readonly #rowBytes: number;
  readonly #pieces: Uint8Array[] = [];
  /** Rows in the pieces before the last one, and in all. */
  #full = 0;
  #rows = 0;

  /** @param fragments leaves in a row */
  constructor(fragments: number) {
    this.#rowBytes = fragments * HASH_BYTES;
  }

  /** Bytes of one fragment's list. */
  get listBytes(): number {
    return this.#rows * HASH_BYTES;
  }

  /** Adds the leaves of a stripe, one for each fragment, in front of which may stand more in `leaves`. */
  push(leaves: Uint8Array): void {
    const rowBytes = this.#rowBytes;
    let piece = this.#pieces.at(-1);
    let at = (this.#rows - this.#full) * rowBytes;
    if (piece === undefined || at === piece.length) {
      this.#full = this.#rows;
      const rows = Math.min(PIECE_ROWS_MAX, Math.max(1, this.#rows * (GROWTH - 1)));
      piece = new Uint8Array(rows * rowBytes);
      this.#pieces.push(piece);
      at = 0;
    }
    piece.set(leaves.length === rowBytes ? leaves : leaves.subarray(0, rowBytes), at);
    this.#rows++;
  }

  /** Writes the list of one fragment, `listBytes`, to the beginning of `list`. */
  write(fragment: number, list: Uint8Array): void {
    const rowBytes = this.#rowBytes;
    let to = 0;
    for (const piece of this.#pieces) {
      const end = Math.min(piece.length, this.#rows * rowBytes - (to / HASH_BYTES) * rowBytes);
      for (let at = 0; at < end; at += rowBytes) {
        const from = at + fragment * HASH_BYTES;
        list.set(piece.subarray(from, from + HASH_BYTES), to);
        to += HASH_BYTES;
      }
    }
  }
}
