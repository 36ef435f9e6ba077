import {
  BLOCK_BYTES_MAX,
  type BlockStore,
  type DiskCallback,
  DiskError,
  type Random,
  type RecordStore,
  type RecordWrite,
} from "../ports/index.ts";

/** How a disk in memory is made. */
export interface MemoryDiskOptions {
  /** Runs an action later, for instance `(action) => world.after(2, action)`. Never at once. */
  readonly schedule: (action: () => void) => void;
  /** Bytes that fit; unbounded where it is left out. */
  readonly capacityBytes?: number;
}

/** How often each fault really happened: a run whose fault never did has tested nothing. */
export interface DiskFaultCounts {
  /** Writes refused because nothing more fits. */
  full: number;
  /** Writes refused because the disk failed. */
  io: number;
  /** Writes that a crash lost before they were acknowledged. */
  lost: number;
  /** Writes that survived a crash although nobody had been told so. */
  survived: number;
  /** Blocks that were spoiled. */
  damaged: number;
}

/** What goes wrong on a disk in memory. */
export class DiskFaults {
  /** What has happened so far. */
  readonly counts: DiskFaultCounts = { full: 0, io: 0, lost: 0, survived: 0, damaged: 0 };
  #failing: { code: "full" | "io"; left: number } | undefined;

  /** Lets the next `operations` writes fail; Infinity until `heal`. */
  failNext(code: "full" | "io", operations = 1): void {
    this.#failing = { code, left: operations };
  }

  /** Ends `failNext`. */
  heal(): void {
    this.#failing = undefined;
  }

  /** The error of the write at hand, counted; null where it may go on. */
  next(): DiskError | null {
    const failing = this.#failing;
    if (failing === undefined || failing.left <= 0) return null;
    failing.left--;
    return this.refuse(failing.code);
  }

  /** A counted error. */
  refuse(code: "full" | "io"): DiskError {
    this.counts[code]++;
    return new DiskError(code, code === "full" ? "The disk is full." : "The disk failed.");
  }
}

interface Write {
  /** Takes effect; answers why not, or null. */
  readonly apply: () => DiskError | null;
  readonly done: (error: DiskError | null) => void;
}

/** A write, or something to read once all writes before it are done. */
type Operation = Write | (() => void);

/** Calls on their way to the disk, oldest first, whatever order the schedule runs in. */
class DiskQueue {
  readonly #schedule: (action: () => void) => void;
  readonly #faults: DiskFaults;
  #waiting: Operation[] = [];
  #life = 0;

  constructor(schedule: (action: () => void) => void, faults: DiskFaults) {
    this.#schedule = schedule;
    this.#faults = faults;
  }

  push(operation: Operation): void {
    this.#waiting.push(operation);
    this.later(() => {
      const oldest = this.#waiting.shift();
      if (typeof oldest === "function") oldest();
      else oldest?.done(this.#faults.next() ?? oldest.apply());
    });
  }

  /** Runs an action later, unless the process has died by then. */
  later(action: () => void): void {
    const life = this.#life;
    this.#schedule(() => {
      if (life === this.#life) action();
    });
  }

  /** Waiting writes are lost without an answer; where `survives` says so, one was on disk already. */
  crash(survives: () => boolean): void {
    this.#life++;
    for (const operation of this.#waiting) {
      if (typeof operation === "function") continue;
      if (survives() && operation.apply() === null) this.#faults.counts.survived++;
      else this.#faults.counts.lost++;
    }
    this.#waiting = [];
  }
}

/** A `RecordStore` in memory whose disk can fill up, fail and lose power. */
export class MemoryRecordStore implements RecordStore {
  /** What goes wrong. */
  readonly faults: DiskFaults = new DiskFaults();
  readonly #records = new Map<string, Uint8Array>();
  readonly #queue: DiskQueue;
  readonly #capacityBytes: number;
  #usedBytes = 0;

  constructor(options: MemoryDiskOptions) {
    this.#queue = new DiskQueue(options.schedule, this.faults);
    this.#capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): void {
    const writes = batch.map(({ key, value }) => ({
      key,
      value: value === null ? null : Uint8Array.from(value),
    }));
    this.#queue.push({ apply: () => this.#apply(writes), done });
  }

  scan(prefix: string, done: DiskCallback<readonly { key: string; value: Uint8Array }[]>): void {
    this.#queue.push(() => {
      const found = [...this.#records]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value: Uint8Array.from(value) }));
      done(null, found);
    });
  }

  /**
   * The process dies: no pending call is ever answered, and unacknowledged batches are gone.
   * With `tear`, some of the oldest were on disk already; each is there whole or not at all.
   */
  crash(tear?: Random): void {
    let surviving = tear !== undefined;
    this.#queue.crash(() => {
      surviving &&= tear !== undefined && tear.u32() % 2 === 0;
      return surviving;
    });
  }

  #apply(writes: readonly RecordWrite[]): DiskError | null {
    const size = (key: string) => {
      const value = this.#records.get(key);
      return value === undefined ? 0 : key.length + value.length;
    };
    let usedBytes = this.#usedBytes;
    const last = new Map(writes.map(({ key, value }) => [key, value]));
    for (const [key, value] of last) {
      usedBytes += (value === null ? 0 : key.length + value.length) - size(key);
    }
    if (usedBytes > this.#capacityBytes && usedBytes > this.#usedBytes) {
      return this.faults.refuse("full");
    }
    for (const [key, value] of last) {
      if (value === null) this.#records.delete(key);
      else this.#records.set(key, value);
    }
    this.#usedBytes = usedBytes;
    return null;
  }
}

/** A `BlockStore` in memory whose disk can fill up, fail, rot and lose power. */
export class MemoryBlockStore implements BlockStore {
  /** What goes wrong. */
  readonly faults: DiskFaults = new DiskFaults();
  readonly #blocks = new Map<string, Uint8Array>();
  readonly #spoiled = new Set<string>();
  readonly #queue: DiskQueue;
  readonly #capacityBytes: number;
  #usedBytes = 0;

  constructor(options: MemoryDiskOptions) {
    this.#queue = new DiskQueue(options.schedule, this.faults);
    this.#capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  put(key: string, block: Uint8Array, done: (error: DiskError | null) => void): void {
    const copy = Uint8Array.from(block);
    this.#queue.push({ apply: () => this.#put(key, copy), done });
  }

  get(key: string, done: DiskCallback<Uint8Array | null>): void {
    const block = this.#blocks.get(key);
    const spoiled = this.#spoiled.has(key);
    this.#queue.later(() => {
      // Read and found wanting, it is no longer there, as on a real disk.
      if (spoiled && this.#spoiled.has(key)) this.#drop(key);
      done(null, block === undefined || spoiled ? null : Uint8Array.from(block));
    });
  }

  remove(keys: readonly string[], done: (error: DiskError | null) => void): void {
    const gone = [...keys];
    const apply = (): null => {
      for (const key of gone) this.#drop(key);
      return null;
    };
    this.#queue.push({ apply, done });
  }

  has(key: string): boolean {
    return this.#blocks.has(key);
  }

  *keys(prefix: string): Iterable<string> {
    for (const key of this.#blocks.keys()) if (key.startsWith(prefix)) yield key;
  }

  usedBytes(): number {
    return this.#usedBytes;
  }

  /** Lets a block rot: it still counts as there until somebody reads it. */
  damage(key: string): void {
    if (!this.#blocks.has(key) || this.#spoiled.has(key)) return;
    this.#spoiled.add(key);
    this.faults.counts.damaged++;
  }

  /**
   * The process dies: no pending call is ever answered, and unacknowledged writes are gone. With
   * `tear`, any of them may have been on disk already.
   */
  crash(tear?: Random): void {
    this.#queue.crash(() => tear !== undefined && tear.u32() % 2 === 0);
  }

  #put(key: string, block: Uint8Array): DiskError | null {
    if (block.length > BLOCK_BYTES_MAX) {
      return new DiskError("io", `A block has at most ${BLOCK_BYTES_MAX} bytes.`);
    }
    const usedBytes = this.#usedBytes + block.length - (this.#blocks.get(key)?.length ?? 0);
    if (usedBytes > this.#capacityBytes) return this.faults.refuse("full");
    this.#drop(key);
    this.#blocks.set(key, block);
    this.#usedBytes = usedBytes;
    return null;
  }

  #drop(key: string): void {
    this.#usedBytes -= this.#blocks.get(key)?.length ?? 0;
    this.#blocks.delete(key);
    this.#spoiled.delete(key);
  }
}
