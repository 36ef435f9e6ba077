import type { LayerPlan } from "../media/index.ts";
import { StoreError } from "./errors.ts";
import { LAYERED_BACKLOG_MAX, LAYERED_BYTES_MAX, LAYERED_PIECE_BYTES } from "./limits.ts";
import type { PutEvents, PutJob } from "./types.ts";

/** What a layered put is made of. */
export interface LayeredPutOptions {
  readonly job: string;
  /** Cuts a file; `done` may come later. */
  readonly plan: (file: Uint8Array, done: (plan: LayerPlan) => void) => void;
  /** Begins to put a file as it was cut; uncut one that is too long to be held. */
  readonly begin: (plan: LayerPlan | undefined, events: PutEvents) => PutJob;
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
      // Not slice(): that of a Buffer is no copy.
      this.#backlog.push(new Uint8Array(bytes));
      return false;
    }
    this.#hold(bytes);
    if (this.#heldBytes <= LAYERED_BYTES_MAX) return true;
    this.#begin(undefined, this.#takeHeld());
    return this.#backlog.length === 0;
  }

  finish(): void {
    if (this.#isFinished || this.#isOver) return;
    this.#isFinished = true;
    if (this.#put === undefined) {
      this.#options.plan(this.#takeHeld(), (plan) => {
        if (!this.#isOver) this.#begin(plan, ...plan.layers.map(({ bytes }) => bytes));
      });
    } else if (this.#backlog.length === 0) {
      this.#put.finish();
    }
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

  #begin(plan: LayerPlan | undefined, ...bytes: readonly Uint8Array[]): void {
    const { begin, events } = this.#options;
    this.#backlog = [...bytes];
    this.#put = begin(plan, {
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
