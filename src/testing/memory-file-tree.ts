import { concatBytes } from "../base/bytes.ts";
import { cleanPath, isWithin, joinPath, nameOf, parentOf } from "../folders/path.ts";
import {
  type FileTree,
  FileTreeError,
  type FileTreeErrorCode,
  type TreeCallback,
  type TreeEntry,
  type TreeRange,
  type TreeReadEvents,
  type TreeReader,
  type TreeWriteEvents,
  type TreeWriteOptions,
  type TreeWriter,
} from "../ports/index.ts";

interface Node {
  readonly kind: "file" | "folder";
  readonly bytes: Uint8Array;
  readonly modifiedAtMs: number;
  readonly mediaType: string | undefined;
  readonly etag: string;
}

/** Bytes that a read hands over at a time. */
const CHUNK_BYTES = 16_384;

function refuse(code: FileTreeErrorCode, path: string): never {
  throw new FileTreeError(code, `'${path}': ${code}`);
}

/** A tree of files in memory that answers later, as a disk does. Only for tests. */
export class MemoryFileTree implements FileTree {
  readonly #nodes = new Map<string, Node>();
  readonly #later: (action: () => void) => void;
  readonly #nowMs: () => number;
  #changes = 0;

  /**
   * @param later runs an action in another turn, for instance `setImmediate`
   * @param nowMs wall time, where a write tells none
   */
  constructor(later: (action: () => void) => void, nowMs: () => number = () => 0) {
    this.#later = later;
    this.#nowMs = nowMs;
    this.#put("", { kind: "folder" });
  }

  list(path: string, done: TreeCallback<readonly TreeEntry[]>): void {
    this.#answer(done, () => {
      const folder = this.#clean(path);
      if (this.#find(folder).kind !== "folder") refuse("not-folder", path);
      const entries: TreeEntry[] = [];
      for (const [each, node] of this.#nodes) {
        if (each !== "" && parentOf(each) === folder) entries.push(entryOf(each, node));
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  stat(path: string, done: TreeCallback<TreeEntry>): void {
    this.#answer(done, () => entryOf(this.#clean(path), this.#find(this.#clean(path))));
  }

  read(path: string, range: TreeRange, events: TreeReadEvents): TreeReader {
    let state: "new" | "running" | "paused" | "over" = "new";
    let rest: Uint8Array = new Uint8Array(0);
    const step = (): void => {
      if (state !== "running") return;
      if (rest.length === 0) {
        state = "over";
        events.onEnd();
        return;
      }
      const part = rest.subarray(0, CHUNK_BYTES);
      rest = rest.subarray(part.length);
      events.onBytes(part.slice());
      this.#later(step);
    };
    this.#later(() => {
      if (state === "over") return;
      try {
        const clean = this.#clean(path);
        const node = this.#find(clean);
        if (node.kind !== "file") refuse("not-file", path);
        const to = Math.min(range.to ?? node.bytes.length, node.bytes.length);
        if (range.from > to) refuse("bad-range", path);
        rest = node.bytes.subarray(range.from, to);
        if (state === "new") state = "running";
        events.onStart(entryOf(clean, node), range.from, to);
        this.#later(step);
      } catch (error) {
        if (!(error instanceof FileTreeError)) throw error;
        state = "over";
        events.onError(error);
      }
    });
    return {
      pause: () => {
        if (state !== "over") state = "paused";
      },
      resume: () => {
        if (state !== "paused") return;
        state = "running";
        this.#later(step);
      },
      abort: () => {
        state = "over";
      },
    };
  }

  write(path: string, options: TreeWriteOptions, events: TreeWriteEvents): TreeWriter {
    const parts: Uint8Array[] = [];
    let isOver = false;
    const attempt = (action: () => void): void =>
      this.#later(() => {
        if (isOver) return;
        try {
          action();
        } catch (error) {
          if (!(error instanceof FileTreeError)) throw error;
          isOver = true;
          events.onError(error);
        }
      });
    attempt(() => this.#checkWrite(path, options));
    return {
      write: (bytes) => {
        parts.push(bytes.slice());
        this.#later(() => {
          if (!isOver) events.onDrain?.();
        });
        return false;
      },
      finish: () =>
        attempt(() => {
          const clean = this.#checkWrite(path, options);
          const { modifiedAtMs, mediaType } = options;
          this.#put(clean, { kind: "file", bytes: concatBytes(...parts), modifiedAtMs, mediaType });
          isOver = true;
          events.onDone(entryOf(clean, this.#find(clean)));
        }),
      abort: () => {
        isOver = true;
      },
    };
  }

  remove(path: string, done: TreeCallback<void>): void {
    this.#answer(done, () => {
      const clean = this.#cleanNotRoot(path);
      this.#find(clean);
      this.#removeAll(clean);
    });
  }

  makeFolder(path: string, done: TreeCallback<void>): void {
    this.#answer(done, () => {
      const clean = this.#clean(path);
      if (this.#nodes.has(clean)) refuse("exists", path);
      this.#checkParent(clean);
      this.#put(clean, { kind: "folder" });
    });
  }

  move(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void {
    this.#answer(done, () => {
      if (this.#clean(from) === this.#clean(to)) return;
      this.#copy(from, to, overwrite);
      this.#removeAll(this.#clean(from));
    });
  }

  copy(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void {
    this.#answer(done, () => {
      this.#copy(from, to, overwrite);
    });
  }

  #copy(from: string, to: string, overwrite: boolean): void {
    const [source, target] = [this.#cleanNotRoot(from), this.#cleanNotRoot(to)];
    this.#find(source);
    if (isWithin(source, target) || isWithin(target, source)) refuse("bad-path", to);
    if (this.#nodes.has(target) && !overwrite) refuse("exists", to);
    this.#checkParent(target);
    this.#removeAll(target);
    for (const [path, node] of [...this.#nodes]) {
      if (isWithin(source, path)) this.#put(target + path.slice(source.length), node);
    }
  }

  #checkWrite(path: string, { ifMatch, ifAbsent }: TreeWriteOptions): string {
    const clean = this.#cleanNotRoot(path);
    this.#checkParent(clean);
    const there = this.#nodes.get(clean);
    if (ifMatch !== undefined && there?.etag !== ifMatch) refuse("conflict", path);
    if (ifAbsent === true && there !== undefined) refuse("exists", path);
    if (there?.kind === "folder") refuse("not-file", path);
    return clean;
  }

  #checkParent(path: string): void {
    const parent = this.#nodes.get(parentOf(path));
    if (parent === undefined) refuse("no-parent", path);
    if (parent.kind !== "folder") refuse("not-folder", path);
  }

  #removeAll(folder: string): void {
    for (const path of [...this.#nodes.keys()]) {
      if (isWithin(folder, path)) this.#nodes.delete(path);
    }
  }

  #put(path: string, node: Pick<Node, "kind"> & { [K in keyof Node]?: Node[K] | undefined }): void {
    this.#nodes.set(path, {
      kind: node.kind,
      bytes: node.bytes ?? new Uint8Array(0),
      modifiedAtMs: node.modifiedAtMs ?? this.#nowMs(),
      mediaType: node.mediaType,
      etag: `e${++this.#changes}`,
    });
  }

  #clean(path: string): string {
    return cleanPath(path) ?? refuse("bad-path", path);
  }

  #cleanNotRoot(path: string): string {
    const clean = this.#clean(path);
    return clean === "" ? refuse("bad-path", path) : clean;
  }

  #find(path: string): Node {
    return this.#nodes.get(path) ?? refuse("not-found", joinPath("", path));
  }

  #answer<T>(done: TreeCallback<T>, work: () => T): void {
    this.#later(() => {
      let value: T;
      try {
        value = work();
      } catch (error) {
        if (!(error instanceof FileTreeError)) throw error;
        done(error, undefined);
        return;
      }
      done(null, value);
    });
  }
}

function entryOf(path: string, node: Node): TreeEntry {
  const { kind, bytes, modifiedAtMs, etag, mediaType } = node;
  const entry = { name: nameOf(path), kind, sizeBytes: bytes.length, modifiedAtMs, etag };
  return mediaType === undefined ? entry : { ...entry, mediaType };
}
