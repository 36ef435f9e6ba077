import { toHex } from "../../base/bytes.ts";
import type { DiskError, RecordWrite } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import type { FolderKeys } from "../capability.ts";
import type { FoldersContext } from "../context.ts";
import { chunkListKey, chunkListsPrefix } from "../keys.ts";
import { CHUNKS_KNOWN_MAX } from "../limits.ts";
import { type ChunkList, decodeChunkList, encodeChunkList } from "./chunk-list.ts";
import { type Gear, gearOf } from "./cutter.ts";

/** Bytes that stand in an object already. */
export interface KnownChunk {
  /** Read key and root, 64 bytes. */
  readonly link: Uint8Array;
  readonly offset: number;
}

/** The folder whose chunks they are. */
export interface ChunksFolder {
  readonly context: Pick<FoldersContext, "suite" | "records" | "log">;
  readonly keys: Pick<FolderKeys, "id" | "readKey">;
}

interface KnownList extends ChunkList {
  readonly number: number;
}

/**
 * Chunks of what this device has put into a folder, the latest ones: what is saved again, moved or
 * copied need not be stored again. They are read from the disk with the first large file. What cannot
 * be read is forgotten: it costs room, not data.
 */
export class KnownChunks {
  readonly #core: ChunksFolder;
  /** By number, which grows with time. */
  readonly #lists = new Map<number, KnownList>();
  /** Hashes, to the list that has them. */
  readonly #places = new Map<string, { readonly list: KnownList; readonly offset: number }>();
  #count = 0;
  #next = 1;
  #gear: Gear | undefined;
  #state: "unread" | "reading" | "read" = "unread";
  #waiting: (() => void)[] = [];

  constructor(core: ChunksFolder) {
    this.#core = core;
  }

  /** How the folder's files are cut. */
  get gear(): Gear {
    this.#gear ??= gearOf(this.#core.context.suite, this.#core.keys.readKey);
    return this.#gear;
  }

  /** Reads the disk where that was not done yet; `done` comes later in any case. */
  load(done: () => void): void {
    const { records } = this.#core.context;
    if (this.#state === "read") {
      records.write([], done);
      return;
    }
    this.#waiting.push(done);
    if (this.#state === "reading") return;
    this.#state = "reading";
    records.scan(chunkListsPrefix(this.#core.keys.id), (error, found) => {
      this.#state = error === null ? "read" : "unread";
      for (const { key, value } of found) this.#take(key, value);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const each of waiting) each();
    });
  }

  /** Where the chunk with this hash stands; ask the store whether it still keeps that object. */
  find(hash: Uint8Array): KnownChunk | undefined {
    const place = this.#places.get(toHex(hash));
    return place && { link: place.list.link, offset: place.offset };
  }

  /** Knows an object from now on, and forgets the oldest ones above the limit. */
  add(list: ChunkList): readonly RecordWrite[] {
    if (list.chunks.length === 0) return [];
    const number = this.#next++;
    this.#put({ ...list, number });
    const writes = [{ key: this.#keyOf(number), value: encodeChunkList(list) }];
    return [...writes, ...this.#evict()];
  }

  #evict(): readonly RecordWrite[] {
    const writes: RecordWrite[] = [];
    for (const [number, list] of this.#lists) {
      if (this.#count <= CHUNKS_KNOWN_MAX) break;
      this.#lists.delete(number);
      this.#count -= list.chunks.length;
      for (const { hash } of list.chunks) {
        const name = toHex(hash);
        if (this.#places.get(name)?.list === list) this.#places.delete(name);
      }
      writes.push({ key: this.#keyOf(number), value: null });
    }
    return writes;
  }

  #take(key: string, value: Uint8Array): void {
    const { keys, context } = this.#core;
    const number = Number.parseInt(key.slice(chunkListsPrefix(keys.id).length), 16);
    if (!Number.isSafeInteger(number) || this.#lists.has(number)) return;
    this.#next = Math.max(this.#next, number + 1);
    try {
      this.#put({ ...decodeChunkList(value), number });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      context.log.warn("list of chunks damaged", { key, code: error.code });
      context.records.write([{ key, value: null }], ignore);
    }
  }

  #put(list: KnownList): void {
    this.#lists.set(list.number, list);
    this.#count += list.chunks.length;
    let offset = 0;
    for (const { hash, lengthBytes } of list.chunks) {
      this.#places.set(toHex(hash), { list, offset });
      offset += lengthBytes;
    }
  }

  #keyOf(number: number): string {
    return chunkListKey(this.#core.keys.id, number);
  }
}

/** What is not deleted now is found damaged again. */
function ignore(_error: DiskError | null): void {}
