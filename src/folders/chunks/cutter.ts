import { concatBytes, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { CHUNK_BYTES, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN } from "../limits.ts";

const GEAR_LABEL = utf8("peernet chunks v1");
const SHA256_BYTES = 32;

/** A random number for every value of a byte. */
export type Gear = Uint32Array;

/** The numbers of a folder: who does not have its key cannot tell contents by where they are cut. */
export function gearOf(suite: CryptoSuite, readKey: Uint8Array): Gear {
  const blocks = Array.from({ length: (256 * 4) / SHA256_BYTES }, (_, number) =>
    suite.sha256(GEAR_LABEL, readKey, Uint8Array.of(number)),
  );
  const view = new DataView(concatBytes(...blocks).buffer);
  return Uint32Array.from({ length: 256 }, (_, value) => view.getUint32(4 * value));
}

/** Bits of the hash that are zero at a cut: two more than usual before the mean, two less behind it. */
const BITS = Math.log2(CHUNK_BYTES);
const MASK_EARLY = mask(BITS + 2);
const MASK_LATE = mask(BITS - 2);

/** The uppermost bits: those know most of the bytes before. */
function mask(bits: number): number {
  return (0xffff_ffff << (32 - bits)) | 0;
}

/**
 * Cuts a stream of bytes where its content says so, not where it stands: bytes that are put in or
 * taken out change the chunks around them and no others (FastCDC, Xia et al. 2016, normalised
 * chunking of level 2).
 */
export class ChunkCutter {
  readonly #gear: Gear;
  readonly #onChunk: (chunk: Uint8Array) => void;
  readonly #chunk = new Uint8Array(CHUNK_BYTES_MAX);
  #length = 0;
  #hash = 0;
  #isCut = false;

  /** @param onChunk gets each chunk, lent for the call; never an empty one */
  constructor(gear: Gear, onChunk: (chunk: Uint8Array) => void) {
    this.#gear = gear;
    this.#onChunk = onChunk;
  }

  /** The next bytes; looked at during the call only. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const to = this.#scan(bytes, at);
      this.#chunk.set(bytes.subarray(at, to), this.#length);
      this.#length += to - at;
      at = to;
      if (this.#isCut) this.#emit();
    }
  }

  /** The last chunk ends here. */
  end(): void {
    if (this.#length > 0) this.#emit();
  }

  /** How far `bytes` from `from` on belong to the chunk that is being gathered, and whether it is cut there. */
  #scan(bytes: Uint8Array, from: number): number {
    const gear = this.#gear;
    const start = from - this.#length;
    const to = Math.min(bytes.length, start + CHUNK_BYTES_MAX);
    let hash = this.#hash;
    // What no cut can depend on is not looked at.
    let at = Math.max(from, Math.min(to, start + CHUNK_BYTES_MIN));
    this.#isCut = true;
    for (const late = Math.min(to, start + CHUNK_BYTES); at < late; ) {
      hash = ((hash << 1) + (gear[bytes[at++] ?? 0] ?? 0)) | 0;
      if ((hash & MASK_EARLY) === 0) return at;
    }
    while (at < to) {
      hash = ((hash << 1) + (gear[bytes[at++] ?? 0] ?? 0)) | 0;
      if ((hash & MASK_LATE) === 0) return at;
    }
    this.#hash = hash;
    this.#isCut = to === start + CHUNK_BYTES_MAX;
    return to;
  }

  #emit(): void {
    const chunk = this.#chunk.subarray(0, this.#length);
    this.#length = 0;
    this.#hash = 0;
    this.#isCut = false;
    this.#onChunk(chunk);
  }
}
