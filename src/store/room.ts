import type { PeerId } from "../identity/index.ts";
import { stripeCount } from "./geometry.ts";
import type { Head } from "./head.ts";
import { OWNER_SHARE_PERCENT } from "./leases/limits.ts";
import type { Ledger } from "./ledger.ts";
import {
  FRAGMENT_COST_BYTES,
  FRAGMENTS_KEPT_MAX,
  FRAGMENTS_KEPT_MIN,
  RECEIVING_MAX,
} from "./limits.ts";
import { HASH_BYTES } from "./merkle.ts";
import type { FragmentVerdict } from "./messages.ts";

/** One part in this many of the quota is open to a single object. */
const OBJECT_SHARE = 2;

/** Bytes that were promised to a fragment. */
interface Reservation {
  readonly bytes: number;
  readonly from: PeerId;
}

/**
 * The space that others may still fill: quota, the share of one object and of one peer, and the
 * number of offers at a time. Room is reserved before the first shard comes, so quotas hold exactly.
 */
export class Room {
  readonly #ledger: Ledger;
  /** Reservations by root and index. */
  readonly #reserved: Map<string, Map<number, Reservation>> = new Map();
  readonly #reservedBy: Map<PeerId, number> = new Map();
  #reservedBytes = 0;
  #reservedCount = 0;
  #offers = 0;
  /** Bytes kept for others at most. */
  quotaBytes: number;
  /** Nothing is taken for others now, as on a line that costs by the byte. */
  isShut = false;

  constructor(ledger: Ledger, quotaBytes: number) {
    this.#ledger = ledger;
    this.quotaBytes = quotaBytes;
  }

  /** Begins an offer; false: too many at a time. Call `close` when it is done. */
  open(): boolean {
    if (this.#offers >= RECEIVING_MAX) return false;
    this.#offers++;
    return true;
  }

  close(): void {
    this.#offers--;
  }

  /** Reserves room for one fragment that a peer brings: "send" where there is some. */
  reserve(head: Head, index: number, shardsBytes: number, from: PeerId): FragmentVerdict {
    if (this.isShut) return "full";
    const root = head.rootHex;
    const ofObject = this.#reserved.get(root) ?? new Map<number, Reservation>();
    if (ofObject.has(index)) return "busy";
    const bytes = shardsBytes + stripeCount(head.manifest) * HASH_BYTES;
    let objectBytes = bytes + this.#ledger.othersBytesOf(root);
    for (const other of ofObject.values()) objectBytes += other.bytes;
    const peerBytes = (this.#reservedBy.get(from) ?? 0) + this.#ledger.accounts.taken(from).bytes;
    const allBytes = bytes + this.#reservedBytes + this.#ledger.usage.othersBytes;
    if (allBytes > this.quotaBytes) return "full";
    if (this.#reservedCount + this.#ledger.othersCount >= this.#fragmentsMax()) return "full";
    if (objectBytes > Math.floor(this.quotaBytes / OBJECT_SHARE)) return "full";
    if (bytes + peerBytes > Math.floor((this.quotaBytes * OWNER_SHARE_PERCENT) / 100))
      return "full";
    this.#reserved.set(root, ofObject.set(index, { bytes, from }));
    this.#count(from, bytes, 1);
    return "send";
  }

  /** Gives a reservation back: the fragment is stored now, or will not come. */
  release(head: Head, index: number): void {
    const ofObject = this.#reserved.get(head.rootHex);
    const reservation = ofObject?.get(index);
    if (ofObject === undefined || reservation === undefined) return;
    ofObject.delete(index);
    this.#count(reservation.from, reservation.bytes, -1);
    if (ofObject.size === 0) this.#reserved.delete(head.rootHex);
  }

  #count(from: PeerId, bytes: number, sign: 1 | -1): void {
    this.#reservedBytes += sign * bytes;
    this.#reservedCount += sign;
    const left = (this.#reservedBy.get(from) ?? 0) + sign * bytes;
    if (left > 0) this.#reservedBy.set(from, left);
    else this.#reservedBy.delete(from);
  }

  #fragmentsMax(): number {
    const affordable = Math.floor(this.quotaBytes / FRAGMENT_COST_BYTES);
    return Math.min(FRAGMENTS_KEPT_MAX, Math.max(FRAGMENTS_KEPT_MIN, affordable));
  }
}
