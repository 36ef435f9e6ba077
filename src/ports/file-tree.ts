import { TypedError } from "../base/errors.ts";

/** Why a call on a file tree failed. */
export type FileTreeErrorCode =
  /** Nothing has this path. */
  | "not-found"
  /** Something has this path already. */
  | "exists"
  /** A file is where a folder is needed. */
  | "not-folder"
  /** A folder is where a file is needed. */
  | "not-file"
  /** The folder that should hold it is not there. */
  | "no-parent"
  /** A name that cannot be: empty, `.`, `..`, with `/` or control characters, too long, too deep. */
  | "bad-path"
  /** It is not what `ifMatch` or `ifAbsent` asked for: somebody else has changed it meanwhile. */
  | "conflict"
  /** The range begins behind the end. */
  | "bad-range"
  /** A limit of the tree or of the disk is reached. */
  | "full"
  /** More bytes than one file, or more files than one call, may have. */
  | "too-large"
  /** Too many calls at once. Try again soon. */
  | "busy"
  /** Who holds the bytes cannot be reached now. Try again later. */
  | "unreachable"
  /** The tree may be read only. */
  | "read-only"
  /** The bytes are there and damaged, or the tree is no longer open. */
  | "broken";

/** What a file tree could not do. */
export class FileTreeError extends TypedError<FileTreeErrorCode> {
  override readonly name = "FileTreeError";
}

/** A file or folder as a listing shows it. */
export interface TreeEntry {
  /** Its name within its folder; empty for the root. */
  readonly name: string;
  readonly kind: "file" | "folder";
  /** Bytes of a file; 0 for a folder. */
  readonly sizeBytes: number;
  /** Milliseconds since 1970; for a folder the newest change that is known of it, else 0. */
  readonly modifiedAtMs: number;
  /**
   * Changes whenever the content does; the same content may have another one later. 1 to 64
   * characters of `A-Z a-z 0-9 - _`.
   */
  readonly etag: string;
  /** As told when it was written; absent where nobody did. */
  readonly mediaType?: string;
  /** True for every version of a file that others have changed at the same time. */
  readonly conflict?: boolean;
}

/**
 * Answers exactly once, from inside the call or later; a value comes where there is no error.
 */
export type TreeCallback<T> = (error: FileTreeError | null, value: T | undefined) => void;

/** What a read tells, never from inside the call. After `onEnd` or `onError` nothing follows. */
export interface TreeReadEvents {
  /** The file was found; `from` and `to` are what is sent of it. Before the first byte. */
  onStart(entry: TreeEntry, from: number, to: number): void;
  /** The next bytes; lent for the time of the call. */
  onBytes(bytes: Uint8Array): void;
  onEnd(): void;
  onError(error: FileTreeError): void;
}

/** Steers a read. */
export interface TreeReader {
  /** No `onBytes` until `resume`; what is fetched ahead stays bounded. */
  pause(): void;
  resume(): void;
  /** Gives up; no event follows. */
  abort(): void;
}

/** Part of a file. */
export interface TreeRange {
  /** First byte, counted from 0. */
  readonly from: number;
  /** The byte behind the last one; the file's end without it or where it is smaller. */
  readonly to?: number;
}

/** What is told of a file before its bytes. */
export interface TreeWriteOptions {
  /** Now without it. */
  readonly modifiedAtMs?: number;
  readonly mediaType?: string;
  /** Only if the file is there with this etag; else "conflict". */
  readonly ifMatch?: string;
  /** Only if nothing has this path; else "exists". */
  readonly ifAbsent?: boolean;
}

/** What a write tells, never from inside a call. After `onDone` or `onError` nothing follows. */
export interface TreeWriteEvents {
  /** `write` takes more after it had answered false. */
  onDrain?(): void;
  /** The file is persisted whole, in one step: nobody ever reads half of it. */
  onDone(entry: TreeEntry): void;
  /** Nothing of it is kept. */
  onError(error: FileTreeError): void;
}

/** Takes the bytes of one file, in order. */
export interface TreeWriter {
  /** Takes the next bytes (copied). False: wait for `onDrain` before writing more. */
  write(bytes: Uint8Array): boolean;
  /** No more bytes; checks `ifMatch` and `ifAbsent` once more. */
  finish(): void;
  /** Gives up; nothing is kept and no event follows. */
  abort(): void;
}

/**
 * Files and folders as file managers know them. A path is names joined by `/`, without one at its
 * beginning or end; the root is the empty text. Names are Unicode in form NFC (other forms are
 * brought into it), letters in upper and lower case differ.
 *
 * Versions of one file that were written at the same time are all there: one of them under the
 * name itself, the others beside it under names such as `report (anna's version, 2026-11-26 12.04).odt`,
 * to be read, moved and removed like any file.
 */
export interface FileTree {
  /** What is in a folder, in order of names by code unit. Errors: not-found, not-folder, bad-path. */
  list(path: string, done: TreeCallback<readonly TreeEntry[]>): void;
  /** Errors: not-found, bad-path. */
  stat(path: string, done: TreeCallback<TreeEntry>): void;
  /** Errors: not-found, not-file, bad-path, bad-range, busy, unreachable, broken. */
  read(path: string, range: TreeRange, events: TreeReadEvents): TreeReader;
  /**
   * Puts a file in place of what has the path, whole, once `finish` was called.
   * Errors: not-file, no-parent, not-folder, bad-path, conflict, exists, full, too-large, busy, read-only.
   */
  write(path: string, options: TreeWriteOptions, events: TreeWriteEvents): TreeWriter;
  /** Removes a file, or a folder with all that is in it. Errors: not-found, bad-path, too-large, full, read-only. */
  remove(path: string, done: TreeCallback<void>): void;
  /** Errors: exists, no-parent, not-folder, bad-path, full, read-only. */
  makeFolder(path: string, done: TreeCallback<void>): void;
  /**
   * Gives a file or folder another path. `overwrite`: what has the new path is removed first, a folder
   * with all that is in it; else "exists". A folder does not go into itself ("bad-path").
   * Errors: not-found, exists, no-parent, not-folder, bad-path, too-large, full, read-only.
   */
  move(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void;
  /** As `move`, and the old path stays. Costs no bytes of content. */
  copy(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void;
}
