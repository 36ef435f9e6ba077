import { writeAck } from "./frames.ts";
import { ACK_DELAY_MAX_MS, ACK_RANGES_MAX, ACK_RANGES_PRUNE } from "./limits.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { RangeSet } from "./range-set.ts";

/** Packets that ask for an acknowledgement until one is sent without delay. */
const ACK_EVERY_PACKETS = 2;
/** Acknowledgements sent alone until one asks to be acknowledged itself, where ranges pile up. */
const PRUNE_EVERY_ACKS = 16;

/** What was received and when the other side must hear of it (RFC 9000 section 13.2). */
export class AckTracker {
  readonly #ranges: RangeSet = new RangeSet();
  #largestAtMs = 0;
  #unacked = 0;
  #urgent = false;
  #oldestUnackedMs = Number.POSITIVE_INFINITY;
  #acksAlone = 0;

  /** Whether an ACK frame would tell something new that was asked for. */
  get pending(): boolean {
    return this.#unacked > 0;
  }

  /** Largest packet number received; -1 before the first. */
  get largest(): number {
    return this.#ranges.size === 0 ? -1 : this.#ranges.end(this.#ranges.size - 1) - 1;
  }

  /** When an ACK must go out even if nothing else does. */
  deadlineMs(): number {
    if (this.#unacked === 0) return Number.POSITIVE_INFINITY;
    return this.#urgent ? this.#oldestUnackedMs : this.#oldestUnackedMs + ACK_DELAY_MAX_MS;
  }

  /** An authentic, fresh packet came in. */
  onPacket(number: number, eliciting: boolean, nowMs: number): void {
    const expected = this.largest + 1;
    this.#ranges.add(number, number + 1);
    if (this.#ranges.size > ACK_RANGES_MAX) this.#ranges.dropFirst();
    if (number >= expected) this.#largestAtMs = nowMs;
    if (!eliciting) return;
    this.#unacked++;
    this.#oldestUnackedMs = Math.min(this.#oldestUnackedMs, nowMs);
    if (this.#unacked >= ACK_EVERY_PACKETS || number !== expected) this.#urgent = true;
  }

  /** Our ACK up to `largest` has arrived: what lies below need not be repeated (section 13.2.4). */
  onAckArrived(largest: number): void {
    const top = this.#ranges.size - 1;
    if (top >= 0) this.#ranges.dropBelow(Math.min(largest + 1, this.#ranges.end(top) - 1));
  }

  /** Writes the ACK frame; false where nothing was received or no room is left. */
  write(buffer: PacketBuffer, nowMs: number): boolean {
    if (this.#ranges.size === 0) return false;
    if (!writeAck(buffer, this.#ranges, nowMs - this.#largestAtMs)) return false;
    this.#unacked = 0;
    this.#urgent = false;
    this.#oldestUnackedMs = Number.POSITIVE_INFINITY;
    return true;
  }

  /** Asked after an ACK was put into a packet of its own: should a PING go with it? */
  wantsPing(): boolean {
    this.#acksAlone++;
    if (this.#ranges.size <= ACK_RANGES_PRUNE || this.#acksAlone < PRUNE_EVERY_ACKS) return false;
    this.#acksAlone = 0;
    return true;
  }
}
