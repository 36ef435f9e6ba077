import {
  type BlockStore,
  type DiskCallback,
  DiskError,
  type RecordStore,
  type RecordWrite,
} from "../ports/index.ts";

/** Runs a task later, in order. */
export type Later = (task: () => void) => void;

/**
 * The disk of a test peer: keeps what was written in memory, answers later, fails on demand, and
 * can stop as in a power cut. What was answered before the cut is there afterwards.
 */
export class TestDisk {
  readonly records: Map<string, Uint8Array> = new Map();
  readonly blocks: Map<string, Uint8Array> = new Map();
  /** Bytes of blocks that fit. */
  capacityBytes: number = Number.POSITIVE_INFINITY;
  /** Operations that are still carried out; after them the power is off. */
  operationsLeft: number = Number.POSITIVE_INFINITY;
  /** Whether the last operation before the cut is carried out but not answered. */
  swallowsLastAnswer = false;
  /** Reads that are still answered; after them the disk is closed. */
  readsLeft: number = Number.POSITIVE_INFINITY;
  /** Operations carried out so far. */
  operations = 0;
  /** Most bytes of blocks that were on their way at the same time. */
  flyingBytesPeak = 0;
  #flyingBytes = 0;

  /** Carries out an operation and answers it, unless the power is off by then. */
  run(
    later: Later,
    apply: () => DiskError | null,
    answer: (error: DiskError | null) => void,
  ): void {
    later(() => {
      if (this.operationsLeft <= 0) return;
      this.operationsLeft--;
      this.operations++;
      const error = apply();
      if (this.operationsLeft === 0 && this.swallowsLastAnswer) return;
      answer(error);
    });
  }

  usedBytes(): number {
    let bytes = 0;
    for (const block of this.blocks.values()) bytes += block.length;
    return bytes;
  }

  /** Counts bytes on their way. */
  fly(bytes: number): void {
    this.#flyingBytes += bytes;
    this.flyingBytesPeak = Math.max(this.flyingBytesPeak, this.#flyingBytes);
  }
}

/** Small state on a test disk. */
export class TestRecords implements RecordStore {
  readonly #disk: TestDisk;
  readonly #later: Later;

  constructor(disk: TestDisk, later: Later) {
    this.#disk = disk;
    this.#later = later;
  }

  write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): void {
    const apply = (): null => {
      for (const { key, value } of batch) {
        if (value === null) this.#disk.records.delete(key);
        else this.#disk.records.set(key, value.slice());
      }
      return null;
    };
    this.#disk.run(this.#later, apply, done);
  }

  scan(prefix: string, done: DiskCallback<readonly { key: string; value: Uint8Array }[]>): void {
    this.#later(() => {
      if (this.#disk.readsLeft-- <= 0) {
        done(new DiskError("closed", "The test disk is closed."), []);
        return;
      }
      const found = [...this.#disk.records]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value: value.slice() }));
      done(null, found);
    });
  }
}

/** Blocks on a test disk. */
export class TestBlocks implements BlockStore {
  readonly #disk: TestDisk;
  readonly #later: Later;

  constructor(disk: TestDisk, later: Later) {
    this.#disk = disk;
    this.#later = later;
  }

  put(key: string, block: Uint8Array, done: (error: DiskError | null) => void): void {
    const disk = this.#disk;
    disk.fly(block.length);
    const apply = (): DiskError | null => {
      disk.fly(-block.length);
      const isBounded = disk.capacityBytes < Number.POSITIVE_INFINITY;
      if (isBounded && disk.usedBytes() + block.length > disk.capacityBytes) {
        return new DiskError("full", "The test disk is full.");
      }
      disk.blocks.set(key, block.slice());
      return null;
    };
    disk.run(this.#later, apply, done);
  }

  get(key: string, done: DiskCallback<Uint8Array | null>): void {
    this.#later(() => {
      if (this.#disk.readsLeft-- > 0) done(null, this.#disk.blocks.get(key)?.slice() ?? null);
      else done(new DiskError("closed", "The test disk is closed."), null);
    });
  }

  remove(keys: readonly string[], done: (error: DiskError | null) => void): void {
    const apply = (): null => {
      for (const key of keys) this.#disk.blocks.delete(key);
      return null;
    };
    this.#disk.run(this.#later, apply, done);
  }

  has(key: string): boolean {
    return this.#disk.blocks.has(key);
  }

  *keys(prefix: string): Iterable<string> {
    for (const key of [...this.#disk.blocks.keys()]) if (key.startsWith(prefix)) yield key;
  }

  usedBytes(): number {
    return this.#disk.usedBytes();
  }
}
