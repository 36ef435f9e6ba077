import { existsSync } from "node:fs";
import { mkdir, statfs } from "node:fs/promises";
import { DiskError, type RecordStore, type RecordWrite } from "../../ports/index.ts";
import { closedError, diskError, later } from "./disk-errors.ts";
import { errorText } from "./errors.ts";
import { readClosedMark, removeClosedMark, writeClosedMark } from "./level/closed-mark.ts";
import { inspectLevel } from "./level/inspect.ts";
import { finishSalvage, salvageLevel } from "./level/salvage.ts";
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
  /** Where records are damaged: go on with those that can be read, and keep the damaged ones aside. */
  readonly salvages?: boolean;
  /** Called before anything is salvaged: from then on the records may be older than what was told. */
  readonly beforeSalvage?: () => Promise<void>;
}

/** What was made of damaged records. */
export interface Salvaged {
  readonly records: number;
  /** Where the damaged ones are now. */
  readonly asideDirectory: string;
}

/** A `RecordStore` in files, which must be closed. */
export interface NodeRecordStore extends RecordStore {
  /** Set where records were damaged and those that could be read were taken over just now. */
  readonly salvaged: Salvaged | undefined;
  /** Finishes what was asked for; later calls answer DiskError("closed"). */
  close(): Promise<void>;
}

/** How the database is opened, and what is done once it is closed in order. */
interface Way {
  readonly open: () => Promise<RecordDatabase>;
  readonly freeBytes: () => Promise<number>;
  readonly salvaged: Salvaged | undefined;
  readonly onClosed: (() => Promise<void>) | undefined;
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
  readonly #way: Way;
  #database: RecordDatabase;
  /** A failed write leaves a level database refusing all others: it must be opened anew. */
  #broken: DiskError | null = null;
  readonly #batches: WaitingBatch[] = [];
  #scans: WaitingScan[] = [];
  #asked = 0;
  #dealtWith = 0;
  #running: Promise<void> | undefined;
  #closed = false;
  readonly salvaged: Salvaged | undefined;

  constructor(database: RecordDatabase, way: Way) {
    this.salvaged = way.salvaged;
    this.#database = database;
    this.#way = way;
  }

  write(batch: readonly RecordWrite[], done: WriteDone): void {
    if (this.#closed) {
      later(() => done(closedError("The record store")));
      return;
    }
    let bytes = 0;
    const writes = batch.map(({ key, value }): RecordWrite => {
      bytes += key.length + (value?.length ?? 0);
      return { key, value: value === null ? null : new Uint8Array(value) };
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
    try {
      await this.#database.close();
      if (this.#broken === null) await this.#way.onClosed?.();
    } catch {
      // What was acknowledged is on the disk; the next start looks for damage.
    }
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
    if (reason.code === "full" && (await this.#way.freeBytes()) < RECORD_SPACE_BYTES_MIN)
      throw reason;
    await this.#database.close().catch(() => undefined);
    this.#database = await this.#way.open();
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
  if (options.open !== undefined) return await openWith(directory, options, options.open);
  const salvages = options.salvages === true;
  try {
    await finishSalvage(directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const [damage] = await inspectLevel(directory, await readClosedMark(directory));
    if (damage === undefined) {
      const store = await openWith(directory, options);
      // Only now: what could not be opened is looked at in the same way again.
      await removeClosedMark(directory);
      return store;
    }
    throw damageError(directory, `${damage.file} from byte ${damage.offset}`);
  } catch (error) {
    const reason =
      error instanceof DiskError ? error : diskError(error, `the records in ${directory}`);
    if (reason.code !== "corrupt" || !salvages) throw reason;
  }
  try {
    await options.beforeSalvage?.();
    const asideDirectory = freeName(damagedDirectoryOf(directory));
    const records = await salvageLevel(directory, asideDirectory);
    return await openWith(directory, { ...options, salvaged: { records, asideDirectory } });
  } catch (error) {
    throw error instanceof DiskError ? error : recordError(error);
  }
}

async function openWith(
  directory: string,
  options: RecordStoreOptions & { readonly salvaged?: Salvaged },
  open: () => Promise<RecordDatabase> = () => openLevel(directory),
): Promise<NodeRecordStore> {
  const freeBytes =
    options.freeBytes ??
    (async () => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    });
  const onClosed = options.open === undefined ? () => writeClosedMark(directory) : undefined;
  try {
    const { salvaged } = options;
    return new LevelRecordStore(await open(), { open, freeBytes, salvaged, onClosed });
  } catch (error) {
    const reason = recordError(error);
    throw reason.code === "corrupt" ? damageError(directory, errorText(reason.cause)) : reason;
  }
}

function damageError(directory: string, what: string): DiskError {
  return new DiskError(
    "corrupt",
    `The records in ${directory} are damaged (${what}). Nothing was changed. If you have a copy of the whole home directory, put it back. Without one, 'peernet up --salvage' goes on with all that can still be read, keeps the damaged records aside, and begins new keys with your contacts.`,
  );
}

/** Where damaged records of a directory are put first; later ones get a number behind it. */
export function damagedDirectoryOf(directory: string): string {
  return `${directory}-damaged`;
}

function freeName(name: string): string {
  for (let number = 1; ; number++) {
    const tried = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(tried)) return tried;
  }
}
