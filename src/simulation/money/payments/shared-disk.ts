import {
  type DiskCallback,
  DiskError,
  type RecordStore,
  type RecordWrite,
} from "../../../ports/index.ts";
import type { World } from "../../world.ts";

interface Pending {
  readonly apply: () => void;
  readonly done: (error: DiskError | null) => void;
}

/** What the disk asks before and after each write: true ends the process right there. */
export type CrashPlan = (when: "before" | "after", write: number) => boolean;

/**
 * One disk that a node's half-logs and records share, so that both can change in one batch. Writes
 * take effect in order, a little later; a crash loses those that have not.
 */
export class SharedDisk implements RecordStore {
  readonly records: Map<string, Uint8Array> = new Map();
  readonly #world: World;
  readonly #delayMs: number;
  #waiting: Pending[] = [];
  #life = 0;
  /** Batches written so far. */
  writes = 0;
  /** How many writes to come fail, and are counted. */
  failNext = 0;
  crashes: CrashPlan = () => false;
  onCrash: () => void = () => {};

  constructor(world: World, delayMs: number) {
    this.#world = world;
    this.#delayMs = delayMs;
  }

  write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): void {
    this.put(batch, () => {}, done);
  }

  scan(prefix: string, done: DiskCallback<readonly { key: string; value: Uint8Array }[]>): void {
    const life = this.#life;
    this.#world.after(0, () => {
      if (life !== this.#life) return;
      const found = [...this.records].filter(([key]) => key.startsWith(prefix));
      done(
        null,
        found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value })),
      );
    });
  }

  /** A batch together with something else that takes effect with it. */
  put(
    batch: readonly RecordWrite[],
    apply: () => void,
    done: (error: DiskError | null) => void,
  ): void {
    this.#waiting.push({ apply: () => this.#apply(batch, apply), done });
    const life = this.#life;
    this.#world.after(this.#delayMs, () => {
      if (life === this.#life) this.#writeNext();
    });
  }

  /** The process ends: what is waiting is lost. */
  crash(): void {
    this.#life++;
    this.#waiting = [];
  }

  #writeNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    if (this.failNext > 0) {
      this.failNext--;
      next.done(new DiskError("full", "The disk is full."));
      return;
    }
    this.writes++;
    if (this.crashes("before", this.writes)) {
      this.onCrash();
      return;
    }
    next.apply();
    if (this.crashes("after", this.writes)) this.onCrash();
    else next.done(null);
  }

  #apply(batch: readonly RecordWrite[], apply: () => void): void {
    for (const { key, value } of batch) {
      if (value === null) this.records.delete(key);
      else this.records.set(key, value);
    }
    apply();
  }
}
