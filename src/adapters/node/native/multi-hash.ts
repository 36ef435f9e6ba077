import type { Ffi, NativeFunction } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

/** Texts that are hashed side by side. */
const LANES = 8;
/** Of as many, half of the lanes are used. */
const HALF = LANES / 2;
const HASH_BYTES = 32;
const HASH_WORDS = HASH_BYTES / 4;
/** Bytes that SHA-256 takes in at a time. */
const BLOCK_BYTES = 64;
/** Bytes behind a text: a bit and its length (FIPS 180-4 section 5.1.1). */
const PAD_BYTES_MIN = 9;
/** The blocks of a lane that are put together here: the end of its text, and what is put behind. */
const TAIL_BYTES = 2 * BLOCK_BYTES;
/** Shorter texts lie there wholly: V8 moves those of 64 bytes and less. */
const TAIL_TEXT_BYTES_MAX = TAIL_BYTES - PAD_BYTES_MIN;
/** SHA-256's first state (FIPS 180-4 section 5.3.3). */
const FIRST_STATE = [
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a],
  ...[0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
];

/** The same for all lanes: each word as many times as there are lanes. */
const FIRST_STATES: Uint32Array = Uint32Array.from(
  { length: HASH_WORDS * LANES },
  (_, i) => FIRST_STATE[Math.floor(i / LANES)] ?? 0,
);

const STATE_AT = 0;
const LANES_AT = STATE_AT + LANES * HASH_BYTES;
/** `struct { const unsigned char *ptr; int blocks; }`: its size, and where its second member is. */
const LANE = { size: 16, blocks: 8 } as const;
const TAILS_AT = LANES_AT + LANES * LANE.size;

/**
 * SHA-256 of several texts at a time by OpenSSL's own function for that, which it uses for TLS:
 * `sha256_multi_block(state, lanes, 1 or 2)`, the state being eight times every word of eight
 * hashes (crypto/sha/asm/sha256-mb-x86_64.pl). Where processors have instructions for SHA-256, one
 * text leaves them half idle; where they have none, eight texts fill the vectors. It is no
 * documented function: who makes one of these compares it with another before it is used.
 */
export class MultiHash {
  readonly #ffi: Ffi;
  readonly #hash: NativeFunction;
  readonly #memory: Pinned;
  readonly #view: DataView;

  /** @throws Error where this node's OpenSSL has no such function: on other processors than x64 */
  constructor(ffi: Ffi) {
    this.#ffi = ffi;
    this.#hash = ffi.find("sha256_multi_block", ["address", "address", "int"]);
    this.#memory = new Pinned(ffi, TAILS_AT + LANES * TAIL_BYTES);
    this.#view = new DataView(this.#memory.bytes.buffer);
  }

  /** As `CryptoSuite.sha256Each`. */
  sha256Each(texts: readonly Uint8Array[], into: Uint8Array): void {
    for (let first = 0; first < texts.length; first += LANES) {
      const end = Math.min(first + LANES, texts.length);
      if (areEquallyLong(texts, first, end)) this.#hashLanes(texts, first, end, into);
      else this.#hashMixed(texts.slice(first, end), into.subarray(first * HASH_BYTES));
    }
  }

  #hashMixed(texts: readonly Uint8Array[], into: Uint8Array): void {
    // The function ends at the first two lanes without a block: the long ones come first.
    const order = [...texts.entries()].sort(([, a], [, b]) => b.length - a.length);
    const hashes = new Uint8Array(texts.length * HASH_BYTES);
    const sorted = order.map(([, text]) => text);
    this.#hashLanes(sorted, 0, sorted.length, hashes);
    for (const [lane, [position]] of order.entries()) {
      const hash = hashes.subarray(lane * HASH_BYTES, (lane + 1) * HASH_BYTES);
      into.set(hash, position * HASH_BYTES);
    }
  }

  /** Hashes the texts from `first` up to `end`, at most as many as there are lanes, the longest first. */
  #hashLanes(texts: readonly Uint8Array[], first: number, end: number, into: Uint8Array): void {
    const { words, address } = this.#memory;
    const count = end - first;
    const groups = count > HALF ? 2 : 1;
    words.set(FIRST_STATES);
    for (let lane = count; lane < LANES; lane++) this.#layLane(lane, address, 0);
    if (this.#layTexts(texts, first, end))
      this.#hash(address + STATE_AT, address + LANES_AT, groups);
    for (let lane = 0; lane < count; lane++) {
      const text = texts[first + lane];
      if (text !== undefined) this.#layTail(lane, text);
    }
    this.#hash(address + STATE_AT, address + LANES_AT, groups);
    for (let lane = 0; lane < count; lane++) {
      let at = (first + lane) * HASH_BYTES;
      for (let word = lane; word < HASH_WORDS * LANES; word += LANES) {
        const value = words[word] ?? 0;
        into[at++] = value >>> 24;
        into[at++] = value >>> 16;
        into[at++] = value >>> 8;
        into[at++] = value;
      }
    }
  }

  /** Points the lanes to the whole blocks of long texts, where they lie; false: there are none. */
  #layTexts(texts: readonly Uint8Array[], first: number, end: number): boolean {
    let isAny = false;
    // Shards lie in one memory: asking for each one's address would take longer.
    let known: ArrayBufferLike | undefined;
    let start = 0;
    for (let i = first; i < end; i++) {
      const text = texts[i];
      if (text === undefined || text.length <= TAIL_TEXT_BYTES_MAX) {
        this.#layLane(i - first, this.#memory.address, 0);
        continue;
      }
      if (text.buffer !== known) {
        known = text.buffer;
        start = this.#ffi.addressOf(text) - text.byteOffset;
      }
      this.#layLane(i - first, start + text.byteOffset, Math.floor(text.length / BLOCK_BYTES));
      isAny = true;
    }
    return isAny;
  }

  /** The rest of a lane's text with what SHA-256 puts behind texts. */
  #layTail(lane: number, text: Uint8Array): void {
    const at = TAILS_AT + lane * TAIL_BYTES;
    const { bytes, address } = this.#memory;
    const { length } = text;
    const from = length <= TAIL_TEXT_BYTES_MAX ? 0 : length - (length % BLOCK_BYTES);
    const rest = length - from;
    // Byte by byte: of so few, views and calls to copy them would take longer.
    for (let i = 0; i < rest; i++) bytes[at + i] = text[from + i] ?? 0;
    bytes[at + rest] = 0x80;
    const blocks = rest + PAD_BYTES_MIN > BLOCK_BYTES ? 2 : 1;
    const end = at + blocks * BLOCK_BYTES;
    for (let i = at + rest + 1; i < end - 8; i++) bytes[i] = 0;
    this.#view.setUint32(end - 8, Math.floor(length / 0x2000_0000));
    this.#view.setUint32(end - 4, length << 3);
    this.#layLane(lane, address + at, blocks);
  }

  #layLane(lane: number, address: number, blocks: number): void {
    const at = LANES_AT + lane * LANE.size;
    this.#memory.put64(at, address);
    this.#memory.put32(at + LANE.blocks, blocks);
  }
}

/** Whether the texts from `first` up to `end` have one length. */
function areEquallyLong(texts: readonly Uint8Array[], first: number, end: number): boolean {
  const length = texts[first]?.length;
  for (let i = first + 1; i < end; i++) if (texts[i]?.length !== length) return false;
  return true;
}

/**
 * Hashes several texts at a time, or undefined where this node cannot, or does it wrongly.
 * @param sha256 what hashes one text rightly
 */
export function multiHash(
  ffi: Ffi,
  sha256: (text: Uint8Array) => Uint8Array,
): MultiHash | undefined {
  // The function's form is that of this version; a call of another one could do anything.
  if (process.arch !== "x64" || !process.versions.openssl?.startsWith("3.")) return undefined;
  try {
    const made = new MultiHash(ffi);
    return agrees(made, sha256) ? made : undefined;
  } catch {
    return undefined;
  }
}

/** Whether hashes are right for one to nine texts, of sizes around each bound, long beside short. */
function agrees(made: MultiHash, sha256: (text: Uint8Array) => Uint8Array): boolean {
  const bytes = Uint8Array.from({ length: 4_200 }, (_, i) => (i * 167) >> 3);
  const sizes = [0, 55, 56, 64, TAIL_TEXT_BYTES_MAX, TAIL_TEXT_BYTES_MAX + 1, 128, 4_096, 1_000];
  return sizes.every((_, last) => {
    const texts = sizes.slice(0, last + 1).map((size, i) => bytes.subarray(i, i + size));
    const into = new Uint8Array(texts.length * HASH_BYTES);
    made.sha256Each(texts, into);
    return texts.every((text, i) => {
      const hash = into.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      return Buffer.compare(hash, sha256(text)) === 0;
    });
  });
}
