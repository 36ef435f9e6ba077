import type { CryptoSuite } from "../crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
  peerIdToBytes,
  SEQNO_MAX,
} from "../identity/index.ts";
import { CHAIN_BYTES } from "../identity/limits.ts";
import type { Random } from "../ports/index.ts";
import { OwnChain } from "./chain.ts";
import { RoutingError } from "./errors.ts";
import { CHAIN_LENGTH, SEQNO_BLOCK, SEQNO_BUMP_MS, SEQNO_JUMP_MAX, SIGN_GAP_MS } from "./limits.ts";

/** What the origin of announcements is made of. */
export interface OriginOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly random: Random;
  readonly name: string;
  readonly seqno: number;
  readonly reserveSeqno: (upTo: number) => void;
}

/**
 * This peer as the origin of its own announcements: a signed record, and a hash chain whose links
 * vouch for the numbers after the record's.
 */
export class Origin {
  readonly idBytes: Uint8Array;
  readonly #options: OriginOptions;
  #name: string;
  #seqno: number;
  #reserved = -1;
  #chain: OwnChain | undefined;
  #record: PeerRecord;
  #wanted = -1;
  /** The next number needs a record of its own: others know a chain of ours that we have lost. */
  #signs = false;
  /** Somebody without proof speaks of a number like that: signed for at a pace of its own. */
  #doubted = -1;
  #bumpedAtMs = Number.NEGATIVE_INFINITY;
  #signedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: OriginOptions) {
    this.#options = options;
    this.idBytes = peerIdToBytes(options.identity.id);
    this.#name = options.name;
    this.#seqno = options.seqno;
    this.#record = this.#sign(options.seqno);
  }

  /** The record in force. */
  get record(): PeerRecord {
    return this.#record;
  }

  /** The sequence number in force: the record's, or one that its chain vouches for. */
  get seqno(): number {
    return this.#seqno;
  }

  /** The link that proves the number in force; undefined where the record does. */
  get link(): Uint8Array | undefined {
    const offset = this.#seqno - this.#record.seqno;
    return offset === 0 ? undefined : this.#chain?.link(offset);
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
    if (wanted === this.#seqno + 1) {
      this.#want(wanted);
      return;
    }
    // Somebody knows the number before that: one of ours, of a chain that we have lost.
    const doubted = wanted - this.#seqno <= SEQNO_JUMP_MAX ? wanted : this.#seqno + 1;
    if (doubted <= SEQNO_MAX) this.#doubted = Math.max(this.#doubted, doubted);
  }

  /** A number of our own was heard and proven, taken by us before our state was lost. */
  heardOwn(seqno: number): void {
    if (seqno <= this.#seqno) return;
    this.#want(seqno + 1);
    this.#signs = true;
  }

  /** When a requested sequence number may be taken; Infinity when none is wanted. */
  nextDeadlineMs(): number {
    const bumpMs = Math.max(0, this.#bumpedAtMs + SEQNO_BUMP_MS);
    const signMs = Math.max(bumpMs, this.#signedAtMs + SIGN_GAP_MS);
    const wantedMs = this.#signs ? signMs : bumpMs;
    return Math.min(
      this.#wanted > this.#seqno ? wantedMs : Number.POSITIVE_INFINITY,
      this.#doubted > this.#seqno ? signMs : Number.POSITIVE_INFINITY,
    );
  }

  /** Takes the requested sequence number if it is time. Returns whether there is a new one. */
  tick(nowMs: number): boolean {
    if (nowMs < this.nextDeadlineMs()) return false;
    const maySign = nowMs >= this.#signedAtMs + SIGN_GAP_MS;
    const isDoubted = this.#doubted > this.#seqno && maySign;
    const wanted = Math.max(this.#wanted, isDoubted ? this.#doubted : this.#seqno + 1);
    this.#bumpedAtMs = nowMs;
    if (!this.#signs && !isDoubted && wanted - this.#record.seqno <= CHAIN_LENGTH) {
      this.#reserve(wanted);
      this.#seqno = wanted;
    } else {
      this.#record = this.#sign(wanted);
      this.#signs = false;
      this.#signedAtMs = nowMs;
    }
    return true;
  }

  #want(seqno: number): void {
    if (seqno <= SEQNO_MAX) this.#wanted = Math.max(this.#wanted, seqno);
  }

  #newChain(): OwnChain {
    const { suite, random } = this.#options;
    return new OwnChain(suite, this.idBytes, random.bytes(CHAIN_BYTES), CHAIN_LENGTH);
  }

  #reserve(seqno: number): void {
    if (this.#reserved >= Math.min(seqno + SEQNO_BLOCK / 2, SEQNO_MAX)) return;
    this.#reserved = Math.min(seqno + SEQNO_BLOCK, SEQNO_MAX);
    this.#options.reserveSeqno(this.#reserved);
  }

  #sign(seqno: number): PeerRecord {
    const { identity, suite } = this.#options;
    if (seqno > SEQNO_MAX) {
      throw new RoutingError(
        "seqno-exhausted",
        "This peer has used all its sequence numbers; restore it with a new device key.",
      );
    }
    const chain = this.#newChain();
    const about = { name: this.#name, seqno, chain: chain.link(0) ?? new Uint8Array(CHAIN_BYTES) };
    const record = decodePeerRecord(suite, encodePeerRecord(identity, about));
    this.#reserve(seqno);
    this.#chain = chain;
    this.#seqno = seqno;
    return record;
  }
}
