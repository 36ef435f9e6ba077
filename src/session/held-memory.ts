import { assert } from "../base/errors.ts";
import { HELD_BYTES_MAX } from "./limits.ts";

/**
 * Memory for what came out of order, of all sessions of a peer together. Each may hold as much as is still free
 * (dynamic thresholds of shared-memory switches, Choudhury and Hahne 1998): one alone has plenty, and however many
 * take all they can get, whoever comes next finds something.
 */
export class HeldMemory {
  #freeBytes: number;

  /** @param bytesMax for all together */
  constructor(bytesMax: number = HELD_BYTES_MAX) {
    this.#freeBytes = bytesMax;
  }

  /** Bytes that nobody holds. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** What one session holds of it, nothing at first. */
  share(): HeldShare {
    return new HeldShare((bytes) => {
      this.#freeBytes -= bytes;
      return this.#freeBytes;
    });
  }
}

/** One session's part of the memory for what came out of order. */
export class HeldShare {
  readonly #takeFrom: (bytes: number) => number;
  #heldBytes = 0;

  /** @param takeFrom takes bytes from what is free, gives them back where negative; returns what is free then */
  constructor(takeFrom: (bytes: number) => number) {
    this.#takeFrom = takeFrom;
  }

  /** Takes so many bytes more; false, and nothing taken, where this session has its share already. */
  take(bytes: number): boolean {
    if (bytes === 0) return true;
    if (this.#heldBytes + bytes > this.#takeFrom(0)) return false;
    this.#heldBytes += bytes;
    this.#takeFrom(bytes);
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#heldBytes -= bytes;
    assert(this.#heldBytes >= 0, "More was given back than taken.");
    this.#takeFrom(-bytes);
  }
}
