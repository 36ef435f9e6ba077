import { concatBytes, utf8 } from "../base/bytes.ts";
import type {
  FileTree,
  FileTreeErrorCode,
  TreeCallback,
  TreeEntry,
  TreeRange,
  TreeWriteOptions,
} from "../ports/index.ts";

/** A call of a file tree with a callback, as a promise. @throws FileTreeError */
export function treeAnswer<T>(call: (done: TreeCallback<T>) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    call((error, value) => {
      if (++answers > 1) throw new RangeError("The callback ran twice.");
      if (error === null) resolve(value);
      else reject(error);
    });
  });
}

/** What a read told: entry, range and bytes. */
export interface ReadAnswer {
  readonly entry: TreeEntry;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** Reads a file, or a part of it. @throws FileTreeError */
export function readTreeFile(
  tree: FileTree,
  path: string,
  range: TreeRange = { from: 0 },
): Promise<ReadAnswer> {
  return new Promise((resolve, reject) => {
    let start: Omit<ReadAnswer, "bytes"> | undefined;
    const parts: Uint8Array[] = [];
    tree.read(path, range, {
      onStart: (entry, from, to) => {
        start = { entry, from, to };
      },
      onBytes: (bytes) => parts.push(bytes.slice()),
      onEnd: () => {
        if (start === undefined) reject(new RangeError("A read ended that never started."));
        else resolve({ ...start, bytes: concatBytes(...parts) });
      },
      onError: reject,
    });
  });
}

/** Writes a file whole, heeding `onDrain`. @throws FileTreeError */
export function writeTreeFile(
  tree: FileTree,
  path: string,
  content: string | Uint8Array,
  options: TreeWriteOptions = {},
): Promise<TreeEntry> {
  const bytes = typeof content === "string" ? utf8(content) : content;
  return new Promise((resolve, reject) => {
    let at = 0;
    const pump = (): void => {
      while (at < bytes.length) {
        const part = bytes.subarray(at, at + 65_536);
        at += part.length;
        if (!writer.write(part)) return;
      }
      writer.finish();
    };
    const onDrain = (): void => {
      if (at < bytes.length) pump();
      else writer.finish();
    };
    const writer = tree.write(path, options, { onDone: resolve, onError: reject, onDrain });
    pump();
  });
}

/** The code of the error with which a promise fails; "none" where it does not. */
export async function treeErrorOf(promise: Promise<unknown>): Promise<FileTreeErrorCode | "none"> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return (error as { readonly code: FileTreeErrorCode }).code;
  }
}
