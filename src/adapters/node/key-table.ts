import { randomBytes } from "node:crypto";
import { assert, must } from "../../base/errors.ts";

/** Looks at the key behind an item of the table. */
export interface KeyReader {
  /** Whether the key at this place of this segment is the first `length` bytes of `key`. */
  isKey(segment: number, place: number, key: Uint8Array, from: number, length: number): boolean;
}

/** Slots of a page, and the bits of a slot's number in it. */
const PAGE_SLOTS = 1_024;
const PAGE_BITS = 10;
const MASK = PAGE_SLOTS - 1;
/** Items of a page from which on it is split. */
const PAGE_ITEMS_MAX = 768;
/** Bits of a hash that choose a page, at most: the others choose the slot. */
const DEPTH_MAX = 32 - PAGE_BITS;
/** Numbers in a slot. */
const WORDS = 3;
const SEGMENT = 1;
/** 0 where the slot is free: no entry begins there. */
const PLACE = 2;

/** A part of the table: all keys whose hashes begin with the same bits. */
interface Page {
  /** For each slot its hash, segment and place. */
  readonly slots: Uint32Array;
  /** How many bits of the hash its keys have in common. */
  depth: number;
  count: number;
}

/**
 * From keys to where they are: extendible hashing (Fagin, Nievergelt, Pippenger, Strong 1979) over pages with open
 * addressing (linear probing, deletion by shifting back; Knuth, The Art of Computer Programming, vol. 3, section 6.4,
 * algorithm R). Twelve bytes for a slot, at most three quarters of the slots in use; the keys themselves lie elsewhere.
 * It grows by one page at a time: a table that doubles leaves half of its memory behind, which V8 gives back late.
 */
export class KeyTable {
  readonly #reader: KeyReader;
  /** Keys come from strangers in part: they must not know which ones collide. */
  readonly #seed: number = randomBytes(4).readUInt32LE();
  readonly #pages: Page[] = [newPage(0)];
  /** The page of every beginning of a hash of `#depth` bits. */
  #directory: number[] = [0];
  #depth = 0;
  #count = 0;
  /** What a page had before it is split. */
  readonly #scratch: Uint32Array = new Uint32Array(PAGE_SLOTS * WORDS);

  constructor(reader: KeyReader) {
    this.#reader = reader;
  }

  /** Items in the table. */
  get count(): number {
    return this.#count;
  }

  /** The hash of a key (MurmurHash3 x86_32, Appleby 2011). */
  hash(bytes: Uint8Array, from: number, length: number): number {
    let hash = this.#seed;
    const end = from + (length & ~3);
    let at = from;
    for (; at < end; at += 4) {
      const word =
        (bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24);
      hash ^= mixed(word);
      hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
    }
    let rest = 0;
    for (let i = from + length - 1; i >= at; i--) rest = (rest << 8) | (bytes[i] ?? 0);
    hash ^= mixed(rest);
    hash ^= length;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  /** The slot of a key with this hash, or -1. */
  find(hash: number, key: Uint8Array, from: number, length: number): number {
    const number = this.#pageOf(hash);
    const slots = this.#slotsOf(number);
    for (let left = PAGE_SLOTS, slot = hash & MASK; left > 0; left--, slot = (slot + 1) & MASK) {
      const at = slot * WORDS;
      const place = slots[at + PLACE] ?? 0;
      if (place === 0) return -1;
      if (slots[at] !== hash) continue;
      if (this.#reader.isKey(slots[at + SEGMENT] ?? 0, place, key, from, length)) {
        return number * PAGE_SLOTS + slot;
      }
    }
    return -1;
  }

  segmentAt(slot: number): number {
    return this.#slotsOf(slot >>> PAGE_BITS)[(slot & MASK) * WORDS + SEGMENT] ?? 0;
  }

  placeAt(slot: number): number {
    return this.#slotsOf(slot >>> PAGE_BITS)[(slot & MASK) * WORDS + PLACE] ?? 0;
  }

  /** Changes where the key of a slot is. */
  move(slot: number, segment: number, place: number): void {
    const slots = this.#slotsOf(slot >>> PAGE_BITS);
    const at = (slot & MASK) * WORDS;
    slots[at + SEGMENT] = segment;
    slots[at + PLACE] = place;
  }

  /** Adds a key that is not there. */
  add(hash: number, segment: number, place: number): void {
    for (;;) {
      const number = this.#pageOf(hash);
      const page = must(this.#pages[number], "every number is that of a page");
      if (page.count < PAGE_ITEMS_MAX || page.depth === DEPTH_MAX) {
        put(page, hash, segment, place);
        this.#count++;
        return;
      }
      this.#split(number);
    }
  }

  /** Frees a slot. */
  remove(slot: number): void {
    const page = must(this.#pages[slot >>> PAGE_BITS], "every slot is in a page");
    const { slots } = page;
    let hole = slot & MASK;
    for (
      let next = (hole + 1) & MASK;
      slots[next * WORDS + PLACE] !== 0;
      next = (next + 1) & MASK
    ) {
      const home = (slots[next * WORDS] ?? 0) & MASK;
      // Moves back what would not be found across the hole.
      if (((next - home) & MASK) < ((next - hole) & MASK)) continue;
      slots.copyWithin(hole * WORDS, next * WORDS, (next + 1) * WORDS);
      hole = next;
    }
    slots.fill(0, hole * WORDS, (hole + 1) * WORDS);
    page.count--;
    this.#count--;
  }

  /** Makes room for so many items at once. */
  reserve(count: number): void {
    // Hashes do not fill all pages alike.
    while (this.#pages.length * PAGE_ITEMS_MAX * 0.8 < count && this.#depth < DEPTH_MAX) {
      for (const number of [...this.#pages.keys()]) this.#split(number);
    }
  }

  /** The page of a hash. Not one shift: by 32 would be by none. */
  #pageOf(hash: number): number {
    return this.#directory[(hash >>> 1) >>> (31 - this.#depth)] ?? 0;
  }

  #slotsOf(page: number): Uint32Array {
    return must(this.#pages[page], "every slot is in a page").slots;
  }

  #split(number: number): void {
    const page = must(this.#pages[number], "every number is that of a page");
    if (page.depth === this.#depth) {
      this.#directory = this.#directory.flatMap((one) => [one, one]);
      this.#depth++;
    }
    page.depth++;
    const other = newPage(page.depth);
    const added = this.#pages.push(other) - 1;
    // All beginnings of a page lie side by side; the second half of them is the new one's.
    const half = 1 << (this.#depth - page.depth);
    const from = this.#directory.indexOf(number) + half;
    this.#directory.fill(added, from, from + half);
    const old = this.#scratch;
    old.set(page.slots);
    page.slots.fill(0);
    page.count = 0;
    for (let at = 0; at < old.length; at += WORDS) {
      const place = old[at + PLACE] ?? 0;
      if (place === 0) continue;
      const hash = old[at] ?? 0;
      const isOther = ((hash >>> (32 - page.depth)) & 1) === 1;
      put(isOther ? other : page, hash, old[at + SEGMENT] ?? 0, place);
    }
  }
}

function newPage(depth: number): Page {
  return { slots: new Uint32Array(PAGE_SLOTS * WORDS), depth, count: 0 };
}

function put(page: Page, hash: number, segment: number, place: number): void {
  assert(page.count < PAGE_SLOTS - 1, "so many keys never have hashes alike");
  const { slots } = page;
  let slot = hash & MASK;
  while (slots[slot * WORDS + PLACE] !== 0) slot = (slot + 1) & MASK;
  const at = slot * WORDS;
  slots[at] = hash;
  slots[at + SEGMENT] = segment;
  slots[at + PLACE] = place;
  page.count++;
}

function mixed(word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
}
