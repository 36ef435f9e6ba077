/** Bytes per block. */
const BLOCK_BYTES = 16_384;
/** Blocks kept for the next bytes: making and clearing one takes longer than filling it. */
const SPARE_BLOCKS_MAX = 256;
const spareBlocks: Uint8Array[] = [];

/**
 * The bytes of a stream between a rising lower end and whatever was written last, in blocks found
 * by offset. Writing, reading and dropping cost only the bytes concerned. Which bytes are filled
 * is the owner's knowledge.
 */
export class BlockBuffer {
  #blocks: (Uint8Array | undefined)[] = [];
  /** Number of the first block kept: stream offset divided by the block size. */
  #first = 0;

  #blockCount = 0;
  readonly #isRecycled: boolean;

  /** @param isRecycled nobody keeps a view of it, so that its memory may soon be another's */
  constructor(isRecycled = false) {
    this.#isRecycled = isRecycled;
  }

  /** Bytes of memory that it has taken. */
  get memoryBytes(): number {
    return this.#blockCount * BLOCK_BYTES;
  }

  /** Bytes of memory that writing there would take beyond those. */
  memoryFor(offset: number, length: number): number {
    if (length === 0) return 0;
    let missing = 0;
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES) - this.#first;
    for (let at = Math.floor(offset / BLOCK_BYTES) - this.#first; at <= last; at++) {
      if (this.#blocks[at] === undefined) missing++;
    }
    return missing * BLOCK_BYTES;
  }

  /** Copies `bytes` to their place; `offset` must not lie below what was dropped. */
  write(offset: number, bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const block = this.#blockFor(offset + at);
      const inside = (offset + at) % BLOCK_BYTES;
      const length = Math.min(BLOCK_BYTES - inside, bytes.length - at);
      block.set(length === bytes.length ? bytes : bytes.subarray(at, at + length), inside);
      at += length;
    }
  }

  /** A view of written bytes from `offset` on, at most `length` and at most to the block's end. */
  view(offset: number, length: number): Uint8Array {
    const inside = offset % BLOCK_BYTES;
    const block = this.#blockFor(offset);
    if (inside === 0 && length >= BLOCK_BYTES) return block;
    return block.subarray(inside, Math.min(BLOCK_BYTES, inside + length));
  }

  /** Forgets the bytes below `offset`. */
  dropBelow(offset: number): void {
    const first = Math.floor(offset / BLOCK_BYTES);
    const count = first - this.#first;
    if (count <= 0) return;
    this.#recycle(this.#blocks.splice(0, count));
    this.#first = first;
  }

  /** Forgets everything; the next bytes begin at `offset`. */
  clear(offset: number): void {
    this.#recycle(this.#blocks.splice(0));
    this.#first = Math.floor(offset / BLOCK_BYTES);
  }

  #recycle(blocks: readonly (Uint8Array | undefined)[]): void {
    for (const block of blocks) if (block !== undefined) this.#blockCount--;
    if (!this.#isRecycled) return;
    for (const block of blocks) {
      if (spareBlocks.length >= SPARE_BLOCKS_MAX) return;
      if (block !== undefined) spareBlocks.push(block);
    }
  }

  #blockFor(offset: number): Uint8Array {
    const index = Math.floor(offset / BLOCK_BYTES) - this.#first;
    let block = this.#blocks[index];
    if (block === undefined) {
      const spare = this.#isRecycled ? spareBlocks.pop() : undefined;
      block = spare ?? new Uint8Array(BLOCK_BYTES);
      while (this.#blocks.length < index) this.#blocks.push(undefined);
      this.#blocks[index] = block;
      this.#blockCount++;
    }
    return block;
  }
}
