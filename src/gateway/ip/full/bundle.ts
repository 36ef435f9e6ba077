import type { PeerId } from "../../../identity/index.ts";
import { KIND, PACKET_AT } from "../layout.ts";
import { setU16, u16 } from "../octets.ts";
import { BUNDLE_BYTES_MAX } from "./limits.ts";

/** First byte of a datagram with several packets: version 1 in the high half. */
const BUNDLE = 0x13;
/** Bytes before each packet of a bundle: its length. */
const LENGTH_BYTES = 2;

/** Where datagrams go out, and what is told once one has. */
export interface BundleEvents {
  send(to: PeerId, datagram: Uint8Array): boolean;
  /** Packets of this many bytes have left, or found no room. */
  onLeft(to: PeerId, packets: number, byteCount: number, isSent: boolean): void;
}

/** Puts the packets of one turn for one peer into one datagram: each datagram costs the same. */
export class Bundler {
  readonly #events: BundleEvents;
  readonly #buffer = new Uint8Array(BUNDLE_BYTES_MAX);
  #to: PeerId = "";
  #end = 1;
  #packets = 0;

  constructor(events: BundleEvents) {
    this.#events = events;
  }

  /** Bytes of packets for a peer that have not left yet. */
  waiting(to: PeerId): number {
    return to === this.#to ? this.#packetBytes : 0;
  }

  /** Takes the packet of a frame of the interface (copied). False: what waited found no room. */
  add(to: PeerId, frame: Uint8Array, end: number): boolean {
    const size = end - PACKET_AT;
    const hasRoom = to === this.#to && this.#end + LENGTH_BYTES + size <= BUNDLE_BYTES_MAX;
    const isFine = hasRoom || this.flush();
    this.#to = to;
    setU16(this.#buffer, this.#end, size);
    this.#buffer.set(frame.subarray(PACKET_AT, end), this.#end + LENGTH_BYTES);
    this.#end += LENGTH_BYTES + size;
    this.#packets++;
    return isFine;
  }

  /** The turn is over: what waits leaves. False: it found no room. */
  flush(): boolean {
    const [packets, byteCount] = [this.#packets, this.#packetBytes];
    if (packets === 0) return true;
    // One alone needs no length; the byte before it is free by then.
    const start = packets === 1 ? LENGTH_BYTES : 0;
    this.#buffer[start] = packets === 1 ? KIND.plain : BUNDLE;
    const isSent = this.#events.send(this.#to, this.#buffer.subarray(start, this.#end));
    this.#end = 1;
    this.#packets = 0;
    this.#events.onLeft(this.#to, packets, byteCount, isSent);
    return isSent;
  }

  get #packetBytes(): number {
    return this.#end - 1 - LENGTH_BYTES * this.#packets;
  }
}

/**
 * Hands over where each packet of a datagram begins and ends.
 * @returns false where the datagram is of another kind, or its lengths do not add up; what came
 *   before that was handed over
 */
export function eachPacket(
  datagram: Uint8Array,
  take: (start: number, end: number) => void,
): boolean {
  const kind = datagram[0];
  if (kind === KIND.plain) {
    take(1, datagram.length);
    return true;
  }
  if (kind !== BUNDLE) return false;
  let at = 1;
  while (at + LENGTH_BYTES <= datagram.length) {
    const start = at + LENGTH_BYTES;
    const end = start + u16(datagram, at);
    if (end === start || end > datagram.length) return false;
    take(start, end);
    at = end;
  }
  return at === datagram.length && at > 1;
}
