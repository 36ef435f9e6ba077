import type { BlockFile, BlockFiles } from "./block-files.ts";
import { SEGMENT_FILES_MAX } from "./limits.ts";
import { segmentName } from "./segment-hint.ts";

interface Handle {
  readonly file: Promise<BlockFile>;
  users: number;
  /** Left the table while somebody still read: closed by the last user. */
  leaving: boolean;
}

/** Keeps the segment files in use open, at most `SEGMENT_FILES_MAX` idle ones. */
export class BlockHandles {
  readonly #files: BlockFiles;
  /** In the order of last use. */
  readonly #open = new Map<number, Handle>();

  constructor(files: BlockFiles) {
    this.#files = files;
  }

  /** Runs `work` with the segment's file; rejects with the system's error. */
  async use<T>(segment: number, work: (file: BlockFile) => Promise<T>): Promise<T> {
    const handle = this.#open.get(segment) ?? this.#begin(segment);
    this.#open.delete(segment);
    this.#open.set(segment, handle);
    handle.users++;
    try {
      return await work(await handle.file);
    } finally {
      handle.users--;
      if (handle.leaving && handle.users === 0) await closeQuietly(handle);
      else await this.#trim();
    }
  }

  /** Takes over a file that was just made. */
  adopt(segment: number, file: BlockFile): void {
    this.#open.set(segment, { file: Promise.resolve(file), users: 0, leaving: false });
  }

  /** Closes a segment's file, once nobody reads it any more. */
  async release(segment: number): Promise<void> {
    const handle = this.#open.get(segment);
    if (handle === undefined) return;
    this.#open.delete(segment);
    handle.leaving = true;
    if (handle.users === 0) await closeQuietly(handle);
  }

  /** Closes all files. */
  async close(): Promise<void> {
    for (const segment of [...this.#open.keys()]) await this.release(segment);
  }

  #begin(segment: number): Handle {
    const file = this.#files.open(segmentName(segment), false);
    const handle = { file, users: 0, leaving: false };
    // A file that could not be opened is tried anew next time.
    file.catch(() => {
      if (this.#open.get(segment) === handle) this.#open.delete(segment);
    });
    return handle;
  }

  async #trim(): Promise<void> {
    if (this.#open.size <= SEGMENT_FILES_MAX) return;
    for (const [segment, handle] of this.#open) {
      if (handle.users > 0) continue;
      await this.release(segment);
      return;
    }
  }
}

async function closeQuietly(handle: Handle): Promise<void> {
  try {
    await (await handle.file).close();
  } catch {
    // It was never open, or its data is already safe.
  }
}
