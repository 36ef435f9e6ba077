import type { Destination } from "./destination.ts";
import { PROOFS_KEPT_MAX } from "./limits.ts";

/** A number and the link that vouches for it. */
interface Proof {
  readonly seqno: number;
  readonly link: Uint8Array;
}

/**
 * Proofs of numbers made at one time: the same one goes to most neighbours in one turn. Those of an
 * earlier time are forgotten when the next one is asked for.
 */
export class TurnProofs {
  readonly #proofs = new Map<Destination, Proof>();
  #madeMs = Number.NEGATIVE_INFINITY;

  /** The link of a number, by `make` unless it was made at this very time. */
  linkOf(
    destination: Destination,
    seqno: number,
    nowMs: number,
    make: () => Uint8Array,
  ): Uint8Array {
    if (this.#madeMs !== nowMs) this.#proofs.clear();
    this.#madeMs = nowMs;
    const made = this.#proofs.get(destination);
    if (made?.seqno === seqno) return made.link;
    const link = make();
    const hasRoom = made !== undefined || this.#proofs.size < PROOFS_KEPT_MAX;
    if (hasRoom) this.#proofs.set(destination, { seqno, link });
    return link;
  }
}
