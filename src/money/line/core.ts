import { equalBytes } from "../../base/bytes.ts";
import { assert, must } from "../../base/errors.ts";
import type { SigningKey } from "../../crypto/index.ts";
import { MoneyError } from "../errors.ts";
import {
  decodeBatch,
  hashOfBatch,
  isBatchSigned,
  NO_HASH,
  type Place,
  signBatch,
} from "./batch.ts";
import type {
  LineCoreBeginning,
  LineCoreOptions,
  OwnStatement,
  SignedStatement,
  Taken,
  Unseen,
} from "./core-types.ts";
import { Drafts, type Seen } from "./drafts.ts";
import { STATEMENTS_WAITING_MAX, UNSEEN_BYTES_MAX, UNSEEN_OPS_MAX } from "./limits.ts";
import { LineState } from "./state.ts";
import { isStatementSigned, signStatement, statementOf } from "./statement.ts";
import { otherSide } from "./terms.ts";
import { Trail } from "./trail.ts";
import type { Batch, LineTerms, Op, Side } from "./types.ts";

/**
 * Both half-logs of a line as one side has them. What it says is a function of the two prefixes; this keeps it at two
 * places, so that nothing is evaluated twice: `full` with all that is here, where our own operations are checked, and
 * `judged` where the partner stood when it wrote last, where the partner's are. Nothing here waits or writes to disk.
 */
export class LineCore {
  readonly terms: LineTerms;
  readonly side: Side;
  /** All that is here, and what this side is about to sign. */
  readonly full: LineState;
  /** All of the partner's log, and of ours what the partner had seen when it wrote last. */
  readonly judged: LineState;
  readonly ours: Trail;
  readonly theirs: Trail;
  /** How many of our batches the partner has shown to have seen. */
  seen = 0;
  /** The keys of the devices that write; undefined before the first batch. */
  ourKey: Uint8Array | undefined;
  theirKey: Uint8Array | undefined;
  readonly drafts: Drafts = new Drafts();
  readonly #options: LineCoreOptions;
  readonly #unseen: Unseen[] = [];
  /** The hash of our batch number `seen`. */
  #seenHash: Uint8Array;
  #unseenOps = 0;
  #unseenBytes = 0;
  readonly #statements = new Map<number, OwnStatement>();

  /** @param at where a copy of earlier goes on; at the beginning without it */
  constructor(options: LineCoreOptions, at?: LineCoreBeginning) {
    this.#options = options;
    this.terms = options.terms;
    this.side = options.side;
    this.full = at?.full ?? new LineState(options.suite);
    this.judged = at?.judged ?? new LineState(options.suite);
    this.ours = new Trail(at?.seen, at?.seenHash);
    this.theirs = new Trail(at?.theirCount, at?.theirHead);
    this.seen = at?.seen ?? 0;
    this.#seenHash = at?.seenHash ?? NO_HASH;
    this.ourKey = at?.ourKey;
    this.theirKey = at?.theirKey;
    for (const [number, statement] of at?.statements ?? []) this.#statements.set(number, statement);
    for (const { batch, hash } of at?.unseen ?? []) this.#append(batch, hash);
  }

  get theirSide(): Side {
    return otherSide(this.side);
  }

  /** Batches of ours that the partner may not have, oldest first. */
  unseen(): readonly Unseen[] {
    return this.#unseen;
  }

  /** The hash of our batch number `seen`. */
  get seenHash(): Uint8Array {
    return this.#seenHash;
  }

  get unseenOps(): number {
    return this.#unseenOps;
  }

  /** Accounts of ours that the partner has not agreed with yet, by the number of their batch. */
  statements(): ReadonlyMap<number, OwnStatement> {
    return this.#statements;
  }

  /** Whether we have written so far ahead that the partner must be heard before more is. */
  get isFarAhead(): boolean {
    const ops = this.#unseenOps + this.drafts.count;
    return ops >= UNSEEN_OPS_MAX || this.#unseenBytes + this.drafts.bytes >= UNSEEN_BYTES_MAX;
  }

  /**
   * Checks an operation of ours and takes it up; `seal` signs it.
   * @throws MoneyError as `LineState.check`, and "full" where the partner must be heard first
   */
  act(op: Op): void {
    // Letting go of locks must go on, or a partner that is never there could keep others' money locked.
    if (this.isFarAhead && (op.t === "pay" || op.t === "prepare")) {
      throw new MoneyError("full", FAR_AHEAD);
    }
    this.full.check(this.side, op);
    this.full.apply(this.side, op);
    this.drafts.add(op);
  }

  /** Signs as many operations as fit a batch; undefined where none waits. */
  seal(key: SigningKey, atS: number): Unseen | undefined {
    const { ops, seen } = this.drafts.next();
    return ops.length === 0 ? undefined : this.#sign(key, atS, ops, seen);
  }

  /** Signs the account of the line as it is now. To be called when no operation waits. */
  sealStatement(key: SigningKey, atS: number): Unseen {
    assert(this.drafts.count === 0, "an account is of what is signed");
    const statement = statementOf(this.terms, this.#heads(), this.full);
    const signature = signStatement(key, statement);
    this.#awaitAgreement(this.ours.count + 1, { statement, signature });
    return this.#sign(key, atS, [{ t: "checkpoint", signature }]);
  }

  /** What we write to agree with an account of the partner's. */
  agreement(key: SigningKey, number: number, { statement }: OwnStatement): Op {
    return { t: "agree", number, signature: signStatement(key, statement) };
  }

  /** An account of the partner's, with our signature beside theirs. */
  agreedWith(theirs: OwnStatement, signature: Uint8Array): SignedStatement | undefined {
    return this.#signed({ statement: theirs.statement, signature }, theirs.signature);
  }

  /**
   * Takes a batch of the partner, judged where the partner stood.
   * @throws MoneyError("gap") where something before it is missing here, ("stale") where the partner has more of our
   *   own log than we, ("bad-signature" | "bad-batch") for what nobody can be held to, WireError
   */
  take(bytes: Uint8Array): Taken {
    const batch = decodeBatch(bytes);
    if (batch.number <= this.theirs.count) return this.#compare(batch);
    if (batch.number > this.theirs.count + 1) throw new MoneyError("gap", "Batches are missing.");
    if (batch.seen > this.ours.count) throw new MoneyError("stale", STALE);
    const key = this.#keyOf(batch, this.theirKey, this.theirSide);
    const place = this.#placeOf(this.theirs.head, this.#ourHash(batch.seen));
    if (key === undefined || place === undefined || batch.seen < this.seen) {
      throw new MoneyError("bad-batch", "A batch of nobody who may write here.");
    }
    const hash = hashOfBatch(this.#options.suite, place, batch.content);
    if (!isBatchSigned(this.#options.suite, key, hash, batch.signature)) {
      throw new MoneyError("bad-signature", "A batch that its author has not signed.");
    }
    return this.#judge(batch, hash, key);
  }

  /** Takes up a batch of the partner that was judged before: from our own disk. */
  replay(batch: Batch): void {
    const place = must(
      this.#placeOf(this.theirs.head, this.#ourHash(batch.seen)),
      "a batch on disk comes after what it has seen",
    );
    const key = must(keyIn(batch) ?? this.theirKey, "a log begins with a key");
    this.#advance(batch.seen);
    this.#apply(batch, hashOfBatch(this.#options.suite, place, batch.content), key);
  }

  /** Takes up a batch of our own from our own disk. */
  replayOwn(batch: Batch): void {
    const place = must(
      this.#placeOf(this.ours.head, this.theirs.at(batch.seen)),
      "a batch on disk comes after what it has seen",
    );
    const [first] = batch.ops;
    if (first?.t === "checkpoint") {
      const statement = statementOf(this.terms, this.#heads(), this.full);
      this.#awaitAgreement(batch.number, { statement, signature: first.signature });
    }
    for (const op of batch.ops) this.full.apply(this.side, op);
    this.ourKey = keyIn(batch) ?? this.ourKey;
    this.#append(batch, hashOfBatch(this.#options.suite, place, batch.content));
  }

  /**
   * Takes back a batch of our own that only the partner has.
   * @returns it, or undefined where it is here
   * @throws MoneyError("gap" | "bad-batch"), ("forked") where we have written another one of this number, WireError
   */
  adopt(bytes: Uint8Array): Batch | undefined {
    const batch = decodeBatch(bytes);
    const { suite } = this.#options;
    const isKnown = batch.number <= this.ours.count;
    if (batch.number > this.ours.count + 1) throw new MoneyError("gap", "Batches are missing.");
    const previous = this.ours.at(batch.number - 1);
    const place = this.#placeOf(previous, this.theirs.at(batch.seen));
    const key = this.#keyOf(batch, this.ourKey, this.side);
    if (place === undefined || key === undefined) {
      if (isKnown) return undefined;
      throw new MoneyError("gap", "What this batch has seen is missing.");
    }
    const hash = hashOfBatch(suite, place, batch.content);
    if (isKnown && equalBytes(hash, this.ours.at(batch.number) ?? hash)) return undefined;
    if (!isBatchSigned(suite, key, hash, batch.signature)) {
      throw new MoneyError("bad-batch", "A batch that this person has not written.");
    }
    if (isKnown || this.drafts.count > 0) throw new MoneyError("forked", WE_FORKED);
    for (const op of batch.ops) this.full.apply(this.side, op);
    this.ourKey = key;
    this.#append(batch, hash);
    return batch;
  }

  #sign(
    key: SigningKey,
    atS: number,
    ops: readonly Op[],
    seen: Seen = { count: this.theirs.count, hash: this.theirs.head },
  ): Unseen {
    const place = must(this.#placeOf(this.ours.head, seen.hash), "heads are known");
    const terms = { number: this.ours.count + 1, seen: seen.count, atS, ops };
    const signed = signBatch(this.#options.suite, key, place, terms);
    this.ourKey = keyIn(signed.batch) ?? this.ourKey;
    this.#append(signed.batch, signed.hash);
    return signed;
  }

  #append(batch: Batch, hash: Uint8Array): void {
    this.ours.push(hash);
    this.#unseen.push({ batch, hash });
    this.#unseenOps += batch.ops.length;
    this.#unseenBytes += batch.bytes.length;
  }

  /** The partner had this much of our log: judge it from there. */
  #advance(seen: number): void {
    while (this.seen < seen) {
      const { batch, hash } = must(this.#unseen.shift(), "unseen batches are kept");
      this.seen = batch.number;
      this.#seenHash = hash;
      this.#unseenOps -= batch.ops.length;
      this.#unseenBytes -= batch.bytes.length;
      for (const op of batch.ops) this.judged.apply(this.side, op);
    }
  }

  #judge(batch: Batch, hash: Uint8Array, key: Uint8Array): Taken {
    const side = this.theirSide;
    this.#advance(batch.seen);
    let statement: OwnStatement | undefined;
    let agreed: SignedStatement | undefined;
    const released: Uint8Array[] = [];
    try {
      for (const [at, op] of batch.ops.entries()) {
        if (op.t === "open" || op.t === "takeover") demand(at === 0);
        if (op.t === "checkpoint") {
          demand(batch.ops.length === 1);
          statement = this.#readStatement(batch, op.signature, key);
        } else if (op.t === "agree") agreed = this.#readAgreement(op, key) ?? agreed;
        this.judged.check(side, op);
        if (op.t === "fulfil" || op.t === "cancel") {
          const lock = this.judged.halves[this.side].locks.get(op.lock);
          released.push(must(lock, "it was checked").id);
        }
        this.judged.apply(side, op);
      }
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      return { t: "broken", batch, why: error };
    }
    // What waits for a signature was allowed before a limit changed, and is signed as of then.
    if (batch.ops.some(({ t }) => t === "limit" || t === "close")) {
      this.drafts.freeze({ count: this.theirs.count, hash: this.theirs.head });
    }
    for (const op of batch.ops) this.full.apply(side, op);
    this.theirKey = key;
    this.theirs.push(hash);
    return { t: "new", batch, hash, released, statement, agreed };
  }

  #apply(batch: Batch, hash: Uint8Array, key: Uint8Array): void {
    for (const op of batch.ops) {
      this.judged.apply(this.theirSide, op);
      this.full.apply(this.theirSide, op);
      if (op.t === "agree") this.#statements.delete(op.number);
    }
    this.theirKey = key;
    this.theirs.push(hash);
  }

  #readStatement({ seen }: Batch, signature: Uint8Array, key: Uint8Array): OwnStatement {
    const ours = { count: seen, hash: must(this.#ourHash(seen), "what was seen is kept") };
    const theirs = { count: this.theirs.count, hash: this.theirs.head };
    const heads = this.side === 0 ? ([ours, theirs] as const) : ([theirs, ours] as const);
    const statement = statementOf(this.terms, heads, this.judged);
    if (!isStatementSigned(this.#options.suite, key, statement, signature)) {
      throw new MoneyError("bad-batch", "The partner's account of the line is another one.");
    }
    return { statement, signature };
  }

  #readAgreement(
    { number, signature }: Extract<Op, { readonly t: "agree" }>,
    key: Uint8Array,
  ): SignedStatement | undefined {
    const own = this.#statements.get(number);
    if (own === undefined) return undefined;
    if (!isStatementSigned(this.#options.suite, key, own.statement, signature)) {
      throw new MoneyError("bad-batch", "The partner has signed another account of the line.");
    }
    this.#statements.delete(number);
    return this.#signed(own, signature, key);
  }

  #signed(
    own: OwnStatement,
    theirs: Uint8Array,
    theirKey: Uint8Array | undefined = this.theirKey,
  ): SignedStatement | undefined {
    const { ourKey, side } = this;
    if (ourKey === undefined || theirKey === undefined) return undefined;
    return {
      statement: own.statement,
      keys: side === 0 ? [ourKey, theirKey] : [theirKey, ourKey],
      signatures: side === 0 ? [own.signature, theirs] : [theirs, own.signature],
    };
  }

  /** The hash of a batch of our own that the partner may have seen last, or lately. */
  #ourHash(number: number): Uint8Array | undefined {
    if (number === this.seen) return this.#seenHash;
    const at = number - this.seen - 1;
    return at < 0 ? this.ours.at(number) : this.#unseen[at]?.hash;
  }

  #compare(batch: Batch): Taken {
    const { suite } = this.#options;
    const place = this.#placeOf(this.theirs.at(batch.number - 1), this.#ourHash(batch.seen));
    const kept = this.theirs.at(batch.number);
    const key = this.#keyOf(batch, this.theirKey, this.theirSide);
    if (place === undefined || kept === undefined || key === undefined) return { t: "known" };
    const hash = hashOfBatch(suite, place, batch.content);
    const isSame = equalBytes(hash, kept);
    // A device that takes over, and came too late, has told no second story: it has another key.
    const isLate = !equalBytes(key, this.theirKey ?? key);
    const isFork = !isSame && !isLate && isBatchSigned(suite, key, hash, batch.signature);
    return isFork ? { t: "fork", batch, place, key } : { t: "known" };
  }

  /** Whose signature is due: that of the device that writes, or of one that begins to. */
  #keyOf(batch: Batch, known: Uint8Array | undefined, side: Side): Uint8Array | undefined {
    const [first] = batch.ops;
    const isFirst = batch.number === 1;
    if (first === undefined || (first.t === "open") !== isFirst) return undefined;
    if (first.t !== "open" && first.t !== "takeover") return known;
    const person = this.#options.personOf(first.key, first.proof);
    return person === this.terms.people[side] ? first.key : undefined;
  }

  #placeOf(previous: Uint8Array | undefined, seenHash: Uint8Array | undefined): Place | undefined {
    if (previous === undefined || seenHash === undefined) return undefined;
    return { line: this.terms.idBytes, previous, seenHash };
  }

  #heads(): readonly [{ count: number; hash: Uint8Array }, { count: number; hash: Uint8Array }] {
    const ours = { count: this.ours.count, hash: this.ours.head };
    const theirs = { count: this.theirs.count, hash: this.theirs.head };
    return this.side === 0 ? [ours, theirs] : [theirs, ours];
  }

  #awaitAgreement(number: number, own: OwnStatement): void {
    this.#statements.set(number, own);
    for (const old of this.#statements.keys()) {
      if (this.#statements.size <= STATEMENTS_WAITING_MAX) break;
      this.#statements.delete(old);
    }
  }
}

/** The key with which a half-log begins, or goes on after a takeover. */
function keyIn({ ops: [first] }: Batch): Uint8Array | undefined {
  return first?.t === "open" || first?.t === "takeover" ? first.key : undefined;
}

function demand(condition: boolean): void {
  if (!condition) throw new MoneyError("bad-batch", "Operations stand where they may not.");
}

const FAR_AHEAD =
  "You have paid so often without hearing from your partner that no more fits. It goes on as soon as they are in reach.";
const STALE =
  "Your partner has more of your own part of this line than is here, as after an old copy was put back. It is fetched before anything is signed.";
const WE_FORKED =
  "Two different parts of this line were signed by you, as by an old copy of your home. The line is stopped; others go on.";
