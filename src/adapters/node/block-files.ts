import { type FileHandle, mkdir, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { cutParts } from "../../base/bytes.ts";
import { ALIGN_BYTES, DirectWrites, directSpan, type Span, withBefore } from "./block-direct.ts";
import { syncDirectory } from "./sync-directory.ts";

/** One open file. All calls reject with the system's error. */
export interface BlockFile {
  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all parts one after another. */
  write(parts: readonly Uint8Array[], position: number): Promise<void>;
  /** Returns once everything written survives a loss of power. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A directory of files: the only thing the block store knows of a disk, so that tests can spoil it. */
export interface BlockFiles {
  list(): Promise<string[]>;
  /** Opens for reading and writing; `create` begins an empty file. */
  open(name: string, create: boolean): Promise<BlockFile>;
  remove(name: string): Promise<void>;
  /** Makes names that came or went survive a loss of power. */
  syncDirectory(): Promise<void>;
  /** Where files cannot grow: how they are kept instead. `write` and `truncate` are not used then. */
  readonly whole?: WholeFiles;
}

/** A place that only takes whole files and keeps them as they are, such as a bucket. */
export interface WholeFiles {
  /** Bytes of a segment from which the next one is begun. */
  readonly segmentBytes: number;
  /** Bytes of changes that may wait to be kept. */
  readonly waitingBytesMax: number;
  /** How long a change may wait for others to share a segment with, in milliseconds. */
  readonly gatherMs: number;
  /** Segments on their way at one time. */
  readonly flightsMax: number;
  /** Segments smaller than this are merged once there are `mergeCount` of them. */
  readonly smallBytes: number;
  readonly mergeCount: number;
  /** Every number below may have been given to a segment, even if none is there. Valid after `list`. */
  readonly takenBelow: number;
  /** Keeps a segment with its hint; resolves once it survives everything. */
  keep(segment: number, parts: readonly Uint8Array[], hint: Uint8Array): Promise<void>;
}

/** Parts that one system call takes (IOV_MAX is 1,024 everywhere). */
const PARTS_MAX = 1_000;

class NodeFile implements BlockFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #direct: DirectWrites;
  /** The same file for direct writes, once there was one. */
  #directHandle: FileHandle | undefined;
  /** What is known of the last sector that a direct write left unfinished, and where it ends. */
  #begun: { readonly bytes: Uint8Array; readonly end: number } | undefined;

  constructor(handle: FileHandle, path: string, direct: DirectWrites) {
    this.#handle = handle;
    this.#path = path;
    this.#direct = direct;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const left = into.length - filled;
      const { bytesRead } = await this.#handle.read(into, filled, left, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<void> {
    const begun = this.#begun;
    this.#begun = undefined;
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    const span = directSpan(position, bytes);
    if (span === undefined) {
      await this.#writeCached(parts, position);
      return;
    }
    const [first] = parts;
    if (first !== undefined && parts.length === 1 && begun?.end === position) {
      const whole = withBefore(first, begun.bytes);
      if (whole !== undefined) {
        await this.#writeDirect([whole], position - begun.bytes.length, whole.length);
        return;
      }
    }
    await this.#writeDirect(parts, position, bytes);
  }

  /** Writes whole sectors past the cache, what is before and behind them as usual. */
  async #writeDirect(parts: readonly Uint8Array[], position: number, bytes: number): Promise<void> {
    const span = directSpan(position, bytes) ?? { from: 0, end: 0 };
    // In this order, so that a process that is killed leaves no hole behind.
    if (span.from > 0) await this.#writeCached(cutParts(parts, 0, span.from), position);
    const end = (await this.#writeSpan(parts, position, span)) ? span.end : span.from;
    const rest = cutParts(parts, end, bytes);
    await this.#writeCached(rest, position + end);
    // The next write can begin with what this one has put there: one write less.
    if (bytes - end < ALIGN_BYTES) {
      this.#begun = { bytes: Buffer.concat(rest), end: position + bytes };
    }
  }

  async #writeSpan(parts: readonly Uint8Array[], position: number, span: Span): Promise<boolean> {
    this.#directHandle ??= await this.#direct.open(this.#path);
    if (this.#directHandle === undefined) return false;
    return await this.#direct.write(this.#directHandle, parts, position, span);
  }

  async #writeCached(parts: readonly Uint8Array[], position: number): Promise<void> {
    let at = position;
    for (let from = 0; from < parts.length; from += PARTS_MAX) {
      const some = parts.slice(from, from + PARTS_MAX);
      let wanted = 0;
      for (const part of some) wanted += part.length;
      const { bytesWritten } = await this.#handle.writev(some, at);
      // A nearly full disk takes a part: trying the rest brings the reason.
      if (bytesWritten < wanted) await this.#writeRest(some, bytesWritten, at);
      at += wanted;
    }
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async truncate(length: number): Promise<void> {
    this.#begun = undefined;
    await this.#handle.truncate(length);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async close(): Promise<void> {
    await this.#directHandle?.close();
    await this.#handle.close();
  }

  async #writeRest(parts: readonly Uint8Array[], written: number, position: number): Promise<void> {
    const whole = Buffer.concat(parts);
    let done = written;
    while (done < whole.length) {
      const left = whole.length - done;
      done += (await this.#handle.write(whole, done, left, position + done)).bytesWritten;
    }
  }
}

/**
 * Files of a real directory, which is made where it is missing.
 * @param direct how large writes go past the system's cache
 */
export async function openNodeFiles(
  directory: string,
  direct: DirectWrites = new DirectWrites(),
): Promise<BlockFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    list: () => readdir(directory),
    open: async (name, create) => {
      const path = join(directory, name);
      return new NodeFile(await open(path, create ? "w+" : "r+", 0o600), path, direct);
    },
    remove: (name) => unlink(join(directory, name)),
    syncDirectory: () => syncDirectory(directory),
  };
}
