import type { PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import type { MoneyError } from "./errors.ts";

/** Base32 of the hash of a currency's definition: 32 bytes, 52 characters. */
export type CurrencyId = string;
/** Base32 of what the two people and the currency of a line hash to: 16 bytes, 26 characters. */
export type LineId = string;

/** One line as its own side sees it now. Amounts are whole numbers of the smallest unit. */
export interface LineView {
  readonly id: LineId;
  readonly currency: CurrencyId;
  readonly partner: PersonId;
  /** More than 0: the partner owes us; less: we owe. Locks are not in it. */
  readonly balance: number;
  /** How much the partner lets us owe, and how much we let the partner owe. */
  readonly limitOfOurs: number;
  readonly limitOfTheirs: number;
  /** What is locked for the partner to take, and for us. */
  readonly lockedOut: number;
  readonly lockedIn: number;
  /** The most that `pay` or `prepare` would take now; 0 while the line is stopped. */
  readonly canPay: number;
  readonly canPrepare: number;
  readonly state: "offered" | "open" | "closing" | "closed" | "stopped";
}

/** A lock: `amount` becomes debt once its preimage is shown. */
export interface Lock {
  /** 16 bytes, unique in the half-log of who prepares. */
  readonly id: Uint8Array;
  readonly amount: number;
  /** SHA-256 of the preimage, 32 bytes. */
  readonly hash: Uint8Array;
  /** What the next one on the way reads: at most ONION_BYTES_MAX. */
  readonly onion: Uint8Array;
}

/** After the disk has it; `null` where it went well. */
export type Done = (error: MoneyError | null) => void;

/**
 * What payments do with lines. Each act is checked at once against all acts before it, on disk or not; it is in one
 * disk batch with `together` (both or neither), and is told to the partner after it is on disk. Acts of one turn, and
 * those that come while the disk is busy, share one signature. `fulfil` and `cancel` work on a stopped line too: what
 * the partner owes is written down even where it will not read it. Errors: MoneyError "limit", "not-found", "stopped", "exists", "full", "disk", "disk-full".
 */
export interface LineDesk {
  lines(): Iterable<LineView>;
  line(id: LineId): LineView | undefined;
  /** What the other side locked for us and is neither taken nor let go: asked for after a start. */
  locksIn(id: LineId): Iterable<Lock>;
  /** What we locked for the other side. */
  locksOut(id: LineId): Iterable<Lock>;
  pay(id: LineId, amount: number, memo: string, together: readonly RecordWrite[], done: Done): void;
  prepare(id: LineId, lock: Lock, together: readonly RecordWrite[], done: Done): void;
  fulfil(
    id: LineId,
    lockId: Uint8Array,
    preimage: Uint8Array,
    together: readonly RecordWrite[],
    done: Done,
  ): void;
  cancel(
    id: LineId,
    lockId: Uint8Array,
    reason: string,
    together: readonly RecordWrite[],
    done: Done,
  ): void;
  /** Something that owes nothing, to the partner if it is in reach: may be lost. At most TOLD_BYTES_MAX. */
  tell(id: LineId, message: Uint8Array): boolean;
}

/**
 * What lines tell payments; each after it is on disk here. What payments write or do within the call is in the next
 * disk batch together with the note that they were told; after a crash before that they are told again (at least
 * once, so what they do must bear repeating).
 */
export interface LineEvents {
  onLine(view: LineView): void;
  /** @param place where in the partner's half-log: the same when it is told again */
  onPaid(id: LineId, amount: number, memo: string, place: string): void;
  onPrepared(id: LineId, lock: Lock): void;
  onFulfilled(id: LineId, lockId: Uint8Array, preimage: Uint8Array): void;
  onCancelled(id: LineId, lockId: Uint8Array, reason: string): void;
  /** @param message lent: good until this returns */
  onTold(id: LineId, message: Uint8Array): void;
  /** A line's partner came into reach, or went. */
  onReach(id: LineId, isInReach: boolean): void;
  /** What the partner is told from now on arrives; or what it was told, or would have answered, may be lost. */
  onTalk?(id: LineId, isTalking: boolean): void;
}
