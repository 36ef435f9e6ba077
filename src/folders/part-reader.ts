import { TypedError } from "../base/errors.ts";
import { decodeEntry } from "../feed/index.ts";
import type { FileTreeError } from "../ports/index.ts";
import type { Bundler } from "./bundler.ts";
import type { FolderCore } from "./core.ts";
import { entryKey } from "./keys.ts";
import type { ObjectSource, ObjectTrouble } from "./objects.ts";
import { inlineBytesOf } from "./operation.ts";
import { treeErrorOf } from "./trouble.ts";
import { type FileContent, type Part, sizeOf, type VersionId } from "./version.ts";

/** What a reader of parts tells. Nothing follows after `onEnd` or `onError`. */
export interface PartReaderEvents {
  /** Lent for the time of the call. */
  onBytes(bytes: Uint8Array): void;
  onEnd(): void;
  onError(error: FileTreeError): void;
}

/** Reads a stretch of a file, part after part. */
export class PartReader {
  readonly #core: FolderCore;
  readonly #bundler: Bundler;
  readonly #path: string;
  readonly #parts: Part[];
  readonly #events: PartReaderEvents;
  /** Bytes from the beginning of the next part to where reading begins and ends. */
  #from: number;
  #to: number;
  #source: ObjectSource | undefined;
  /** Bytes that came while reading was paused. */
  #held: Uint8Array | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(
    core: FolderCore,
    bundler: Bundler,
    what: { readonly path: string; readonly file: FileContent; from: number; to: number },
    events: PartReaderEvents,
  ) {
    this.#core = core;
    this.#bundler = bundler;
    this.#path = what.path;
    this.#parts = [...what.file.parts];
    this.#from = what.from;
    this.#to = Math.min(what.to, sizeOf(what.file));
    this.#events = events;
  }

  /** Reads the first part, now or once `resume` is called. */
  begin(): void {
    this.#goOn();
  }

  #next(): void {
    if (this.#isOver || this.#isPaused) return;
    let part = this.#parts.shift();
    while (part !== undefined && this.#from >= part.lengthBytes) {
      this.#from -= part.lengthBytes;
      this.#to -= part.lengthBytes;
      part = this.#parts.shift();
    }
    if (part === undefined || this.#from >= this.#to) {
      this.#isOver = true;
      this.#events.onEnd();
      return;
    }
    const from = this.#from;
    const to = Math.min(this.#to, part.lengthBytes);
    this.#from = 0;
    this.#to -= part.lengthBytes;
    this.#read(part, from, to);
  }

  pause(): void {
    this.#isPaused = true;
    this.#source?.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      this.#give(held);
    } else if (this.#source !== undefined) {
      this.#source.resume();
    } else if (this.#isIdle) {
      this.#next();
    }
  }

  abort(): void {
    this.#isOver = true;
    this.#source?.abort();
  }

  /** Whether the next part waits for `resume`. */
  #isIdle = false;

  #read(part: Part, from: number, to: number): void {
    this.#isIdle = false;
    if (part.kind === "inline") {
      this.#readInline(part.at, from, to);
    } else if (part.kind === "object") {
      this.#readObject(part.link, part.offset + from, part.offset + to);
    } else {
      const { log, bundle, offset } = part;
      const link = this.#core.state.bundle(log, bundle);
      const own = log === this.#core.ownLog?.id;
      const bytes = own ? this.#bundler.read(bundle, offset + from, to - from) : undefined;
      if (bytes !== undefined) this.#later(bytes);
      else if (link !== undefined) this.#readObject(link, offset + from, offset + to);
      else this.#fail("unreachable");
    }
  }

  #later(bytes: Uint8Array): void {
    this.#core.context.records.write([], () => this.#give(bytes));
  }

  #readInline(at: VersionId, from: number, to: number): void {
    const { context, keys, entriesAhead } = this.#core;
    const wanted = entryKey(keys.id, at.log, at.seq);
    const take = (entry: Uint8Array | undefined): void => {
      if (this.#isOver) return;
      const bytes = this.#open(at, entry);
      if (bytes === undefined) this.#fail("broken");
      else this.#give(bytes.subarray(from, to));
    };
    const ahead = entriesAhead.find(({ key }) => key === wanted)?.value ?? undefined;
    if (ahead !== undefined) context.records.write([], () => take(ahead));
    else context.records.scan(wanted, (_, found) => take(found[0]?.value));
  }

  #open(at: VersionId, bytes: Uint8Array | undefined): Uint8Array | undefined {
    if (bytes === undefined) return undefined;
    try {
      const plain = this.#core.seal.open(at.log, decodeEntry(bytes).body);
      return plain && inlineBytesOf(plain, at);
    } catch (error) {
      if (error instanceof TypedError) return undefined;
      throw error;
    }
  }

  #give(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#isPaused) {
      this.#held = bytes;
      return;
    }
    this.#events.onBytes(bytes);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isPaused) this.#isIdle = true;
    else this.#next();
  }

  #readObject(link: Uint8Array, from: number, to: number): void {
    const { objects } = this.#core.context;
    try {
      this.#source = objects.get(link, from, to, {
        onBytes: (bytes) => {
          if (!this.#isOver) this.#events.onBytes(bytes);
        },
        onDone: () => {
          this.#source = undefined;
          if (!this.#isOver) this.#goOn();
        },
        onError: (trouble) => {
          this.#source = undefined;
          if (!this.#isOver) this.#fail(trouble);
        },
      });
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#fail(objects.troubleOf(error));
    }
  }

  #fail(trouble: ObjectTrouble): void {
    this.#isOver = true;
    this.#events.onError(treeErrorOf(trouble, this.#path));
  }
}
