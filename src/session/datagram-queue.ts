import { TAG_BYTES } from "../crypto/index.ts";
import { datagramOverheadBytes, writeDatagram } from "./frames.ts";
import { DATAGRAM_QUEUE_BYTES_MAX, DATAGRAM_QUEUE_MAX } from "./limits.ts";
import { PROBE_HEADER_BYTES } from "./packet.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/** A datagram on its way out. */
export interface QueuedDatagram {
  readonly serviceId: number;
  readonly bytes: Uint8Array;
  /** When it is of no use any more, monotonic milliseconds. */
  readonly giveUpMs: number;
}

/** Datagrams waiting to be sent, bounded in number and bytes. */
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
    if (this.length >= DATAGRAM_QUEUE_MAX) return false;
    if (this.#sizeBytes + bytes.length > DATAGRAM_QUEUE_BYTES_MAX) return false;
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

  /** Size of the packet that takes the first one, in bytes, where other data asks for `wanted`. */
  packetBytes(wantedBytes: number, ceilingBytes: number): number {
    const sizeBytes = this.first?.bytes.length ?? 0;
    if (sizeBytes <= datagramBytesMax(wantedBytes)) return wantedBytes;
    return Math.min(ceilingBytes, sizeBytes + DATAGRAM_EXTRA_BYTES);
  }

  /**
   * Writes those that fit; what is late or will never fit is dropped.
   * @param packetBytes largest packet that may be sent
   */
  write(buffer: PacketBuffer, packetBytes: number, nowMs: number): void {
    for (;;) {
      const next = this.first;
      if (next === undefined) return;
      const fits = datagramOverheadBytes(next.bytes.length) + next.bytes.length <= buffer.room;
      const isLate = next.giveUpMs <= nowMs;
      const everFits = next.bytes.length <= datagramBytesMax(packetBytes);
      if (!fits && !isLate && everFits) return;
      this.shift();
      if (fits && !isLate) writeDatagram(buffer, next.serviceId, next.bytes);
    }
  }
}

/** What a packet adds to the one datagram in it, at most. */
const DATAGRAM_EXTRA_BYTES: number =
  PROBE_HEADER_BYTES + TAG_BYTES + datagramOverheadBytes(1 << 14);

/** Largest datagram that fits one packet of this size, in bytes. */
export function datagramBytesMax(packetBytes: number): number {
  const room = packetBytes - PROBE_HEADER_BYTES - TAG_BYTES;
  return room - datagramOverheadBytes(room);
}
