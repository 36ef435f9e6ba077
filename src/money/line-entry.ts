import { equalBytes } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { type PeerId, type PersonId, peerIdOf } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import type { Currency } from "./currency/definition.ts";
import type { LineCore, Op, SignedStatement } from "./line/index.ts";
import type { Done, LineId, LineView } from "./line-desk.ts";
import type { KeptBatch, LineRecord } from "./line-record.ts";
import { LineRefusal } from "./line-refusal.ts";

/** What is to go to disk with the next batch of it. */
export interface Due {
  /** Batches that came, in order: the partner's, or our own that only the partner had. */
  readonly incoming: KeptBatch[];
  readonly dones: Done[];
  readonly together: RecordWrite[];
  isRecordDue: boolean;
}

/** Nothing yet. */
export function nothingDue(): Due {
  return { incoming: [], dones: [], together: [], isRecordDue: false };
}

/** A line on this device, with what of it is on disk and what is not yet. */
export class LineEntry {
  record: LineRecord;
  core: LineCore;
  readonly currency: Currency;
  due: Due = nothingDue();
  incomingBytes = 0;
  /** Batches that are kept in the epoch at hand. */
  index: number;
  /** The partner's batches of which payments were told, and how many of them are noted on disk. */
  told: number;
  toldKept: number;
  /** Batches of ours that are on disk: the partner may hear of them. */
  durable: number;
  /** Batches of ours that the partner has on its disk, as it said lately. */
  heard = 0;
  /** How many of ours the partner's writing device has told to have, on a stream that may be over. */
  confirmed = -1;
  /** How many of ours the partner has told to have, where that is more than is here. */
  needed = 0;
  /** What the partner's device that writes told to have while this side was unsure. */
  claim: { readonly peer: PeerId; readonly ours: number; readonly theirs: number } | undefined;
  /** Batches of ours that a damaged log still had: they fit once the partner has brought what is before them. */
  loose: readonly Uint8Array[] = [];
  account: SignedStatement | undefined;
  wantsAccount = false;
  /** A write failed: the disk is read again before anything else. */
  isReloading = false;
  /** Monotonic time before which old batches are not read again for the partner. */
  servedUntilMs = 0;
  readonly #ourKey: Uint8Array;
  /** The partner's device, by the key that it was named by. */
  #writer: { readonly key: Uint8Array; readonly peer: PeerId } | undefined;

  constructor(
    record: LineRecord,
    parts: { readonly core: LineCore; readonly currency: Currency; readonly ourKey: Uint8Array },
    kept: { readonly index: number; readonly told: number },
  ) {
    this.record = record;
    this.core = parts.core;
    this.currency = parts.currency;
    this.#ourKey = parts.ourKey;
    this.index = kept.index;
    this.told = kept.told;
    this.toldKept = kept.told;
    this.durable = parts.core.ours.count;
  }

  get id(): LineId {
    return this.record.id;
  }

  get partner(): PersonId {
    return this.record.partner;
  }

  /** Whether another device of this person writes our half. */
  get isElsewhere(): boolean {
    const { ourKey } = this.core;
    return ourKey !== undefined && !equalBytes(ourKey, this.#ourKey);
  }

  /** Whether this person has neither taken the offer nor refused it. */
  get isOfferedToUs(): boolean {
    return this.core.ours.count === 0 && !this.record.isDeclined;
  }

  get state(): LineView["state"] {
    const { core, record } = this;
    if (record.stop !== undefined) return "stopped";
    if (record.isDeclined) return "closed";
    const isBegun = core.ours.count + core.drafts.count > 0;
    if (!isBegun || core.theirs.count === 0) return "offered";
    const { halves } = core.full;
    const [one, other] = halves;
    if (!one.isClosing && !other.isClosing) return "open";
    const isQuiet = halves.every(({ locks }) => locks.size === 0);
    return one.isClosing && other.isClosing && isQuiet ? "closed" : "closing";
  }

  /** The partner's device that writes; undefined before it has. */
  writer(suite: CryptoSuite): PeerId | undefined {
    const { theirKey } = this.core;
    if (theirKey === undefined) return undefined;
    if (this.#writer?.key !== theirKey) {
      this.#writer = { key: theirKey, peer: peerIdOf(suite, theirKey) };
    }
    return this.#writer.peer;
  }

  view(): LineView {
    const { core } = this;
    const { full, side, theirSide } = core;
    const state = this.state;
    const mayPay = (state === "open" || state === "closing") && this.whyNot() === undefined;
    return {
      id: this.id,
      currency: this.record.currency,
      partner: this.partner,
      balance: full.debtOf(theirSide),
      limitOfOurs: full.halves[theirSide].limit,
      limitOfTheirs: full.halves[side].limit,
      lockedOut: full.halves[side].locked,
      lockedIn: full.halves[theirSide].locked,
      canPay: mayPay && !core.isFarAhead ? full.canPay(side) : 0,
      canPrepare: mayPay && !core.isFarAhead ? full.canPrepare(side) : 0,
      state,
    };
  }

  /**
   * Whether something may be written on this line now.
   * @throws LineRefusal("stopped" | "stale" | "exists" | "disk")
   */
  checkWriting(op: Op): void {
    const releases = op.t === "fulfil" || op.t === "cancel";
    const { stop, isDeclined } = this.record;
    if (stop !== undefined && !(releases && stop.cause !== "ours-forked")) {
      throw new LineRefusal(stop.cause);
    }
    if (isDeclined) throw new LineRefusal("declined");
    if (op.t !== "open" && this.core.ours.count + this.core.drafts.count === 0) {
      throw new LineRefusal("not-accepted");
    }
    const why = op.t === "takeover" ? this.#whyNoTakeover() : this.whyNot();
    if (why !== undefined) throw why;
  }

  #whyNoTakeover(): LineRefusal | undefined {
    if (!this.isElsewhere) return new LineRefusal("written-here");
    if (!this.isReloading && this.confirmed === this.core.ours.count) return undefined;
    return new LineRefusal("unconfirmed");
  }

  /** Why nothing can be written now besides that the line is stopped; undefined where it can. */
  whyNot(): LineRefusal | undefined {
    if (this.isReloading) return new LineRefusal("reloading");
    if (this.isElsewhere) return new LineRefusal("elsewhere");
    return this.record.isUnsure ? new LineRefusal("unsure") : undefined;
  }
}
