import { join } from "node:path";
import { FILE_RING_FILES } from "../adapters/node/limits.ts";
import { type DirectoryName, DirectoryNames } from "../adapters/node/native/directory-names.ts";
import { type BatchEntry, ClientError, type FoldersClient } from "../api/client/index.ts";
import { CliError } from "./errors.ts";
import {
  FOLDER_BATCH_BYTES,
  FOLDER_BATCH_FILES,
  FOLDER_BATCHES_FLYING,
  FOLDER_BUSY_PAUSE_MS,
  FOLDER_BUSY_PAUSES_MAX,
  FOLDER_MISSED_SHOWN_MAX,
} from "./limits.ts";
import { inert } from "./output.ts";
import { type PlacedFile, type SmallFile, SmallFileReader } from "./small-file-reader.ts";

/** Files that are being read. */
interface Begun {
  readonly places: readonly PlacedFile[];
  /** Waits for them; each in their order. */
  finish(): readonly SmallFile[];
}

/** Where small files go, and who hears of those that are there. */
export interface BatchTarget {
  readonly client: FoldersClient;
  readonly folder: string;
  readonly resolve: boolean;
  /** These are on the peer's disk. */
  onKept(files: number, sizeBytes: number): void;
  readonly missed: Missed;
}

/** What is wrong with one path, not with the folder or its peer: the others go on. */
const OF_ONE_PATH: ReadonlySet<string> = new Set([
  ...["bad-path", "not-folder", "not-file", "no-parent", "exists", "conflict", "too-large"],
]);

/** The same as the API answers it to a call about one file. */
const ANSWERS_OF_ONE_PATH: ReadonlySet<string> = new Set(["bad-request", "conflict", "too-large"]);

/** Whether an answer of the peer is about one path alone. */
export function isOfOnePath(error: unknown): error is ClientError {
  return error instanceof ClientError && ANSWERS_OF_ONE_PATH.has(error.code);
}

/** What of a tree could not be stored: one file that vanished does not keep the others away. */
export class Missed {
  #count = 0;
  readonly #shown: string[] = [];

  /** @param why says of which file or directory, too */
  add(why: string): void {
    this.#count++;
    if (this.#shown.length < FOLDER_MISSED_SHOWN_MAX) this.#shown.push(inert(why));
  }

  /** @throws CliError("failed") that names them, unless there are none */
  check(files: number): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#shown.length;
    const lines = [
      `${this.#count} of what was to be stored is missing, ${files} ${files === 1 ? "file is" : "files are"} there. Missing:`,
      ...this.#shown,
      ...(more > 0 ? [`and ${more} more.`] : []),
    ];
    throw new CliError("failed", lines.join("\n"));
  }
}

/**
 * Writes the directories and small files of a tree into a folder, many with each call. Links to
 * elsewhere and devices stay out: a folder holds files and folders.
 * @returns the large files, which are left to the caller
 */
export async function uploadSmall(
  to: BatchTarget,
  directory: string,
  path: string,
): Promise<readonly PlacedFile[]> {
  const sender = new BatchSender(to, path);
  const reader = new SmallFileReader();
  const names = new DirectoryNames();
  const large: PlacedFile[] = [];
  const found: PlacedFile[] = [];
  /** What is on its way from the disk, in order. */
  const begun: Begun[] = [];
  let read: readonly { readonly place: PlacedFile; readonly file: SmallFile }[] = [];
  const sendRead = async (): Promise<void> => {
    for (const { place, file } of read) {
      if (file === "large") large.push(place);
      else await sender.addRead(place.file, file);
    }
    read = [];
  };
  const finishFirst = (): void => {
    const first = begun.shift();
    const files = first?.finish() ?? [];
    read = (first?.places ?? []).map((place, i) => ({ place, file: files[i] ?? "unreadable" }));
  };
  const readFound = async (): Promise<void> => {
    const places = found.splice(0);
    begun.push({ places, finish: reader.start(places) });
    // While those, and the ones before them, come from the disk.
    await sendRead();
    if (begun.length > 1) finishFirst();
  };
  const left = [{ directory, path }];
  // With what is missing above it.
  await to.client.makeDirectory(to.folder, path);
  try {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (next.path !== path) await sender.add(folderEntry(next.path));
      const below: { directory: string; path: string }[] = [];
      for (const { name, kind } of namesIn(names, next.directory, to.missed)) {
        const place = { file: join(next.directory, name), path: `${next.path}/${name}` };
        if (kind === "directory") below.push({ directory: place.file, path: place.path });
        else if (kind === "file") found.push(place);
        if (found.length === FILE_RING_FILES) await readFound();
      }
      // The last one comes next.
      left.push(...below.reverse());
    }
    for (await readFound(); read.length + begun.length > 0; finishFirst()) await sendRead();
  } finally {
    // Also where sending fails: the system must not write into memory that is given up.
    while (begun.length > 0) finishFirst();
  }
  await sender.end();
  return large;
}

function namesIn(
  names: DirectoryNames,
  directory: string,
  missed: Missed,
): readonly DirectoryName[] {
  try {
    return names.list(directory);
  } catch {
    missed.add(unreadable(directory));
    return [];
  }
}

/** What to say of a file or directory that vanished, or that is somebody else's. */
export function unreadable(file: string): string {
  return `${file} cannot be read. Is it still there, and who may read it?`;
}

function folderEntry(path: string): BatchEntry {
  return { path, modifiedAtMs: 0, bytes: undefined };
}

/** Gathers entries into calls, of which a few are on their way at the same time. */
class BatchSender {
  readonly #to: BatchTarget;
  #entries: BatchEntry[] = [];
  #bytes = 0;
  readonly #flying: Promise<void>[] = [];
  readonly #base: string;
  /** Folders that the call being gathered makes. */
  readonly #folders = new Set<string>();

  /** @param base the folder that is there already; everything goes below it */
  constructor(to: BatchTarget, base: string) {
    this.#to = to;
    this.#base = base;
  }

  async add(entry: BatchEntry): Promise<void> {
    this.#addFolders(entry.path);
    if (entry.bytes !== undefined) this.#entries.push(entry);
    else this.#addFolder(entry.path);
    this.#bytes += entry.path.length + (entry.bytes?.length ?? 0);
    const isFull = this.#entries.length >= FOLDER_BATCH_FILES || this.#bytes >= FOLDER_BATCH_BYTES;
    if (!isFull) return;
    if (this.#flying.length >= FOLDER_BATCHES_FLYING) await this.#flying.shift();
    this.#send();
    // Files are read at once: the call would leave, and answers be heard, only after the next batch.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What was read of a file, if it could be. */
  async addRead(file: string, entry: BatchEntry | "unreadable"): Promise<void> {
    if (entry === "unreadable") this.#to.missed.add(unreadable(file));
    else await this.add(entry);
  }

  /** Each call makes the folders that it needs: one sent later may arrive earlier. */
  #addFolders(path: string): void {
    const from = this.#base.length + 1;
    for (let at = path.indexOf("/", from); at >= 0; at = path.indexOf("/", at + 1)) {
      this.#addFolder(path.slice(0, at));
    }
  }

  #addFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folders.add(path);
    this.#entries.push(folderEntry(path));
  }

  async end(): Promise<void> {
    this.#send();
    await Promise.all(this.#flying);
  }

  #send(): void {
    const entries = this.#entries;
    if (entries.length === 0) return;
    this.#entries = [];
    this.#folders.clear();
    this.#bytes = 0;
    const sent = this.#put(entries);
    // Who waits for it hears of it; until then it is not forgotten either.
    sent.catch(() => undefined);
    this.#flying.push(sent);
  }

  async #put(entries: readonly BatchEntry[]): Promise<void> {
    const { client, folder, resolve } = this.#to;
    let left = entries;
    for (let pauses = 0; left.length > 0; pauses++) {
      const { refused } = await client.putBatch(folder, left, resolve);
      const why = new Map(refused.map((each) => [each.path, each]));
      this.#kept(left.filter(({ path }) => !why.has(path)));
      const isBusy = ({ path }: BatchEntry): boolean => why.get(path)?.code === "busy";
      for (const entry of left) {
        if (why.has(entry.path) && !(isBusy(entry) && pauses < FOLDER_BUSY_PAUSES_MAX)) {
          await this.#putAlone(entry).catch((error: unknown) => {
            const code = why.get(entry.path)?.code ?? "";
            if (!(error instanceof Error) || !OF_ONE_PATH.has(code)) throw error;
            this.#to.missed.add(error.message);
          });
        }
      }
      left = pauses < FOLDER_BUSY_PAUSES_MAX ? left.filter(isBusy) : [];
      if (left.length > 0) await new Promise((done) => setTimeout(done, FOLDER_BUSY_PAUSE_MS));
    }
  }

  /** What was refused in a batch is tried by itself, which says what is wrong. */
  async #putAlone(entry: BatchEntry): Promise<void> {
    const { client, folder, resolve } = this.#to;
    const { path, bytes, modifiedAtMs } = entry;
    if (bytes === undefined) {
      await client.makeDirectory(folder, path);
      return;
    }
    const body = bytes as Uint8Array<ArrayBuffer>;
    await client.put(folder, path, body, { modifiedAtMs, parents: true, resolve });
    this.#kept([entry]);
  }

  #kept(entries: readonly BatchEntry[]): void {
    const files = entries.filter(({ bytes }) => bytes !== undefined);
    let sizeBytes = 0;
    for (const { bytes } of files) sizeBytes += bytes?.length ?? 0;
    if (files.length > 0) this.#to.onKept(files.length, sizeBytes);
  }
}
