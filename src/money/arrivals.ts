import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite, SigningKey } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Log } from "../ports/index.ts";
import { MoneyError } from "./errors.ts";
import { INCOMING_BYTES_MAX } from "./limits.ts";
import type { SignedStatement, Taken, Trail } from "./line/index.ts";
import type { LineEvents } from "./line-desk.ts";
import type { LineEntry } from "./line-entry.ts";
import {
  accountKey,
  encodeAccount,
  type KeptBatch,
  looseKey,
  NO_EVIDENCE,
  type Stop,
} from "./line-record.ts";
import type { Carried, Reach } from "./protocol.ts";
import { takeLoose } from "./salvage.ts";
import type { Talk } from "./talk.ts";

/** What arrivals are made of. */
export interface ArrivalsParts {
  readonly key: SigningKey;
  readonly log: Log;
  readonly suite: CryptoSuite;
  /** Something of a line is due for the disk. */
  touch(line: LineEntry): void;
  changed(line: LineEntry): void;
  /** What waits for a signature is refused, and the line read again from the disk. */
  abandon(line: LineEntry, error: MoneyError): void;
}

/** What becomes of what partners bring: kept, agreed with, or the end of the line. */
export class Arrivals {
  readonly #parts: ArrivalsParts;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  /** Whether so much waits for the disk that a partner should wait. */
  isFull(lines: Iterable<LineEntry>): boolean {
    for (const line of lines) if (line.incomingBytes > INCOMING_BYTES_MAX) return true;
    return false;
  }

  /** Takes batches that came over a stream. @throws MoneyError where the stream is of no use any more */
  take(talk: Pick<Talk, "introduce">, line: LineEntry, batches: readonly Carried[]): void {
    for (const { isBringers, bytes } of batches) {
      if (line.record.stop !== undefined || line.isReloading) return;
      try {
        if (isBringers) this.#takeTheirs(line, bytes);
        else this.#takeBack(line, bytes);
      } catch (error) {
        if (!(error instanceof MoneyError)) throw error;
        if (error.code === "gap") talk.introduce(line);
        else if (error.code === "stale") this.#doubt(line, line.core.ours.count + 1, talk);
        else if (error.code === "forked")
          this.#stop(line, { cause: "ours-forked", ...NO_EVIDENCE });
        else throw error;
        return;
      }
    }
    if (line.loose.length > 0) takeLoose(line.core, line.loose, (kept) => this.#keep(line, kept));
  }

  /**
   * A partner's device tells how much of our half-log, and of its own, it has.
   * @returns whether it has another half-log than we: both then show each other what they have
   */
  heard(line: LineEntry, ours: Reach, theirs: Reach, peer: PeerId): boolean {
    const { core } = line;
    if (differs(core.ours, ours) || differs(core.theirs, theirs)) {
      this.#parts.log.warn("a half-log is another one at the partner's", { line: line.id });
      return true;
    }
    const isWriter = (line.writer(this.#parts.suite) ?? peer) === peer;
    if (!isWriter || line.record.stop !== undefined) return false;
    line.confirmed = ours.count;
    if (line.isElsewhere) return false;
    if (ours.count > core.ours.count) {
      this.#doubt(line, ours.count, undefined);
      return false;
    }
    line.heard = Math.max(line.heard, ours.count);
    if (!line.record.isUnsure) return false;
    line.claim = { peer, ours: ours.count, theirs: theirs.count };
    if (this.#hasAll(line)) this.#trust(line);
    return false;
  }

  /**
   * A letter says how much of our half-log its writer had. It may be an old one: it confirms nothing, and makes
   * nobody sure who was not.
   * @returns whether the writer has another half-log than we
   */
  heardByLetter(line: LineEntry, ours: Reach): boolean {
    if (differs(line.core.ours, ours)) return true;
    if (ours.count > line.core.ours.count) this.needs(line, ours.count);
    else line.heard = Math.max(line.heard, Math.min(ours.count, line.durable));
    return false;
  }

  /** Something of a line came to disk: where all of an old copy's log is back, it may be signed again. */
  settle(line: LineEntry): void {
    if (!line.record.isUnsure) return;
    const isBack = line.needed > 0 && line.core.ours.count >= line.needed;
    if (isBack || this.#hasAll(line)) this.#trust(line);
  }

  /** Whether all is here that the partner's device which writes has told to have. */
  #hasAll(line: LineEntry): boolean {
    const { claim, core, needed } = line;
    if (claim === undefined || claim.peer !== (line.writer(this.#parts.suite) ?? claim.peer)) {
      return false;
    }
    const isWhole = claim.theirs <= core.theirs.count && line.told >= claim.theirs;
    return isWhole && core.ours.count >= Math.max(needed, claim.ours);
  }

  /** Tells payments what a batch of the partner says. */
  tell(payments: LineEvents | undefined, { id }: LineEntry, { batch, released }: KeptBatch): void {
    if (payments === undefined) return;
    let next = 0;
    const released0 = (): Uint8Array => must(released[next++], "ids of locks are kept");
    for (const [at, op] of batch.ops.entries()) {
      if (op.t === "pay") payments.onPaid(id, op.amount, op.memo, `${batch.number}.${at}`);
      else if (op.t === "prepare") payments.onPrepared(id, op.lock);
      else if (op.t === "fulfil") payments.onFulfilled(id, released0(), op.preimage);
      else if (op.t === "cancel") payments.onCancelled(id, released0(), op.reason);
    }
  }

  #takeTheirs(line: LineEntry, bytes: Uint8Array): void {
    const taken = line.core.take(bytes);
    if (taken.t === "known") return;
    if (taken.t === "fork") {
      this.#stop(line, { cause: "forked", batch: taken.batch.bytes, place: taken.place });
      return;
    }
    if (taken.t === "broken") {
      this.#parts.log.warn("a partner broke the rules of a line", {
        line: line.id,
        code: taken.why.code,
      });
      this.#stop(line, { cause: "broken", ...NO_EVIDENCE, batch: taken.batch.bytes });
      return;
    }
    this.#account(line, taken);
    this.#keep(line, { isOurs: false, batch: taken.batch, released: taken.released });
  }

  /** Signs the partner's account where it is ours too: what was judged says so. */
  #account(line: LineEntry, taken: Extract<Taken, { readonly t: "new" }>): void {
    const { core } = line;
    if (taken.agreed !== undefined) this.#keepAccount(line, taken.agreed);
    if (taken.statement === undefined || line.record.isUnsure || line.isElsewhere) return;
    if (core.ours.count + core.drafts.count === 0) return;
    const op = core.agreement(this.#parts.key, taken.batch.number, taken.statement);
    core.act(op);
    if (op.t !== "agree") return;
    const signed = core.agreedWith(taken.statement, op.signature);
    if (signed !== undefined) this.#keepAccount(line, signed);
  }

  #keepAccount(line: LineEntry, account: SignedStatement): void {
    line.account = account;
    line.due.together.push({ key: accountKey(line.id), value: encodeAccount(account) });
  }

  /** Takes back what is ours and only the partner had. */
  #takeBack(line: LineEntry, bytes: Uint8Array): void {
    const batch = line.core.adopt(bytes);
    if (batch === undefined) return;
    this.#keep(line, { isOurs: true, batch, released: [] });
  }

  #keep(line: LineEntry, kept: KeptBatch): void {
    line.due.incoming.push(kept);
    line.incomingBytes += kept.batch.bytes.length;
    this.#parts.touch(line);
  }

  /** The partner has more of our half-log than we: nothing is signed before it is back. */
  #doubt(line: LineEntry, needed: number, talk: Pick<Talk, "introduce"> | undefined): void {
    if (line.core.drafts.count > 0) {
      line.needed = needed;
      this.#parts.abandon(line, new MoneyError("stale", STALE));
      return;
    }
    this.needs(line, needed);
    talk?.introduce(line);
  }

  /** So much of our half-log is not here: nothing is signed before it is. */
  needs(line: LineEntry, needed: number): void {
    if (needed <= line.core.ours.count) return;
    line.needed = Math.max(line.needed, needed);
    if (line.record.isUnsure) return;
    line.record = { ...line.record, isUnsure: true };
    line.due.isRecordDue = true;
    this.#parts.touch(line);
    this.#parts.changed(line);
  }

  #trust(line: LineEntry): void {
    line.record = { ...line.record, isUnsure: false };
    line.needed = 0;
    line.claim = undefined;
    line.due.isRecordDue = true;
    for (const at of line.loose.keys()) {
      line.due.together.push({ key: looseKey(line.id, at), value: null });
    }
    line.loose = [];
    this.#parts.touch(line);
  }

  #stop(line: LineEntry, stop: Stop): void {
    line.record = { ...line.record, stop };
    line.due.isRecordDue = true;
    this.#parts.touch(line);
  }
}

/** Whether the other side knows another batch of that number, as far as it is remembered here. */
function differs(trail: Trail, { count, head }: Reach): boolean {
  const hash = count === 0 ? undefined : trail.at(count);
  return hash !== undefined && !equalBytes(hash, head);
}

const STALE =
  "Your partner has more of this line than is here: it is fetched before anything is signed.";
