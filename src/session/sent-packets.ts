import type { InternalFrame } from "./paths/outbox.ts";
import type { SessionPath } from "./paths/session-path.ts";
import type { SessionStream } from "./stream.ts";

/** What a sent packet carried that must be told of its fate. */
export type SentFrame =
  | { readonly kind: "stream"; readonly stream: SessionStream; readonly piece: Piece }
  | { readonly kind: "reset"; readonly stream: SessionStream }
  | { readonly kind: "stream-window"; readonly streamId: number }
  | { readonly kind: "session-window" }
  | { readonly kind: "stream-count" }
  | { readonly kind: "internal"; readonly frame: InternalFrame };

/** One STREAM frame's share of a stream. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly fin: boolean;
  readonly open: boolean;
}

/** A packet that asks to be acknowledged and has not been yet. */
export interface SentPacket {
  readonly number: number;
  readonly sentMs: number;
  readonly sizeBytes: number;
  readonly frames: readonly SentFrame[];
  /** Largest packet number that its ACK frame named; -1 without one. */
  readonly ackedThrough: number;
  /** Its content was queued again by a probe while its fate was still open. */
  requeued: boolean;
  /** By which way it went; the one that recovery began with where there is only that. */
  readonly path?: SessionPath;
}

/** Sent packets by number: a queue with holes, trimmed at its head. */
export class SentPackets {
  #slots: (SentPacket | undefined)[] = [];
  #head = 0;
  #first = 0;
  #count = 0;

  /** Packets held. */
  get count(): number {
    return this.#count;
  }

  /** Number of the oldest packet held, if any. */
  get first(): number {
    return this.#first;
  }

  /** One past the newest number ever added. */
  get next(): number {
    return this.#first + this.#slots.length - this.#head;
  }

  /** Adds the packet; numbers rise. */
  add(packet: SentPacket): void {
    if (this.#count === 0) {
      this.#slots = [];
      this.#head = 0;
      this.#first = packet.number;
    }
    while (this.next < packet.number) this.#slots.push(undefined);
    this.#slots.push(packet);
    this.#count++;
  }

  /** The packet of this number, while its fate is open. */
  get(number: number): SentPacket | undefined {
    const index = number - this.#first + this.#head;
    return index < this.#head ? undefined : this.#slots[index];
  }

  /** Takes a packet out. */
  remove(packet: SentPacket): void {
    this.#slots[packet.number - this.#first + this.#head] = undefined;
    this.#count--;
    while (this.#head < this.#slots.length && this.#slots[this.#head] === undefined) {
      this.#head++;
      this.#first++;
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
  }
}
