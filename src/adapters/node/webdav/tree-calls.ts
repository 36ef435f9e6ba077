import { must } from "../../../base/errors.ts";
import type {
  FileTree,
  FileTreeError,
  FileTreeErrorCode,
  TreeCallback,
  TreeEntry,
} from "../../../ports/file-tree.ts";
import { DavError, type DavErrorCode } from "./errors.ts";

const CODES: Readonly<Record<FileTreeErrorCode, DavErrorCode>> = {
  "not-found": "not-found",
  exists: "precondition",
  "not-folder": "conflict",
  "not-file": "bad-method",
  "no-parent": "conflict",
  "bad-path": "bad-request",
  conflict: "precondition",
  "bad-range": "bad-range",
  full: "full",
  "too-large": "too-large",
  busy: "unavailable",
  unreachable: "unavailable",
  "read-only": "forbidden",
  broken: "internal",
};

/** What a tree could not do, as an answer of WebDAV. */
export function davErrorOf(error: FileTreeError): DavError {
  return new DavError(CODES[error.code], error.message, "", "", { cause: error });
}

/** A file tree as promises; its errors become DavErrors. */
export class TreeCalls {
  readonly tree: FileTree;
  /** To be called after calls into the tree, so that new deadlines are noticed. */
  readonly poke: () => void;

  /** @param poke called after every call into the tree */
  constructor(tree: FileTree, poke: () => void) {
    this.tree = tree;
    this.poke = poke;
  }

  /** What is at a path; undefined where nothing is. @throws DavError */
  async stat(path: string): Promise<TreeEntry | undefined> {
    try {
      return await this.#ask<TreeEntry>((done) => this.tree.stat(path, done));
    } catch (error) {
      if (error instanceof DavError && error.code === "not-found") return undefined;
      throw error;
    }
  }

  /** What is at a path. @throws DavError("not-found" | …) */
  async mustStat(path: string): Promise<TreeEntry> {
    return this.#ask<TreeEntry>((done) => this.tree.stat(path, done));
  }

  /** @throws DavError */
  list(path: string): Promise<readonly TreeEntry[]> {
    return this.#ask((done) => this.tree.list(path, done));
  }

  /** @throws DavError */
  async remove(path: string): Promise<void> {
    await this.#do((done) => this.tree.remove(path, done));
  }

  /** @throws DavError */
  async makeFolder(path: string): Promise<void> {
    await this.#do((done) => this.tree.makeFolder(path, done));
  }

  /** Moves or copies, over what is there. @throws DavError */
  async transfer(kind: "move" | "copy", from: string, to: string): Promise<void> {
    await this.#do((done) => this.tree[kind](from, to, true, done));
  }

  async #ask<T>(call: (done: TreeCallback<T>) => void): Promise<T> {
    return must(await this.#settle(call), "a file tree answers with a value or an error");
  }

  #do(call: (done: TreeCallback<void>) => void): Promise<void> {
    return this.#settle(call);
  }

  #settle<T>(call: (done: TreeCallback<T>) => void): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      call((error, value) => (error === null ? resolve(value) : reject(davErrorOf(error))));
      this.poke();
    });
  }
}
