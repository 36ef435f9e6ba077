import { TAG_BYTES } from "../crypto/index.ts";
import { datagramOverheadBytes } from "./frames.ts";
import { DATAGRAMS_WAITING_BYTES_MAX, DATAGRAMS_WAITING_MAX } from "./limits.ts";
import { PROBE_HEADER_BYTES } from "./packet.ts";

/** A datagram on its way out. */
export interface QueuedDatagram {
  readonly serviceId: number;
  readonly bytes: Uint8Array;
  /** When it is of no use any more, monotonic milliseconds. */
  readonly giveUpMs: number;
}

/** Datagrams waiting for a session, bounded in number and bytes. */
export class DatagramQueue {
  #items: QueuedDatagram[] = [];
  #head = 0;
  #sizeBytes = 0;

  /** Datagrams waiting. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The one whose turn it is. */
  get first(): QueuedDatagram | undefined {
    return this.#items[this.#head];
  }

  /** Takes a copy in; false where the queue is full. */
  push(serviceId: number, bytes: Uint8Array, giveUpMs: number): boolean {
    if (this.length >= DATAGRAMS_WAITING_MAX) return false;
    if (this.#sizeBytes + bytes.length > DATAGRAMS_WAITING_BYTES_MAX) return false;
    this.#items.push({ serviceId, bytes: bytes.slice(), giveUpMs });
    this.#sizeBytes += bytes.length;
    return true;
  }

  /** Takes the first one out. */
  shift(): QueuedDatagram | undefined {
    const first = this.first;
    if (first === undefined) return undefined;
    this.#head++;
    this.#sizeBytes -= first.bytes.length;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  /** Takes all out, in order. */
  takeAll(): readonly QueuedDatagram[] {
    const waiting = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    this.#sizeBytes = 0;
    return waiting;
  }
}

/** What a packet adds to the one datagram in it, at most. */
export const DATAGRAM_EXTRA_BYTES: number =
  PROBE_HEADER_BYTES + TAG_BYTES + datagramOverheadBytes(1 << 14);

/** Largest datagram that fits one packet of this size, in bytes. */
export function datagramBytesMax(packetBytes: number): number {
  const room = packetBytes - PROBE_HEADER_BYTES - TAG_BYTES;
  return room - datagramOverheadBytes(room);
}
