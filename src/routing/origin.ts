import type { CryptoSuite } from "../crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
  SEQNO_MAX,
} from "../identity/index.ts";
import { RoutingError } from "./errors.ts";
import { SEQNO_BLOCK, SEQNO_BUMP_MS, SEQNO_JUMP_MAX } from "./limits.ts";

/** What the origin of announcements is made of. */
export interface OriginOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly name: string;
  readonly seqno: number;
  readonly reserveSeqno: (upTo: number) => void;
}

/** This peer as the origin of its own announcements: one signed record, one sequence number. */
export class Origin {
  readonly #options: OriginOptions;
  #name: string;
  #seqno: number;
  #reserved = -1;
  #record: PeerRecord;
  #wanted = -1;
  #bumpedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OriginOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#seqno = options.seqno;
    this.#record = this.#sign(options.seqno);
  }

  /** The record in force. */
  get record(): PeerRecord {
    return this.#record;
  }

  /** Takes another name, under the next sequence number. @throws IdentityError("bad-name") */
  rename(name: string): void {
    const before = this.#name;
    this.#name = name;
    try {
      this.#record = this.#sign(this.#seqno + 1);
    } catch (error) {
      this.#name = before;
      throw error;
    }
  }

  /** Somebody asks for a sequence number of at least `wanted`. */
  request(wanted: number): void {
    if (wanted <= this.#seqno) return;
    this.#want(wanted - this.#seqno <= SEQNO_JUMP_MAX ? wanted : this.#seqno + 1);
  }

  /** A record of our own was heard, signed by us before our state was lost. */
  heardOwn(seqno: number): void {
    if (seqno > this.#seqno) this.#want(seqno + 1);
  }

  /** When a requested sequence number may be taken; Infinity when none is wanted. */
  nextDeadlineMs(): number {
    if (this.#wanted <= this.#seqno) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#bumpedAtMs + SEQNO_BUMP_MS);
  }

  /** Takes the requested sequence number if it is time. Returns whether the record is new. */
  tick(nowMs: number): boolean {
    if (nowMs < this.nextDeadlineMs()) return false;
    this.#bumpedAtMs = nowMs;
    this.#record = this.#sign(this.#wanted);
    return true;
  }

  #want(seqno: number): void {
    if (seqno <= SEQNO_MAX) this.#wanted = Math.max(this.#wanted, seqno);
  }

  #sign(seqno: number): PeerRecord {
    const { identity, suite, reserveSeqno } = this.#options;
    if (seqno > SEQNO_MAX) {
      throw new RoutingError(
        "seqno-exhausted",
        "This peer has used all its sequence numbers; restore it with a new device key.",
      );
    }
    if (this.#reserved < Math.min(seqno + SEQNO_BLOCK / 2, SEQNO_MAX)) {
      this.#reserved = Math.min(seqno + SEQNO_BLOCK, SEQNO_MAX);
      reserveSeqno(this.#reserved);
    }
    const record = decodePeerRecord(suite, encodePeerRecord(identity, { name: this.#name, seqno }));
    this.#seqno = seqno;
    return record;
  }
}
