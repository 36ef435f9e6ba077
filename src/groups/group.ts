import { fromHex } from "../base/bytes.ts";
import { must, TypedError } from "../base/errors.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { WordBook } from "./checkpoints/book.ts";
import { checkpointKey, type KeptCheckpoint } from "./checkpoints/kept.ts";
import { HISTORY_TURN_MS } from "./checkpoints/limits.ts";
import type { GroupsContext } from "./context.ts";
import { GroupsError } from "./errors.ts";
import { Freshness } from "./freshness.ts";
import type { GroupRecord } from "./group-record.ts";
import { Journal } from "./journal.ts";
import { type KeptOp, keptOpBytes, takeKeptOp } from "./kept-op.ts";
import { decodeOp, GroupLog, groupIdOf, type Op, type OpId, type OpLog } from "./log/index.ts";
import { takeProven } from "./mend.ts";
import { duePages, type KeptLog, NONE_RESTORED, NOTHING_KEPT, restorePages } from "./pages.ts";
import { Sums } from "./sums.ts";
import { Surety } from "./surety.ts";

/** What came of operations that others sent. */
export interface Accepted {
  /** Those that are new here, in order. */
  readonly fresh: readonly KeptOp[];
  /** Something that they depend on is missing. */
  readonly hasGap: boolean;
  /** What no honest peer sends was among them: nothing behind it was taken. */
  readonly refusal: TypedError | undefined;
}

interface Taken {
  readonly fresh: KeptOp[];
  /** What a checkpoint has said before. */
  readonly history: KeptOp[];
  hasGap: boolean;
  refusal: TypedError | undefined;
}

/** One group on this device. */
export class Group {
  readonly log: GroupLog;
  /** Of operations that are here with their signatures. */
  sums: Sums;
  /** Owners' words on checkpoints. */
  readonly words: WordBook;
  /** The checkpoint with which it began here, until its history has come. */
  checkpoint: KeptCheckpoint | undefined;
  /** A newcomer is waiting for a checkpoint, and compares logs only afterwards. */
  isAwaiting = false;
  /** Whether this device has asked for one already. */
  hasAsked = false;
  readonly freshness: Freshness;
  readonly journal: Journal;
  readonly surety: Surety;
  record: GroupRecord;
  /** Members that refused this device one after another: it may have been removed. */
  refusals = 0;
  readonly #context: GroupsContext;
  /** Monotonic time from which on the history behind a checkpoint is asked for. */
  #historyDueMs = Number.NEGATIVE_INFINITY;
  /** Who gave the checkpoint and said to have its history. */
  #historyFrom: PeerId | undefined;
  /** From whom history is being fetched. */
  #fetching: { readonly from: PeerId; readonly untilMs: number } | undefined;
  /** What makes the next start quicker. */
  #pagesDue: readonly RecordWrite[];
  /** A checkpoint was false: what is left of the log is not enough to know the members by. */
  #isDoubted = false;

  /**
   * @param kept operations that the disk has
   * @param begun what the group began with here, where its history has not come yet
   * @throws WireError or GroupsError where what is kept is damaged
   */
  constructor(
    context: GroupsContext,
    record: GroupRecord,
    kept: KeptLog = NOTHING_KEPT,
    begun?: { readonly ops: OpLog; readonly checkpoint: KeptCheckpoint },
  ) {
    this.#context = context;
    this.record = record;
    this.log = new GroupLog(context.suite, context.vouching);
    this.words = new WordBook(context, this.log);
    this.sums = new Sums(context.suite);
    if (begun !== undefined) this.begin(begun.ops, begun.checkpoint, undefined);
    this.#pagesDue = this.#takeKept(kept);
    this.freshness = new Freshness(this.log);
    const places = kept.brokenPlaces ?? kept.ops.length;
    this.journal = new Journal(context.records, record.id, places);
    this.surety = new Surety(context, record.id, this.log);
    this.#endHistory();
  }

  /** Records of pages that are not on disk yet: asked for once, after the start. */
  takePagesDue(): readonly RecordWrite[] {
    const due = this.#pagesDue;
    this.#pagesDue = [];
    return due;
  }

  /** Whether so little is here that members are not known by it: anybody may be one. */
  get isNewcomer(): boolean {
    return this.log.ops.size === 0 || (this.#isDoubted && !this.isIn);
  }

  get id(): string {
    return this.record.id;
  }

  get label(): string {
    return this.record.label;
  }

  /** What the group calls itself. */
  get title(): string {
    return this.log.ops.size === 0 ? this.record.title : this.log.title;
  }

  /** Whether this person belongs to it, as far as is known here. */
  get isIn(): boolean {
    return this.has(this.#context.identity.person.personId);
  }

  /** Whether the person is a member. */
  has(person: PersonId): boolean {
    return this.log.ops.size > 0 && this.log.members().has(person);
  }

  /**
   * Whether the person has said something in the group, so their devices have it. Who was only added
   * may not have said yes: that they refuse others tells nothing.
   */
  hasHeardOf(person: PersonId): boolean {
    for (const chain of this.log.ops.devices.values()) if (chain.person === person) return true;
    return this.freshness.lastHeardMs(person, this.#context.clock.wallMs()) !== undefined;
  }

  /** Whether the person is a member of whom that was vouched for lately; this person included. */
  isLive(person: PersonId): boolean {
    if (!this.isIn || !this.has(person)) return false;
    if (person === this.#context.identity.person.personId) return true;
    return this.freshness.isFresh(person, this.#context.clock.wallMs());
  }

  /** What shows others that this person belongs to the group. */
  proof(): readonly Uint8Array[] {
    const { joining } = this.record;
    if (joining !== undefined && !this.isIn) return [joining.op];
    return this.log.ops.entries.map(({ op }) => op.bytes).filter(({ length }) => length > 0);
  }

  /**
   * Begins with what a checkpoint says, which is on disk.
   * @param fetching when the history is asked for and who has it; at once without
   */
  begin(
    ops: OpLog,
    checkpoint: KeptCheckpoint,
    fetching: { readonly historyDueMs: number; readonly from: PeerId | undefined } | undefined,
  ): void {
    this.log.begin(ops);
    this.checkpoint = checkpoint;
    this.#historyDueMs = fetching?.historyDueMs ?? Number.NEGATIVE_INFINITY;
    this.#historyFrom = fetching?.from;
    this.#sumUp();
  }

  /**
   * When logs may be compared with a peer, by the monotonic clock; infinity while a checkpoint is
   * awaited. History is fetched from one peer at a time: all of them would send all of it.
   */
  comparableMs(peer: PeerId, nowMs: number): number {
    if (this.isAwaiting) return Number.POSITIVE_INFINITY;
    if (this.log.ops.thinOps === 0) return Number.NEGATIVE_INFINITY;
    if (nowMs < this.#historyDueMs) return this.#historyDueMs;
    if (this.#fetching !== undefined && this.#fetching.from !== peer) {
      if (nowMs < this.#fetching.untilMs) return this.#fetching.untilMs;
    }
    this.#fetching = { from: peer, untilMs: nowMs + HISTORY_TURN_MS };
    return Number.NEGATIVE_INFINITY;
  }

  /** Something is missing: the history behind a checkpoint is needed now. */
  hurryHistory(): void {
    this.#historyDueMs = Number.NEGATIVE_INFINITY;
  }

  /** A peer has the same operations as this one: who claimed to have the history does not have it. */
  sameAs({ peer, person }: { readonly peer: PeerId; readonly person: PersonId }): void {
    if (this.has(person)) this.surety.heard(person);
    if (this.log.ops.thinOps > 0 && peer === this.#historyFrom) this.doubt();
  }

  /** Does not believe the checkpoint any more, with which it began: others' logs are asked for. */
  doubt(): void {
    if (this.checkpoint === undefined) return;
    this.#context.log.warn("a group's checkpoint is not believed any more", { group: this.id });
    const entries = this.log.doubt();
    this.#isDoubted = true;
    this.hasAsked = true;
    this.#sumUp();
    this.#keepHistory(entries);
  }

  /**
   * Goes on with what is left of a broken log, and lets go of the rest on the disk.
   * @param also what else changes with it
   */
  mend(also: readonly RecordWrite[]): void {
    this.#isDoubted = true;
    const whole = this.log.ops.entries.filter(({ op }) => op.bytes.length > 0);
    this.journal.rewrite(whole, also);
  }

  /** Takes up an operation of this device, which is on disk. */
  takeOwn(op: Op): void {
    this.#put(op);
  }

  /**
   * Takes up what others sent.
   * @param isFromMember whether the sender belongs to the group as it is known here: who does not
   *   may not bring in people by invites that have expired
   */
  accept(ops: readonly Uint8Array[], isFromMember: boolean): Accepted {
    const taken: Taken = { fresh: [], history: [], hasGap: false, refusal: undefined };
    const begun = this.checkpoint;
    const sender = { isFromMember, isCrowded: this.#isCrowded() };
    for (const bytes of ops) {
      this.#takeOne(bytes, sender, taken);
      if (taken.refusal !== undefined) break;
    }
    const { fresh, history, hasGap, refusal } = taken;
    // A false checkpoint may be why something does not fit.
    if (hasGap || refusal !== undefined) this.hurryHistory();
    // What was taken on the word of a false checkpoint may have no place any more.
    if (begun !== this.checkpoint) this.#keepHistory(this.log.ops.entries);
    else this.journal.keep([...history, ...fresh]);
    this.#endHistory();
    return { fresh, hasGap, refusal };
  }

  #takeOne(
    bytes: Uint8Array,
    sender: { readonly isFromMember: boolean; readonly isCrowded: boolean },
    taken: Taken,
  ): void {
    try {
      const op = decodeOp(this.#context.suite, bytes.slice());
      if (this.log.ops.has(op.id)) return;
      const isHistory = this.log.ops.placeOf(op.id) !== undefined;
      if (!isHistory) {
        this.#check(op, sender.isFromMember);
        if (sender.isCrowded) this.#checkCrowded(op);
      }
      const entry = this.#put(op);
      if (entry !== undefined) (isHistory ? taken.history : taken.fresh).push(entry);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      if (error.code === "bad-checkpoint") this.doubt();
      if (error.code === "bad-checkpoint" || error.code === "gap") taken.hasGap = true;
      else if (!isHarmless(error)) taken.refusal = error;
    }
  }

  #check(op: Op, isFromMember: boolean): void {
    if (op.body.t === "genesis" && groupIdOf(op.id) !== this.id) {
      throw new GroupsError("bad-op", "This is the beginning of another group.");
    }
    if (op.body.t !== "join" || isFromMember || this.isIn === false) return;
    if (this.#isOpen(op.body.invite)) return;
    throw new GroupsError("expired", "The invite has expired or has been used as often as it may.");
  }

  /** Whether the invite still lets somebody in, by this clock. */
  #isOpen(invite: OpId): boolean {
    const open = this.log.invites().find(({ id }) => id === invite);
    return open !== undefined && this.#context.clock.wallMs() < open.expiresAtMs;
  }

  /** Whether so much that does not count is here that more of it would leave no room for the rest. */
  #isCrowded(): boolean {
    const { voidOpsMax } = this.#context;
    return this.log.ops.size >= voidOpsMax && this.log.voidOps() >= voidOpsMax;
  }

  /** Who could only add to what does not count is not heard any more: anybody can sign that. */
  #checkCrowded({ author, proof, body }: Op): void {
    if (body.t === "join" && this.#isOpen(body.invite)) return;
    const device = must(fromHex(author), "keys are hexadecimal");
    const person =
      this.log.ops.chainOf(author)?.person ?? this.#context.vouching.personOf(device, proof);
    const role = person === undefined ? undefined : this.log.members().get(person)?.role;
    // Of who is heir and was removed, votes do not count either.
    const isHeir = person !== undefined && this.log.ownership.heirs.includes(person);
    if (role !== undefined && (isHeir || role !== "member")) return;
    throw new GroupsError("full", "There is too much in this group's log that does not count.");
  }

  /** The checkpoint is of no use any more once all that it stands for is here. */
  #endHistory(): void {
    if (this.checkpoint === undefined || this.log.ops.thinOps > 0) return;
    this.#keepHistory(this.log.ops.entries);
  }

  /** From now on the disk has these operations, in this order, and no checkpoint. */
  #keepHistory(entries: readonly KeptOp[]): void {
    this.checkpoint = undefined;
    this.journal.rewrite(entries, [{ key: checkpointKey(this.id), value: null }]);
  }

  /** Takes up what the disk has. @returns pages that it lacks */
  #takeKept(kept: KeptLog): readonly RecordWrite[] {
    const { suite } = this.#context;
    if (kept.brokenPlaces !== undefined) {
      takeProven(suite, this.id, this.log, kept.ops);
      this.#sumUp();
      return [];
    }
    // Pages count places from the first operation on disk, and a checkpoint's stand before that.
    const isWhole = this.checkpoint === undefined;
    const restored = isWhole ? restorePages(suite, this.log, kept, keptOpBytes) : NONE_RESTORED;
    for (const record of kept.ops.slice(restored.ops)) {
      takeKeptOp(suite, this.log, record, restored.isDoubted);
    }
    this.#sumUp();
    return isWhole ? duePages(suite, this.log, kept, restored) : [];
  }

  #sumUp(): void {
    this.sums = new Sums(this.#context.suite);
    for (const { op } of this.log.ops.entries) if (op.bytes.length > 0) this.sums.add(op.id);
  }

  #put(op: Op): KeptOp | undefined {
    const entry = this.log.add(op);
    if (entry !== undefined) this.sums.add(op.id);
    return entry;
  }
}

/** What an honest peer may pass on that this one cannot take. */
function isHarmless(error: TypedError): boolean {
  if (error instanceof WireError) return error.code === "version";
  return error.code === "full" || error.code === "expired";
}
