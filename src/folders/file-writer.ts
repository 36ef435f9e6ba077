import { concatBytes } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { FileTreeError, type TreeWriteEvents, type TreeWriter } from "../ports/index.ts";
import type { ChangeDone, Draft } from "./journal.ts";
import { OBJECT_BYTES_MIN } from "./limits.ts";
import { entryOf } from "./lookup.ts";
import type { ObjectSink } from "./objects.ts";
import { nameOf } from "./path.ts";
import { contentOf, type FilePlace, smallFile, type WriterParts } from "./small-file.ts";
import { treeErrorOf } from "./trouble.ts";
import type { Part } from "./version.ts";

/**
 * One file on its way in. Up to 4 KiB it goes into the entry, below 64 KiB into a bundle, else
 * into an object of its own, which is written while the bytes come.
 */
export class FileWriter implements TreeWriter {
  readonly #parts: WriterParts;
  readonly #place: FilePlace;
  readonly #path: string;
  readonly #events: TreeWriteEvents;
  readonly #onOver: (writer: FileWriter) => void;
  #held: Uint8Array[] = [];
  #sizeBytes = 0;
  #sink: ObjectSink | undefined;
  #state: "writing" | "finished" | "over" = "writing";

  constructor(
    parts: WriterParts,
    place: FilePlace,
    events: TreeWriteEvents,
    onOver: (writer: FileWriter) => void,
  ) {
    this.#parts = parts;
    this.#place = place;
    this.#path = place.path;
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
        edits.checkWrite(this.#path, this.#place.options);
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
    else this.#submit(() => smallFile(this.#parts, this.#place, concatBytes(...this.#held)));
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
    this.#submit(() => {
      const { path, options, resolves } = this.#place;
      const file = { file: contentOf(this.#parts, options, [part]) };
      return { operations: this.#parts.edits.write(path, options, file, resolves) };
    });
  }

  #submit(compose: () => Draft): void {
    const done: ChangeDone = (error, [id]) => {
      if (this.#state === "over") return;
      if (error !== null) {
        this.#fail(treeErrorOf(error, this.#path));
        return;
      }
      const { lookup } = this.#parts;
      // The path may show something else by now, written elsewhere or after it.
      const found = (id && lookup.version(this.#path, id)) ?? lookup.find(this.#path);
      this.#end();
      if (found !== undefined) this.#events.onDone(entryOf(found));
      else this.#events.onError(treeErrorOf("broken", this.#path));
    };
    this.#parts.journal.change(compose, done);
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
