/** Bytes per block. */
const BLOCK_BYTES = 16_384;

/**
 * The bytes of a stream between a rising lower end and whatever was written last, in blocks found
 * by offset. Writing, reading and dropping cost only the bytes concerned. Which bytes are filled
 * is the owner's knowledge.
 */
export class BlockBuffer {
  #blocks: (Uint8Array | undefined)[] = [];
  /** Number of the first block kept: stream offset divided by the block size. */
  #first = 0;

  /** Copies `bytes` to their place; `offset` must not lie below what was dropped. */
  write(offset: number, bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const block = this.#blockFor(offset + at);
      const inside = (offset + at) % BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - inside, bytes.length - at);
      block.set(bytes.subarray(at, at + length), inside);
      at += length;
    }
  }

  /** A view of written bytes from `offset` on, at most `length` and at most to the block's end. */
  view(offset: number, length: number): Uint8Array {
    const inside = offset % BLOCK_BYTES;
    return this.#blockFor(offset).subarray(inside, Math.min(BLOCK_BYTES, inside + length));
  }

  /** Forgets the bytes below `offset`. */
  dropBelow(offset: number): void {
    const first = Math.floor(offset / BLOCK_BYTES);
    const count = first - this.#first;
    if (count <= 0) return;
    if (count >= this.#blocks.length) this.#blocks = [];
    else this.#blocks.splice(0, count);
    this.#first = first;
  }

  /** Forgets everything; the next bytes begin at `offset`. */
  clear(offset: number): void {
    this.#blocks = [];
    this.#first = Math.floor(offset / BLOCK_BYTES);
  }

  #blockFor(offset: number): Uint8Array {
    const index = Math.floor(offset / BLOCK_BYTES) - this.#first;
    let block = this.#blocks[index];
    if (block === undefined) {
      block = new Uint8Array(BLOCK_BYTES);
      while (this.#blocks.length < index) this.#blocks.push(undefined);
      this.#blocks[index] = block;
    }
    return block;
  }
}
