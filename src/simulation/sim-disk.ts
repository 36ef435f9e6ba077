import type { BlockStore, Random, RecordStore, RecordWrite } from "../ports/index.ts";
import { DISK_LATENCY_MS } from "./limits.ts";
import { type DiskFaultCounts, MemoryBlockStore, MemoryRecordStore } from "./memory-disk.ts";
import type { World } from "./world.ts";

/** Runs what the disk answers as a turn of the peer that asked, or not at all where it is dead. */
export type Turn = (answer: () => void) => void;

/**
 * Deliberate defects, to show that checks notice. Both lose at a crash what was acknowledged in
 * the seconds before: "forgets" any record, "rewinds" only what waits in outboxes.
 */
export type DiskDefect = "forgets" | "rewinds";

/** How far back a defective disk loses what it has acknowledged, in milliseconds. */
const FORGOTTEN_MS = 5_000;

/** The disks of one simulated peer. They outlive it; every answer comes later, through the world. */
export class SimDisk {
  readonly blocks: MemoryBlockStore;
  /** Called at every write, for faults that strike right then. */
  onWrite: (() => void) | undefined = undefined;
  readonly #world: World;
  readonly #random: Random;
  readonly #defect: DiskDefect | undefined;
  #records: MemoryRecordStore;
  #journal: { atMs: number; batch: readonly RecordWrite[] }[] = [];

  /**
   * @param random decides what a crash leaves of unacknowledged writes
   */
  constructor(world: World, random: Random, defect?: DiskDefect) {
    this.#world = world;
    this.#random = random;
    this.#defect = defect;
    this.blocks = new MemoryBlockStore(this.#options());
    this.#records = new MemoryRecordStore(this.#options());
  }

  /** Small state. */
  get records(): MemoryRecordStore {
    return this.#records;
  }

  /** Faults of both stores together. */
  get faults(): DiskFaultCounts {
    const { counts } = this.#records.faults;
    const others = this.blocks.faults.counts;
    return {
      full: counts.full + others.full,
      io: counts.io + others.io,
      lost: counts.lost + others.lost,
      survived: counts.survived + others.survived,
      damaged: counts.damaged + others.damaged,
    };
  }

  /** The ports for one run of a peer. */
  open(turn: Turn): { readonly records: RecordStore; readonly blocks: BlockStore } {
    const { blocks } = this;
    const records = this.#records;
    return {
      records: {
        write: (batch, done) => {
          this.onWrite?.();
          if (this.#defect !== undefined) this.#note(batch);
          records.write(batch, (error) => turn(() => done(error)));
        },
        scan: (prefix, done) =>
          records.scan(prefix, (error, found) => turn(() => done(error, found))),
      },
      blocks: {
        put: (key, block, done) => {
          this.onWrite?.();
          blocks.put(key, block, (error) => turn(() => done(error)));
        },
        get: (key, done) => blocks.get(key, (error, block) => turn(() => done(error, block))),
        remove: (keys, done) => blocks.remove(keys, (error) => turn(() => done(error))),
        has: (key) => blocks.has(key),
        keys: (prefix) => blocks.keys(prefix),
        usedBytes: () => blocks.usedBytes(),
      },
    };
  }

  /**
   * Power is lost: what was not acknowledged may be there or not.
   * @returns how many writes were under way
   */
  crash(): number {
    const before = this.faults;
    this.#records.crash(this.#random);
    this.blocks.crash(this.#random);
    const { lost, survived } = this.faults;
    if (this.#defect !== undefined) this.#forget(this.#defect);
    return lost + survived - before.lost - before.survived;
  }

  #note(batch: readonly RecordWrite[]): void {
    this.#journal.push({ atMs: this.#world.nowMs, batch: [...batch] });
  }

  #forget(defect: DiskDefect): void {
    const untilMs = this.#world.nowMs - FORGOTTEN_MS;
    const isKept = (key: string): boolean => defect === "rewinds" && !key.startsWith("messages/o/");
    this.#journal = this.#journal.map(({ atMs, batch }) => ({
      atMs,
      batch: atMs < untilMs ? batch : batch.filter(({ key }) => isKept(key)),
    }));
    this.#records = new MemoryRecordStore(this.#options());
    for (const { batch } of this.#journal) this.#records.write(batch, () => undefined);
  }

  #options(): { schedule: (action: () => void) => void } {
    return { schedule: (action) => this.#world.after(DISK_LATENCY_MS, action) };
  }
}
