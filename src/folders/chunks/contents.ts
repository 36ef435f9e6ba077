import { utf8 } from "../../base/bytes.ts";
import { Writer } from "../../wire/index.ts";
import type { FolderKeys } from "../capability.ts";
import type { FoldersContext } from "../context.ts";
import { CONTENT_HELD_BYTES_MAX } from "../limits.ts";
import type { Chunk } from "./chunk-list.ts";

const CONTENT = utf8("peernet folder content v1");

/** Bytes that files of all folders hold in memory until all of them is there. */
export class HeldBytes {
  #count = 0;

  /** Whether so many more may be held; give them back then. */
  take(bytes: number): boolean {
    if (this.#count + bytes > CONTENT_HELD_BYTES_MAX) return false;
    this.#count += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#count -= bytes;
  }
}

/** The folder whose contents they are. */
export interface ContentsFolder {
  readonly context: Pick<FoldersContext, "suite">;
  readonly keys: Pick<FolderKeys, "readKey">;
}

/**
 * Seeds of objects that are made of their content and of a secret that only who can read the folder has. So
 * all its devices make one and the same object of the same bytes, also while they do not reach each other, and
 * nobody else can find out by a file which object it is.
 */
export class Contents {
  readonly #core: ContentsFolder;
  #secret: Uint8Array | undefined;

  constructor(core: ContentsFolder) {
    this.#core = core;
  }

  /** What stands for these chunks, one after the other, in this folder: 32 bytes. */
  seedOf(chunks: readonly Chunk[]): Uint8Array {
    const { context, keys } = this.#core;
    this.#secret ??= context.suite.hmacSha256(keys.readKey, CONTENT);
    const list = new Writer(64 + 36 * chunks.length);
    for (const { lengthBytes, hash } of chunks) list.varint(lengthBytes).bytes(hash);
    return context.suite.hmacSha256(this.#secret, list.done());
  }
}
