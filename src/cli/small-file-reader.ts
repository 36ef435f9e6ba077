import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { BatchEntry } from "../api/client/index.ts";
import { FOLDER_BATCH_BYTES, FOLDER_SMALL_FILE_BYTES } from "./limits.ts";

const SCRATCH = new Uint8Array(FOLDER_SMALL_FILE_BYTES);

/**
 * Reads small files, many into one piece of memory: a buffer for each costs more than reading it.
 * At once, not through the pool of threads: that takes several times longer.
 */
export class SmallFileReader {
  #memory = new Uint8Array(0);
  #used = 0;

  /** A small file with its bytes, which stay as they are. @param path what it is called in the folder */
  read(file: string, path: string): BatchEntry | "large" | "unreadable" {
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
      return { path, modifiedAtMs: Math.max(0, Math.floor(mtimeMs)), bytes };
    } catch {
      return "unreadable";
    } finally {
      if (handle >= 0) closeSync(handle);
    }
  }

  #room(sizeBytes: number): Uint8Array {
    if (this.#memory.length - this.#used < sizeBytes) {
      this.#memory = new Uint8Array(FOLDER_BATCH_BYTES);
      this.#used = 0;
    }
    return this.#memory.subarray(this.#used, this.#used + sizeBytes);
  }

  #keep(room: Uint8Array, length: number): Uint8Array {
    this.#used += length;
    return length === room.length ? room : room.subarray(0, length);
  }
}
