import { createHash } from "node:crypto";

/** Seeded choices: the same seed makes the same plan of kills, sizes and texts. */
export class Dice {
  #state: number;

  constructor(seed: string) {
    this.#state = createHash("sha256").update(seed).digest().readUInt32LE(0);
  }

  /** 0 <= number < 1 (Mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number of 0 … below - 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Bytes that nobody can compress or guess. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const words = new Uint32Array(Math.ceil(length / 4));
    for (let i = 0; i < words.length; i++) words[i] = Math.floor(this.next() * 2 ** 32);
    return new Uint8Array(words.buffer, 0, length);
  }
}

/** The seed of this run: PEERNET_SEED repeats a run that is printed with it. */
export function runSeed(): string {
  const seed = process.env["PEERNET_SEED"] ?? String(Date.now() % 1_000_000);
  console.log(`seed ${seed}; repeat with PEERNET_SEED=${seed}`);
  return seed;
}
