import { stripeCount } from "./geometry.ts";
import type { Head } from "./head.ts";
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

/**
 * The space that others may still fill: quota, the share of one object, and the number of
 * offers at a time. Room is reserved before the first shard comes, so quotas hold exactly.
 */
export class Room {
  readonly #ledger: Ledger;
  readonly #quotaBytes: number;
  readonly #fragmentsMax: number;
  /** Reserved bytes by root and index. */
  readonly #reserved: Map<string, Map<number, number>> = new Map();
  #reservedBytes = 0;
  #reservedCount = 0;
  #offers = 0;
  /** Nothing is taken for others now, as on a line that costs by the byte. */
  isShut = false;

  constructor(ledger: Ledger, quotaBytes: number) {
    this.#ledger = ledger;
    this.#quotaBytes = quotaBytes;
    const affordable = Math.floor(quotaBytes / FRAGMENT_COST_BYTES);
    this.#fragmentsMax = Math.min(FRAGMENTS_KEPT_MAX, Math.max(FRAGMENTS_KEPT_MIN, affordable));
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

  /** Reserves room for one fragment: "send" where there is some. */
  reserve(head: Head, index: number, shardsBytes: number): FragmentVerdict {
    if (this.isShut) return "full";
    const root = head.rootHex;
    const ofObject = this.#reserved.get(root) ?? new Map<number, number>();
    if (ofObject.has(index)) return "busy";
    const bytes = shardsBytes + stripeCount(head.manifest) * HASH_BYTES;
    let objectBytes = bytes + this.#ledger.othersBytesOf(root);
    for (const other of ofObject.values()) objectBytes += other;
    const allBytes = bytes + this.#reservedBytes + this.#ledger.usage.othersBytes;
    if (allBytes > this.#quotaBytes) return "full";
    if (this.#reservedCount + this.#ledger.othersCount >= this.#fragmentsMax) return "full";
    if (objectBytes > Math.floor(this.#quotaBytes / OBJECT_SHARE)) return "full";
    ofObject.set(index, bytes);
    this.#reserved.set(root, ofObject);
    this.#reservedBytes += bytes;
    this.#reservedCount++;
    return "send";
  }

  /** Gives a reservation back: the fragment is stored now, or will not come. */
  release(head: Head, index: number): void {
    const ofObject = this.#reserved.get(head.rootHex);
    this.#reservedBytes -= ofObject?.get(index) ?? 0;
    if (ofObject?.delete(index) === true) this.#reservedCount--;
    if (ofObject?.size === 0) this.#reserved.delete(head.rootHex);
  }
}
