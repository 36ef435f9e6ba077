import { concatBytes, NO_BYTES } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import {
  FileTreeError,
  type TreeWriteEvents,
  type TreeWriteOptions,
  type TreeWriter,
} from "../ports/index.ts";
import type { Bundler } from "./bundler.ts";
import type { FolderCore } from "./core.ts";
import type { Edits, NewFile } from "./edits.ts";
import type { ChangeDone, Draft, Journal } from "./journal.ts";
import { INLINE_BYTES_MAX, OBJECT_BYTES_MIN } from "./limits.ts";
import { entryOf, type Lookup } from "./lookup.ts";
import type { ObjectSink } from "./objects.ts";
import { isMediaType } from "./operation.ts";
import { nameOf } from "./path.ts";
import { treeErrorOf } from "./trouble.ts";
import type { FileContent, Part } from "./version.ts";

/** What a writer works with. */
export interface WriterParts {
  readonly core: FolderCore;
  readonly bundler: Bundler;
  readonly edits: Edits;
  readonly lookup: Lookup;
  readonly journal: Journal;
}

const TIME_MAX: number = 2 ** 48 - 1;

/**
 * One file on its way in. Up to 4 KiB it goes into the entry, below 64 KiB into a bundle, else
 * into an object of its own, which is written while the bytes come.
 */
export class FileWriter implements TreeWriter {
  readonly #parts: WriterParts;
  readonly #path: string;
  readonly #options: TreeWriteOptions;
  readonly #events: TreeWriteEvents;
  readonly #onOver: (writer: FileWriter) => void;
  readonly #resolves: boolean;
  #held: Uint8Array[] = [];
  #sizeBytes = 0;
  #sink: ObjectSink | undefined;
  #state: "writing" | "finished" | "over" = "writing";

  constructor(
    parts: WriterParts,
    what: { readonly path: string; readonly options: TreeWriteOptions; readonly resolves: boolean },
    events: TreeWriteEvents,
    onOver: (writer: FileWriter) => void,
  ) {
    this.#parts = parts;
    this.#path = what.path;
    this.#options = what.options;
    this.#resolves = what.resolves;
    this.#events = events;
    this.#onOver = onOver;
  }

  /** Refuses at once what could not be written anyway. */
  start(): void {
    const { core, edits } = this.#parts;
    core.context.records.write([], () => {
      if (this.#state !== "writing") return;
      try {
        if (core.keys.write === undefined) throw treeErrorOf("read-only", this.#path);
        edits.checkWrite(this.#path, this.#options);
      } catch (error) {
        if (!(error instanceof FileTreeError)) throw error;
        this.#fail(error);
      }
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "writing") return false;
    this.#sizeBytes += bytes.length;
    if (this.#sink !== undefined) return this.#pour(this.#sink, bytes);
    this.#held.push(bytes.slice());
    if (this.#sizeBytes < OBJECT_BYTES_MIN) return true;
    return this.#openSink();
  }

  finish(): void {
    if (this.#state !== "writing") return;
    this.#state = "finished";
    if (this.#sink !== undefined) this.#sink.finish();
    else this.#submit(() => this.#smallFile(concatBytes(...this.#held)));
  }

  abort(): void {
    if (this.#state === "over") return;
    this.#sink?.abort();
    this.#end();
  }

  #pour(sink: ObjectSink, bytes: Uint8Array): boolean {
    try {
      return sink.write(bytes);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      const { objects, records } = this.#parts.core.context;
      sink.abort();
      const failure = treeErrorOf(objects.troubleOf(error), this.#path);
      records.write([], () => this.#fail(failure));
      return false;
    }
  }

  #openSink(): boolean {
    const { objects, records } = this.#parts.core.context;
    try {
      this.#sink = objects.put(nameOf(this.#path), {
        onDrain: () => {
          if (this.#state === "writing") this.#events.onDrain?.();
        },
        onDone: (link) => this.#stored(link),
        onError: (trouble) => this.#fail(treeErrorOf(trouble, this.#path)),
      });
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      const failure = treeErrorOf(objects.troubleOf(error), this.#path);
      records.write([], () => this.#fail(failure));
      return false;
    }
    const held = concatBytes(...this.#held);
    this.#held = [];
    return this.#pour(this.#sink, held);
  }

  #stored(link: Uint8Array): void {
    this.#sink = undefined;
    if (this.#state !== "finished") return;
    const lengthBytes = this.#sizeBytes;
    const part: Part = { kind: "object", link, offset: 0, lengthBytes };
    this.#submit(() => ({ new: { file: this.#content([part]) }, writes: [] }));
  }

  #smallFile(bytes: Uint8Array): { new: NewFile; writes: Draft["writes"] & object } {
    if (bytes.length <= INLINE_BYTES_MAX) {
      const inline = bytes.length === 0 ? NO_BYTES : bytes;
      return { new: { file: this.#content([]), inline }, writes: [] };
    }
    const place = this.#parts.bundler.add(bytes);
    if (place === undefined) throw treeErrorOf("busy", this.#path);
    const { bundle, offset, write } = place;
    const log = this.#parts.core.ownLog?.id ?? "";
    const part: Part = { kind: "bundle", log, bundle, offset, lengthBytes: bytes.length };
    return { new: { file: this.#content([part]) }, writes: [write] };
  }

  #content(parts: readonly Part[]): FileContent {
    const { modifiedAtMs = this.#parts.core.context.clock.wallMs(), mediaType = "" } =
      this.#options;
    const atMs = Math.min(Math.max(0, Math.floor(modifiedAtMs)), TIME_MAX);
    return { modifiedAtMs: atMs, mediaType: isMediaType(mediaType) ? mediaType : "", parts };
  }

  #submit(make: () => { new: NewFile; writes: Draft["writes"] & object }): void {
    const { edits, journal } = this.#parts;
    const compose = (): Draft => {
      // Checked before bytes take a place in a bundle.
      edits.checkWrite(this.#path, this.#options);
      const { new: file, writes } = make();
      return { operations: edits.write(this.#path, this.#options, file, this.#resolves), writes };
    };
    const done: ChangeDone = (error) => {
      if (this.#state === "over") return;
      if (error !== null) {
        this.#fail(treeErrorOf(error, this.#path));
        return;
      }
      const found = this.#parts.lookup.find(this.#path);
      this.#end();
      if (found !== undefined) this.#events.onDone(entryOf(found));
      else this.#events.onError(treeErrorOf("broken", this.#path));
    };
    journal.change(compose, done);
  }

  #fail(error: FileTreeError): void {
    if (this.#state === "over") return;
    this.#sink?.abort();
    this.#end();
    this.#events.onError(error);
  }

  #end(): void {
    this.#state = "over";
    this.#sink = undefined;
    this.#held = [];
    this.#onOver(this);
  }
}
