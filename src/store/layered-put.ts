import { StoreError } from "./errors.ts";
import { LAYERED_BACKLOG_MAX, LAYERED_BYTES_MAX, LAYERED_PIECE_BYTES } from "./limits.ts";
import type { PutEvents, PutJob } from "./types.ts";

/** A put that has begun, and the bytes that it takes first. */
export interface LayeredStart {
  readonly put: PutJob;
  readonly bytes: readonly Uint8Array[];
}

/** What a layered put is made of. */
export interface LayeredPutOptions {
  readonly job: string;
  /** Cuts the file and begins to put it; undefined for a file that is too long to be held. */
  readonly begin: (file: Uint8Array | undefined, events: PutEvents) => LayeredStart;
  readonly events: PutEvents;
  /** Called once, before the last event. */
  readonly onOver: () => void;
}

/**
 * Takes a file whole before it is cut into layers. One that is longer than `LAYERED_BYTES_MAX` is
 * not held: it goes on its way uncut.
 */
export class LayeredPut implements PutJob {
  readonly job: string;
  readonly #options: LayeredPutOptions;
  #held = new Uint8Array(0);
  #heldBytes = 0;
  #put: PutJob | undefined;
  /** What the put has not taken yet. */
  #backlog: Uint8Array[] = [];
  #isFinished = false;
  #isOver = false;

  constructor(options: LayeredPutOptions) {
    this.job = options.job;
    this.#options = options;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isFinished || this.#isOver) return false;
    if (this.#put !== undefined && this.#backlog.length === 0) return this.#put.write(bytes);
    if (this.#put !== undefined) {
      if (this.#backlog.length >= LAYERED_BACKLOG_MAX) {
        throw new StoreError("busy", "More was written than the disk takes. Wait for onDrain.");
      }
      this.#backlog.push(bytes.slice());
      return false;
    }
    this.#hold(bytes);
    if (this.#heldBytes <= LAYERED_BYTES_MAX) return true;
    this.#begin(undefined, [this.#takeHeld()]);
    return this.#backlog.length === 0;
  }

  finish(): void {
    if (this.#isFinished || this.#isOver) return;
    this.#isFinished = true;
    if (this.#put === undefined) this.#begin(this.#takeHeld(), []);
    else if (this.#backlog.length === 0) this.#put.finish();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#put?.abort();
    this.#end();
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#heldBytes + bytes.length;
    if (length > this.#held.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = length;
  }

  #takeHeld(): Uint8Array {
    const held = this.#held.subarray(0, this.#heldBytes);
    this.#held = new Uint8Array(0);
    return held;
  }

  #begin(file: Uint8Array | undefined, backlog: Uint8Array[]): void {
    const { begin, events } = this.#options;
    const start = begin(file, {
      ...events,
      onDone: (link) => {
        this.#end();
        events.onDone(link);
      },
      onError: (error: StoreError) => {
        this.#end();
        events.onError(error);
      },
      onDrain: () => this.#pump(),
    });
    this.#put = start.put;
    this.#backlog = [...start.bytes, ...backlog];
    this.#pump();
  }

  #pump(): void {
    while (!this.#isOver && this.#put !== undefined) {
      const bytes = this.#backlog[0];
      if (bytes === undefined) break;
      // In pieces, so that back-pressure is felt within a long layer too.
      const piece = bytes.subarray(0, LAYERED_PIECE_BYTES);
      if (piece.length === bytes.length) this.#backlog.shift();
      else this.#backlog[0] = bytes.subarray(LAYERED_PIECE_BYTES);
      if (!this.#put.write(piece)) return;
    }
    if (this.#isOver) return;
    if (this.#isFinished) this.#put?.finish();
    else this.#options.events.onDrain?.();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#held = new Uint8Array(0);
    this.#backlog = [];
    this.#options.onOver();
  }
}
