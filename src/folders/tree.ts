import { TypedError } from "../base/errors.ts";
import {
  type FileTree,
  FileTreeError,
  type TreeCallback,
  type TreeEntry,
  type TreeRange,
  type TreeReadEvents,
  type TreeReader,
  type TreeWriteEvents,
  type TreeWriteOptions,
  type TreeWriter,
} from "../ports/index.ts";
import { FileWriter } from "./file-writer.ts";
import type { Draft } from "./journal-queue.ts";
import { OBJECT_BYTES_MIN, READS_MAX, WRITES_MAX } from "./limits.ts";
import { entryOf, refuse } from "./lookup.ts";
import { checkMayWrite } from "./may-write.ts";
import type { Operation } from "./operation.ts";
import { PartReader } from "./part-reader.ts";
import { smallFile, type WriterParts } from "./small-file.ts";
import { treeErrorOf } from "./trouble.ts";
import { sizeOf } from "./version.ts";

const NO_READER: TreeReader = { pause: () => {}, resume: () => {}, abort: () => {} };
const NO_WRITER: TreeWriter = { write: () => false, finish: () => {}, abort: () => {} };

/** How many files of all folders of a peer are open. */
export interface OpenFiles {
  reads: number;
  writes: number;
}

/** A file that is whole in memory, below the size of an object; without bytes a folder. */
export interface SmallFile {
  readonly path: string;
  readonly bytes: Uint8Array | undefined;
  readonly options: TreeWriteOptions;
}

const NO_FILE: SmallFile = { path: "", bytes: undefined, options: {} };

/** A folder as a tree of files. */
export class FolderTree implements FileTree {
  readonly #parts: WriterParts;
  readonly #open: OpenFiles;

  constructor(parts: WriterParts, open: OpenFiles) {
    this.#parts = parts;
    this.#open = open;
  }

  list(path: string, done: TreeCallback<readonly TreeEntry[]>): void {
    answer(path, done, () => this.#parts.lookup.list(path).map(entryOf));
  }

  stat(path: string, done: TreeCallback<TreeEntry>): void {
    answer(path, done, () => entryOf(this.#parts.lookup.get(path)));
  }

  read(path: string, range: TreeRange, events: TreeReadEvents): TreeReader {
    if (this.#open.reads >= READS_MAX) {
      this.#later(() => events.onError(treeErrorOf("busy", path)));
      return NO_READER;
    }
    this.#open.reads++;
    const over = (): void => {
      this.#open.reads--;
    };
    return new FileReader(this.#parts, { path, range }, events, over);
  }

  write(path: string, options: TreeWriteOptions, events: TreeWriteEvents): TreeWriter {
    return this.put(path, options, events, false);
  }

  /** As `write`; `resolves`: all versions in conflict are replaced, not only the one shown. */
  put(
    path: string,
    options: TreeWriteOptions,
    events: TreeWriteEvents,
    resolves: boolean,
  ): TreeWriter {
    if (this.#open.writes >= WRITES_MAX) {
      this.#later(() => events.onError(treeErrorOf("busy", path)));
      return NO_WRITER;
    }
    this.#open.writes++;
    const writer = new FileWriter(this.#parts, { path, options, resolves }, events, () => {
      this.#open.writes--;
    });
    writer.start();
    return writer;
  }

  /**
   * Puts small files as `put` would, and makes folders that are not there, many in one batch, in
   * their order. Bytes must stay as they are until `done`, which hears of each what went wrong.
   */
  putAll(
    files: readonly SmallFile[],
    resolves: boolean,
    done: (errors: readonly (FileTreeError | null)[]) => void,
  ): void {
    if (files.length === 0) {
      this.#later(() => done([]));
      return;
    }
    const compose = (index: number): Draft => {
      const { path, bytes, options } = files[index] ?? NO_FILE;
      if (bytes === undefined) return { operations: this.#parts.edits.ensureFolder(path) };
      if (bytes.length >= OBJECT_BYTES_MIN) throw treeErrorOf("too-large", path);
      return smallFile(this.#parts, { path, options, resolves }, bytes);
    };
    this.#parts.journal.changeAll(files.length, compose, (errors) => {
      done(files.map(({ path }, i) => (errors[i] ? treeErrorOf(errors[i], path) : null)));
    });
  }

  remove(path: string, done: TreeCallback<void>): void {
    this.#change(path, () => this.#parts.edits.remove(path), done);
  }

  makeFolder(path: string, done: TreeCallback<void>): void {
    this.#change(path, () => this.#parts.edits.makeFolder(path), done);
  }

  move(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void {
    this.#change(from, () => this.#parts.edits.move(from, to, overwrite), done);
  }

  copy(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void {
    this.#change(from, () => this.#parts.edits.copy(from, to, overwrite), done);
  }

  #change(path: string, make: () => readonly Operation[], done: TreeCallback<void>): void {
    this.#parts.journal.change(
      () => {
        checkMayWrite(this.#parts.core, path);
        return { operations: make() };
      },
      (error) => done(error === null ? null : treeErrorOf(error, path), undefined),
    );
  }

  #later(action: () => void): void {
    this.#parts.core.context.records.write([], action);
  }
}

function answer<T>(path: string, done: TreeCallback<T>, work: () => T): void {
  let value: T;
  try {
    value = work();
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    done(treeErrorOf(error, path), undefined);
    return;
  }
  done(null, value);
}

/** One file on its way out. */
class FileReader implements TreeReader {
  readonly #events: TreeReadEvents;
  readonly #onOver: () => void;
  #parts: PartReader | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(
    parts: WriterParts,
    what: { readonly path: string; readonly range: TreeRange },
    events: TreeReadEvents,
    onOver: () => void,
  ) {
    this.#events = events;
    this.#onOver = onOver;
    parts.core.context.records.write([], () => {
      if (this.#isOver) return;
      try {
        this.#start(parts, what.path, what.range);
      } catch (error) {
        if (!(error instanceof FileTreeError)) throw error;
        this.#end();
        events.onError(error);
      }
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#parts?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#parts?.resume();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#parts?.abort();
    this.#end();
  }

  #start(parts: WriterParts, path: string, range: TreeRange): void {
    const { core, bundler, lookup } = parts;
    const found = lookup.get(path);
    if (found.kind === "folder") refuse("not-file", path);
    const to = Math.min(range.to ?? Number.MAX_SAFE_INTEGER, sizeOf(found.file));
    const { from } = range;
    if (!(from >= 0 && from <= to)) refuse("bad-range", path);
    const reader = new PartReader(
      core,
      bundler,
      { path, file: found.file, from, to },
      {
        onBytes: (bytes) => this.#events.onBytes(bytes),
        onEnd: () => {
          this.#end();
          this.#events.onEnd();
        },
        onError: (error) => {
          this.#end();
          this.#events.onError(error);
        },
      },
    );
    this.#parts = reader;
    this.#events.onStart(entryOf(found), from, to);
    if (this.#isPaused) reader.pause();
    reader.begin();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
  }
}
