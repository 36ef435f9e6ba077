import {
  type DiskCallback,
  DiskError,
  type RecordStore,
  type RecordWrite,
} from "../../src/ports/index.ts";

/** Values lie one after another in pieces of this size, as in a file: an array for each costs more than most of them. */
const PIECE_BYTES = 65_536;

type Records = readonly { key: string; value: Uint8Array }[];

/**
 * A disk for small state whose every operation waits for `step`: an effect and its callback are
 * two steps, so a test can let the process die between them.
 */
export class MemoryRecords {
  /** What would survive a crash now. */
  readonly kept: Map<string, Uint8Array> = new Map();
  /** While true, every write fails as on a full disk. */
  full = false;
  /** Writes that found the disk full. */
  refusedWrites = 0;
  #pending: (() => () => void)[] = [];
  #callbacks: (() => void)[] = [];
  /** Keys in order; undefined after one has come or gone. */
  #sorted: string[] | undefined;
  #piece = new Uint8Array(0);
  #pieceUsed = 0;

  /** A view for one run of a process; a crash silences it. */
  open(): RecordStore {
    return {
      write: (batch, done) => this.#pending.push(() => this.#write([...batch], done)),
      scan: (prefix, done) => this.#pending.push(() => this.#scan(prefix, done)),
    };
  }

  /** Whether anything is under way. */
  get busy(): boolean {
    return this.#pending.length + this.#callbacks.length > 0;
  }

  /** One step: a callback that is due, or else the effect of the next operation. */
  step(): void {
    const callback = this.#callbacks.shift();
    if (callback !== undefined) {
      callback();
      return;
    }
    const operation = this.#pending.shift();
    if (operation !== undefined) this.#callbacks.push(operation());
  }

  /** The process dies: `effects` more operations still reach the disk, nobody is told. */
  crash(effects: number): void {
    for (const operation of this.#pending.slice(0, effects)) operation();
    this.#pending = [];
    this.#callbacks = [];
  }

  #write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): () => void {
    if (this.full) {
      this.refusedWrites++;
      return () => done(new DiskError("full", "The disk is full."));
    }
    for (const { key, value } of batch) {
      if (this.kept.has(key) !== (value !== null)) this.#sorted = undefined;
      if (value === null) this.kept.delete(key);
      else this.kept.set(key, this.#copy(value));
    }
    return () => done(null);
  }

  #copy(value: Uint8Array): Uint8Array {
    const { length } = value;
    if (length > PIECE_BYTES / 16) return new Uint8Array(value);
    if (this.#pieceUsed + length > this.#piece.length) {
      this.#piece = new Uint8Array(PIECE_BYTES);
      this.#pieceUsed = 0;
    }
    this.#piece.set(value, this.#pieceUsed);
    this.#pieceUsed += length;
    return this.#piece.subarray(this.#pieceUsed - length, this.#pieceUsed);
  }

  #scan(prefix: string, done: DiskCallback<Records>): () => void {
    const keys = this.#keysFrom(prefix);
    const found = keys.map((key) => ({ key, value: this.kept.get(key) ?? new Uint8Array(0) }));
    return () => done(null, found);
  }

  #keysFrom(prefix: string): readonly string[] {
    // Tests put things on the disk by hand too.
    if (this.#sorted?.length !== this.kept.size) this.#sorted = [...this.kept.keys()].sort();
    const sorted = this.#sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? "") < prefix) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (sorted[end]?.startsWith(prefix)) end++;
    return sorted.slice(low, end);
  }
}
