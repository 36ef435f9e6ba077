import type { Destination } from "./destination.ts";

/** Finds destinations by the 16 bytes of their id wherever these stand: packets need no text. */
export class IdIndex {
  readonly #seed: number;
  readonly #buckets = new Map<number, Destination[]>();

  /** @param seed unpredictable: ids are chosen by others, who could make them all fall together */
  constructor(seed: number) {
    this.#seed = seed;
  }

  add(destination: Destination): void {
    const key = hashId(destination.idBytes, 0, this.#seed);
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, [destination]);
    else bucket.push(destination);
  }

  delete(destination: Destination): void {
    const key = hashId(destination.idBytes, 0, this.#seed);
    const rest = (this.#buckets.get(key) ?? []).filter((other) => other !== destination);
    if (rest.length === 0) this.#buckets.delete(key);
    else this.#buckets.set(key, rest);
  }

  find(bytes: Uint8Array, offset: number): Destination | undefined {
    const bucket = this.#buckets.get(hashId(bytes, offset, this.#seed));
    if (bucket === undefined) return undefined;
    for (const destination of bucket) {
      if (matchesAt(bytes, offset, destination.idBytes)) return destination;
    }
    return undefined;
  }
}

/** 32 bits that depend on all 16 bytes of an id and on the seed. */
export function hashId(bytes: Uint8Array, offset: number, seed: number): number {
  let hash = seed | 0;
  for (let at = offset; at < offset + 16; at += 4) {
    const word =
      ((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return hash;
}

function matchesAt(bytes: Uint8Array, offset: number, id: Uint8Array): boolean {
  for (let i = 0; i < id.length; i++) if (bytes[offset + i] !== id[i]) return false;
  return bytes.length >= offset + id.length;
}
