import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { FileLook } from "../adapters/node/native/file-looks.ts";
import { FileRing, type RingRead } from "../adapters/node/native/file-ring.ts";
import type { BatchEntry } from "../api/client/index.ts";
import { FOLDER_BATCH_BYTES, FOLDER_READ_ALONE_FILES, FOLDER_SMALL_FILE_BYTES } from "./limits.ts";

const RINGS = 2;
const SCRATCH = new Uint8Array(FOLDER_SMALL_FILE_BYTES);

/** A file, and what it is called in the folder. */
export interface PlacedFile {
  readonly file: string;
  readonly path: string;
}

/** A small file with its bytes, which stay as they are. */
export type SmallFile = BatchEntry | "large" | "unreadable";

/** Files that were read together; undefined: to be read alone. */
type Read = readonly (SmallFile | undefined)[];

/**
 * Reads small files, many into one piece of memory: a buffer for each costs more than reading it.
 * Not through the pool of threads: that takes several times longer. Of many files, those that lie
 * beside each other on a disk are read together where the system can do that (`FileRing`), and come
 * from the disk while something else is done.
 */
export class SmallFileReader {
  #memory = new Uint8Array(0);
  #used = 0;
  #alone = FOLDER_READ_ALONE_FILES;
  /** Taken in turns, so that one's files come from the disk while the other's are opened; null: there are none. */
  #rings: readonly FileRing[] | null | undefined;
  #starts = 0;

  /**
   * Begins to read these, at most FILE_RING_FILES.
   * @returns waits for the rest, and tells each in their order; to be called, in order, before
   *   others but the next ones are begun
   */
  start(files: readonly PlacedFile[]): () => readonly SmallFile[] {
    const together = this.#alone > 0 ? undefined : this.#startTogether(files);
    this.#alone -= files.length;
    return () => {
      const read = together?.();
      // One by one also what looked odd: it may be a file that changes, or one that is none.
      return files.map(({ file, path }, i) => read?.[i] ?? this.read(file, path));
    };
  }

  /** One file. @param path what it is called in the folder */
  read(file: string, path: string): SmallFile {
    let handle = -1;
    try {
      handle = openSync(file, "r");
      const { size, mtimeMs } = fstatSync(handle);
      if (size >= FOLDER_SMALL_FILE_BYTES) return "large";
      // Files that the system makes up, as in /proc, say that they are empty.
      const room = size === 0 ? SCRATCH : this.#room(size);
      let length = 0;
      for (let read = -1; read !== 0 && length < room.length; length += read) {
        read = readSync(handle, room, length, room.length - length, size === 0 ? null : length);
      }
      if (length >= FOLDER_SMALL_FILE_BYTES) return "large";
      const bytes = size === 0 ? room.slice(0, length) : this.#keep(room, length);
      return { path, modifiedAtMs: timeOf(mtimeMs), bytes };
    } catch {
      return "unreadable";
    } finally {
      if (handle >= 0) closeSync(handle);
    }
  }

  /** Undefined where they are not read together. */
  #startTogether(files: readonly PlacedFile[]): (() => Read | undefined) | undefined {
    if (this.#rings === undefined) this.#rings = openRings();
    const ring = this.#rings?.[this.#starts++ % RINGS];
    if (ring === undefined) return undefined;
    let descriptors: readonly number[] = [];
    try {
      descriptors = ring.openAll(files.map(({ file }) => file));
      const read = this.#startOpened(ring, files, descriptors);
      return () => {
        try {
          const found = read();
          const open = descriptors.filter((descriptor) => descriptor >= 0);
          // Nobody closes them twice: the number may be another file's by then.
          descriptors = [];
          ring.closeAll(open);
          return found;
        } catch {
          return this.#giveUp(descriptors);
        }
      };
    } catch {
      return this.#giveUp(descriptors);
    }
  }

  /** Nothing is lost: all are read one by one, now and from now on. */
  #giveUp(descriptors: readonly number[]): undefined {
    [this.#rings, this.#memory, this.#used] = [null, new Uint8Array(0), 0];
    for (const descriptor of descriptors) if (descriptor >= 0) closeSync(descriptor);
  }

  /** @throws AdapterError("io") where the ring does not go on, now or later */
  #startOpened(
    ring: FileRing,
    files: readonly PlacedFile[],
    descriptors: readonly number[],
  ): () => Read {
    const looks = descriptors.map((descriptor) => lookAt(ring, descriptor));
    const sizes = looks.map((look) => (typeof look === "object" ? look.size : 0));
    const room = this.#room(sizes.reduce((sum, size) => sum + size, 0));
    this.#used += room.length;
    const reads: RingRead[] = [];
    let from = 0;
    for (const [i, length] of sizes.entries()) {
      if (length > 0) reads.push({ descriptor: descriptors[i] ?? -1, at: from, length });
      from += length;
    }
    ring.startReads(room, reads);
    return () => {
      const lengths = ring.finishReads().values();
      let at = 0;
      return files.map(({ path }, i) => {
        const [look, size] = [looks[i], sizes[i] ?? 0];
        if (typeof look !== "object" || size === 0) return look === "large" ? look : undefined;
        const bytes = room.subarray(at, at + size);
        at += size;
        const isWhole = lengths.next().value === size;
        return isWhole ? { path, modifiedAtMs: timeOf(look.mtimeMs), bytes } : undefined;
      });
    };
  }

  #room(sizeBytes: number): Uint8Array<ArrayBuffer> {
    if (this.#memory.length - this.#used < sizeBytes) {
      this.#memory = new Uint8Array(Math.max(FOLDER_BATCH_BYTES, sizeBytes));
      this.#used = 0;
    }
    return this.#memory.subarray(this.#used, this.#used + sizeBytes);
  }

  #keep(room: Uint8Array, length: number): Uint8Array {
    this.#used += length;
    return length === room.length ? room : room.subarray(0, length);
  }
}

function openRings(): readonly FileRing[] | null {
  const rings = Array.from({ length: RINGS }, () => FileRing.open());
  return rings.every((ring) => ring !== undefined) ? rings : null;
}

/** Of an open file that can be looked at: whether it is small. */
function lookAt(ring: FileRing, descriptor: number): FileLook | "large" | undefined {
  const look = descriptor < 0 ? undefined : ring.look(descriptor);
  return look !== undefined && look.size >= FOLDER_SMALL_FILE_BYTES ? "large" : look;
}

function timeOf(mtimeMs: number): number {
  return Math.max(0, Math.floor(mtimeMs));
}
