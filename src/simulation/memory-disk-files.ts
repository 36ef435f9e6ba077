import type { BlockFile, BlockFiles } from "../adapters/node/block-files.ts";
import { TypedError } from "../base/errors.ts";

/** What a system call answers on a disk that fails on purpose; the code is the system's. */
export class MemoryFileError extends TypedError<"ENOENT" | "ENOSPC" | "EIO"> {
  override readonly name = "MemoryFileError";
}

function systemError(code: MemoryFileError["code"]): MemoryFileError {
  return new MemoryFileError(code, `${code}: a disk in memory says so.`);
}

/** Files in memory on a disk of limited size that can fail, and lose what was not flushed. */
export class MemoryFiles implements BlockFiles {
  /** What a reader finds now, by file name. */
  readonly contents: Map<string, Uint8Array> = new Map();
  /** What a loss of power would leave: contents as of each file's last flush. */
  readonly flushed: Map<string, Uint8Array> = new Map();
  /** Bytes that fit. */
  capacityBytes: number = Number.POSITIVE_INFINITY;
  /** How many of the next flushes fail. */
  failSync = 0;
  /** How many of the next reads fail. */
  failRead = 0;
  /** Whether shortening a file fails. */
  failTruncate = false;
  /** Faults that really happened. */
  readonly counts: { full: number; sync: number; read: number; truncate: number } = {
    full: 0,
    sync: 0,
    read: 0,
    truncate: 0,
  };
  /** Runs before every read; a test holds reads back with it. */
  beforeRead: () => Promise<void> = async () => undefined;
  /** Files open now. */
  openFiles = 0;
  /** Flushes of files and directories so far. */
  syncs = 0;

  async list(): Promise<string[]> {
    return [...this.contents.keys()];
  }

  async open(name: string, create: boolean): Promise<BlockFile> {
    if (create) this.contents.set(name, new Uint8Array(0));
    if (!this.contents.has(name)) throw systemError("ENOENT");
    this.openFiles++;
    return {
      read: async (into, position) => {
        await this.beforeRead();
        return this.#read(name, into, position);
      },
      write: async (parts, position) => this.#write(name, parts, position),
      sync: async () => this.#sync(name),
      truncate: async (length) => this.#truncate(name, length),
      size: async () => this.#content(name).length,
      close: async () => {
        this.openFiles--;
      },
    };
  }

  async remove(name: string): Promise<void> {
    if (!this.contents.delete(name)) throw systemError("ENOENT");
    this.flushed.delete(name);
  }

  async syncDirectory(): Promise<void> {
    this.syncs++;
  }

  /** Bytes of all files. */
  usedBytes(): number {
    let bytes = 0;
    for (const content of this.contents.values()) bytes += content.length;
    return bytes;
  }

  /** The disk as another process would find it now. */
  copy(): MemoryFiles {
    return MemoryFiles.#holding(this.contents);
  }

  /** The disk as it would be after a loss of power now. */
  afterPowerLoss(): MemoryFiles {
    return MemoryFiles.#holding(this.flushed);
  }

  static #holding(contents: ReadonlyMap<string, Uint8Array>): MemoryFiles {
    const files = new MemoryFiles();
    for (const [name, content] of contents) {
      files.contents.set(name, content.slice());
      files.flushed.set(name, content.slice());
    }
    return files;
  }

  #content(name: string): Uint8Array {
    return this.contents.get(name) ?? new Uint8Array(0);
  }

  #read(name: string, into: Uint8Array, position: number): number {
    if (this.failRead > 0) {
      this.failRead--;
      this.counts.read++;
      throw systemError("EIO");
    }
    const found = this.#content(name).subarray(position, position + into.length);
    into.set(found);
    return found.length;
  }

  #sync(name: string): void {
    this.syncs++;
    if (this.failSync > 0) {
      this.failSync--;
      this.counts.sync++;
      throw systemError("EIO");
    }
    this.flushed.set(name, this.#content(name).slice());
  }

  #truncate(name: string, length: number): void {
    if (this.failTruncate) {
      this.counts.truncate++;
      throw systemError("EIO");
    }
    this.contents.set(name, this.#content(name).slice(0, length));
  }

  /** Writes as much as fits, like a real disk. */
  #write(name: string, parts: readonly Uint8Array[], position: number): void {
    const whole = Buffer.concat([...parts]);
    const old = this.#content(name);
    const free = this.capacityBytes - this.usedBytes() + Math.max(0, old.length - position);
    const taken = Math.min(whole.length, Math.max(0, free));
    const next = new Uint8Array(Math.max(old.length, position + taken));
    next.set(old);
    next.set(whole.subarray(0, taken), position);
    this.contents.set(name, next);
    if (taken === whole.length) return;
    this.counts.full++;
    throw systemError("ENOSPC");
  }
}
