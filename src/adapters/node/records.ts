import { mkdir, statfs } from "node:fs/promises";
import { DiskError, type RecordStore, type RecordWrite } from "../../ports/index.ts";
import { closedError, diskError, later } from "./disk-errors.ts";
import { errorText } from "./errors.ts";
import { RECORD_GROUP_BYTES, RECORD_GROUP_WRITES_MAX, RECORD_SPACE_BYTES_MIN } from "./limits.ts";
import { openLevel, type RecordDatabase, recordError } from "./record-database.ts";

type WriteDone = (error: DiskError | null) => void;
type Found = readonly { key: string; value: Uint8Array }[];

/** How a record store is opened; everything has a default. */
export interface RecordStoreOptions {
  /** Opens the database; injected in tests. Called again after a write has failed. */
  readonly open?: () => Promise<RecordDatabase>;
  /** Free bytes on the disk; injected in tests. */
  readonly freeBytes?: () => Promise<number>;
}

/** A `RecordStore` in files, which must be closed. */
export interface NodeRecordStore extends RecordStore {
  /** Finishes what was asked for; later calls answer DiskError("closed"). */
  close(): Promise<void>;
}

interface WaitingBatch {
  readonly writes: readonly RecordWrite[];
  readonly bytes: number;
  readonly done: WriteDone;
}

interface WaitingScan {
  readonly prefix: string;
  /** Runs once this many batches have been dealt with. */
  readonly after: number;
  readonly done: (error: DiskError | null, found: Found) => void;
}

/**
 * Small state in a level database. Batches that arrive while one is being made durable are
 * written together: order stays, and ten writers cost one flush.
 */
class LevelRecordStore implements NodeRecordStore {
  readonly #open: () => Promise<RecordDatabase>;
  readonly #freeBytes: () => Promise<number>;
  #database: RecordDatabase;
  /** A failed write leaves a level database refusing all others: it must be opened anew. */
  #broken: DiskError | null = null;
  readonly #batches: WaitingBatch[] = [];
  #scans: WaitingScan[] = [];
  #asked = 0;
  #dealtWith = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(
    database: RecordDatabase,
    open: () => Promise<RecordDatabase>,
    freeBytes: () => Promise<number>,
  ) {
    this.#database = database;
    this.#open = open;
    this.#freeBytes = freeBytes;
  }

  write(batch: readonly RecordWrite[], done: WriteDone): void {
    if (this.#closed) {
      later(() => done(closedError("The record store")));
      return;
    }
    let bytes = 0;
    const writes = batch.map(({ key, value }): RecordWrite => {
      bytes += key.length + (value?.length ?? 0);
      return { key, value: value === null ? null : Uint8Array.from(value) };
    });
    this.#asked++;
    this.#batches.push({ writes, bytes, done });
    this.#running ??= this.#run();
  }

  scan(prefix: string, done: (error: DiskError | null, found: Found) => void): void {
    if (this.#closed) {
      later(() => done(closedError("The record store"), []));
      return;
    }
    this.#scans.push({ prefix, after: this.#asked, done });
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#running !== undefined) await this.#running;
    await this.#database.close().catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (this.#batches.length > 0 || this.#scans.length > 0) {
      const ready = this.#scans.filter(({ after }) => after <= this.#dealtWith);
      this.#scans = this.#scans.filter(({ after }) => after > this.#dealtWith);
      await Promise.all(ready.map((scan) => this.#scan(scan)));
      const group = this.#nextGroup();
      if (group.length === 0) continue;
      const error = await this.#writeGroup(group);
      this.#dealtWith += group.length;
      for (const { done } of group) later(() => done(error));
    }
    this.#running = undefined;
  }

  #nextGroup(): WaitingBatch[] {
    let writes = 0;
    let bytes = 0;
    let count = 0;
    for (const batch of this.#batches) {
      writes += batch.writes.length;
      bytes += batch.bytes;
      if (count > 0 && (writes > RECORD_GROUP_WRITES_MAX || bytes > RECORD_GROUP_BYTES)) break;
      count++;
    }
    return this.#batches.splice(0, count);
  }

  async #writeGroup(group: readonly WaitingBatch[]): Promise<DiskError | null> {
    try {
      if (this.#broken !== null) await this.#mend(this.#broken);
      const writes = group.flatMap((batch) => batch.writes);
      if (writes.length > 0) await this.#database.write(writes);
      return null;
    } catch (error) {
      this.#broken = recordError(error);
      return this.#broken;
    }
  }

  async #scan({ prefix, done }: WaitingScan): Promise<void> {
    try {
      const found = await this.#database.scan(prefix);
      later(() => done(null, found));
    } catch (error) {
      const failure = recordError(error);
      later(() => done(failure, []));
    }
  }

  /** Opens the database anew after a failed write. While the disk is full, reading goes on. */
  async #mend(reason: DiskError): Promise<void> {
    if (reason.code === "corrupt") throw reason;
    if (reason.code === "full" && (await this.#freeBytes()) < RECORD_SPACE_BYTES_MIN) throw reason;
    await this.#database.close().catch(() => undefined);
    this.#database = await this.#open();
    this.#broken = null;
  }
}

/**
 * Opens (or begins) a record store in a directory. One process at a time: `openHome` sees to that.
 * @throws DiskError "corrupt" with what to do next, "full" or "io"
 */
export async function openRecordStore(
  directory: string,
  options: RecordStoreOptions = {},
): Promise<NodeRecordStore> {
  const open = options.open ?? (() => openLevel(directory));
  const freeBytes =
    options.freeBytes ??
    (async () => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    });
  try {
    if (options.open === undefined) await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskError(error, `the records in ${directory}`);
  }
  try {
    return new LevelRecordStore(await open(), open, freeBytes);
  } catch (error) {
    const reason = recordError(error);
    if (reason.code !== "corrupt") throw reason;
    throw new DiskError(
      "corrupt",
      `The records in ${directory} are damaged (${errorText(reason.cause)}). Nothing was changed. Put a copy of that directory back; without one, move it and the blocks beside it away: Peernet then begins with neither and keeps its identity. (Blocks that no record names are removed at the start.)`,
      { cause: reason },
    );
  }
}
