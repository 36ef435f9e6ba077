import { concatBytes } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import {
  FileTreeError,
  type RecordWrite,
  type TreeWriteEvents,
  type TreeWriter,
} from "../ports/index.ts";
import { ReusingPut } from "./chunks/reusing-put.ts";
import type { ChangeDone, Draft } from "./journal-queue.ts";
import { OBJECT_BYTES_MIN } from "./limits.ts";
import { entryOf } from "./lookup.ts";
import { checkMayWrite } from "./may-write.ts";
import { nameOf } from "./path.ts";
import { contentOf, type FilePlace, smallFile, type WriterParts } from "./small-file.ts";
import { treeErrorOf } from "./trouble.ts";
import type { Part } from "./version.ts";

/**
 * One file on its way in. Up to 4 KiB it goes into the entry, below 64 KiB into a bundle, else
 * into an object of its own, which is written while the bytes come, but for what the folder has already.
 */
export class FileWriter implements TreeWriter {
  readonly #parts: WriterParts;
  readonly #place: FilePlace;
  readonly #path: string;
  readonly #events: TreeWriteEvents;
  readonly #onOver: (writer: FileWriter) => void;
  #held: Uint8Array[] = [];
  #sizeBytes = 0;
  #put: ReusingPut | undefined;
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
        checkMayWrite(core, this.#path);
        edits.checkWrite(this.#path, this.#place.options);
      } catch (error) {
        if (!(error instanceof FileTreeError)) throw error;
        this.#fail(error);
      }
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "writing") return false;
    const before = this.#sizeBytes;
    this.#sizeBytes += bytes.length;
    if (this.#put !== undefined) return this.#pour(this.#put, bytes);
    this.#held.push(bytes.slice());
    if (this.#sizeBytes < OBJECT_BYTES_MIN) return true;
    if (before < OBJECT_BYTES_MIN) this.#parts.known.load(() => this.#open());
    return false;
  }

  finish(): void {
    if (this.#state !== "writing") return;
    this.#state = "finished";
    if (this.#put !== undefined) this.#finishPut(this.#put);
    else if (this.#sizeBytes < OBJECT_BYTES_MIN) {
      this.#submit(() => smallFile(this.#parts, this.#place, concatBytes(...this.#held)));
    }
  }

  abort(): void {
    if (this.#state === "over") return;
    this.#put?.abort();
    this.#end();
  }

  /** Once it is known what the folder has already. */
  #open(): void {
    if (this.#state === "over") return;
    const { core, known, contents } = this.#parts;
    const put = new ReusingPut({ context: core.context, known, contents }, nameOf(this.#path), {
      onDrain: () => {
        if (this.#state === "writing") this.#events.onDrain?.();
      },
      onDone: (parts, remember) => this.#stored(parts, remember),
      onError: (trouble) => this.#fail(treeErrorOf(trouble, this.#path)),
    });
    this.#put = put;
    const held = this.#held;
    this.#held = [];
    let isReady = true;
    for (const bytes of held) isReady = this.#pour(put, bytes);
    if (this.#state === "finished") this.#finishPut(put);
    else if (isReady) this.#events.onDrain?.();
  }

  #pour(put: ReusingPut, bytes: Uint8Array): boolean {
    return this.#try(put, () => put.write(bytes));
  }

  #finishPut(put: ReusingPut): void {
    this.#try(put, () => {
      put.finish();
      return true;
    });
  }

  #try(put: ReusingPut, work: () => boolean): boolean {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      const { objects, records } = this.#parts.core.context;
      put.abort();
      const failure = treeErrorOf(objects.troubleOf(error), this.#path);
      records.write([], () => this.#fail(failure));
      return false;
    }
  }

  #stored(parts: readonly Part[], remember: () => readonly RecordWrite[]): void {
    this.#put = undefined;
    if (this.#state !== "finished") return;
    this.#submit(() => {
      const { path, options, resolves } = this.#place;
      const file = { file: contentOf(this.#parts, options, parts) };
      const operations = this.#parts.edits.write(path, options, file, resolves);
      return { operations, writes: remember() };
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
    this.#put?.abort();
    this.#end();
    this.#events.onError(error);
  }

  #end(): void {
    this.#state = "over";
    this.#put = undefined;
    this.#held = [];
    this.#onOver(this);
  }
}
