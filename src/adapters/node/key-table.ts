import { randomBytes } from "node:crypto";

/** Looks at the key behind an item of the table. */
export interface KeyReader {
  /** Whether the key at this place of this segment is the first `length` bytes of `key`. */
  isKey(segment: number, place: number, key: Uint8Array, from: number, length: number): boolean;
}

const SLOTS_MIN = 1_024;
/** Numbers in a slot; the last is not used. */
const WORDS = 4;
const SEGMENT = 1;
/** 0 where the slot is free: no entry begins there. */
const PLACE = 2;

/**
 * From keys to where they are: a hash table with open addressing (linear probing, deletion by
 * shifting back; Knuth, The Art of Computer Programming, vol. 3, section 6.4, algorithm R). Sixteen
 * bytes for a slot, at most half of the slots in use; the keys themselves lie elsewhere.
 */
export class KeyTable {
  readonly #reader: KeyReader;
  /** Keys come from strangers in part: they must not know which ones collide. */
  readonly #seed: number = randomBytes(4).readUInt32LE();
  /** For each slot its hash, segment and place; one line of the processor's cache has all of them. */
  #slots: Uint32Array = new Uint32Array(SLOTS_MIN * WORDS);
  #mask = SLOTS_MIN - 1;
  #count = 0;

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
    const slots = this.#slots;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      const place = slots[at + PLACE] ?? 0;
      if (place === 0) return -1;
      if (slots[at] !== hash) continue;
      if (this.#reader.isKey(slots[at + SEGMENT] ?? 0, place, key, from, length)) return slot;
    }
  }

  segmentAt(slot: number): number {
    return this.#slots[slot * WORDS + SEGMENT] ?? 0;
  }

  placeAt(slot: number): number {
    return this.#slots[slot * WORDS + PLACE] ?? 0;
  }

  /** Changes where the key of a slot is. */
  move(slot: number, segment: number, place: number): void {
    this.#slots[slot * WORDS + SEGMENT] = segment;
    this.#slots[slot * WORDS + PLACE] = place;
  }

  /** Adds a key that is not there. */
  add(hash: number, segment: number, place: number): void {
    this.reserve(this.#count + 1);
    this.#put(hash, segment, place);
    this.#count++;
  }

  /** Frees a slot. */
  remove(slot: number): void {
    const mask = this.#mask;
    let hole = slot;
    for (let next = (hole + 1) & mask; this.placeAt(next) !== 0; next = (next + 1) & mask) {
      const home = (this.#slots[next * WORDS] ?? 0) & mask;
      // Moves back what would not be found across the hole.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      this.#slots.copyWithin(hole * WORDS, next * WORDS, (next + 1) * WORDS);
      hole = next;
    }
    this.move(hole, 0, 0);
    this.#count--;
  }

  /** Makes room for so many items at once. */
  reserve(count: number): void {
    const old = this.#slots;
    let slots = old.length / WORDS;
    if (count * 2 <= slots) return;
    while (slots < count * 2) slots *= 2;
    this.#slots = new Uint32Array(slots * WORDS);
    this.#mask = slots - 1;
    for (let at = 0; at < old.length; at += WORDS) {
      const place = old[at + PLACE] ?? 0;
      if (place !== 0) this.#put(old[at] ?? 0, old[at + SEGMENT] ?? 0, place);
    }
  }

  #put(hash: number, segment: number, place: number): void {
    let slot = hash & this.#mask;
    while (this.placeAt(slot) !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * WORDS] = hash;
    this.move(slot, segment, place);
  }
}

function mixed(word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
}
