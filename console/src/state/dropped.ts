import { DROP_FILES_MAX } from "../limits.ts";

/** A file that was dropped, and where below the drop it lay. */
export interface DroppedFile {
  /** With the names of the folders that it was in, joined by `/`. */
  readonly path: string;
  readonly file: File;
}

/** What was dropped. */
export interface Dropped {
  readonly files: readonly DroppedFile[];
  /** Folders in it, parents first, the empty ones too. */
  readonly folders: readonly string[];
  /** Whether there was more than DROP_FILES_MAX. */
  readonly isCut: boolean;
}

/** An entry of a drop: as much of FileSystemEntry as is needed. */
export interface DropEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** How entries of a drop are read; a browser's way unless a test has its own. */
export interface DropReader<E extends DropEntry> {
  fileOf(entry: E): Promise<File>;
  /** All that is in a folder. */
  entriesOf(entry: E): Promise<readonly E[]>;
}

/** Lists a drop with all folders in it. */
export async function walkDrop<E extends DropEntry>(
  entries: readonly E[],
  { fileOf, entriesOf }: DropReader<E>,
): Promise<Dropped> {
  const files: DroppedFile[] = [];
  const folders: string[] = [];
  const queue = entries.map((entry) => ({ entry, path: entry.name }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { entry, path } = next;
    if (files.length + folders.length >= DROP_FILES_MAX) return { files, folders, isCut: true };
    if (entry.isDirectory) {
      folders.push(path);
      for (const inner of await entriesOf(entry)) {
        queue.push({ entry: inner, path: `${path}/${inner.name}` });
      }
    } else files.push({ path, file: await fileOf(entry) });
  }
  return { files, folders, isCut: false };
}

/** What a browser drops. Call it within the event: the entries are gone afterwards. */
export function dropOf(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return walkDrop<FileSystemEntry>(entries, {
    fileOf: (entry) =>
      new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    entriesOf: async (entry) => {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      const found: FileSystemEntry[] = [];
      for (;;) {
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
          reader.readEntries(resolve, reject);
        });
        if (some.length === 0 || found.length > DROP_FILES_MAX) return found;
        found.push(...some);
      }
    },
  });
}
