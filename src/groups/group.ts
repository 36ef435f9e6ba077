import { fromHex } from "../base/bytes.ts";
import { must, TypedError } from "../base/errors.ts";
import type { PersonId } from "../identity/index.ts";
import { WireError } from "../wire/index.ts";
import type { GroupsContext } from "./context.ts";
import { GroupsError } from "./errors.ts";
import { Freshness } from "./freshness.ts";
import type { GroupRecord } from "./group-record.ts";
import { Journal, type KeptOp } from "./journal.ts";
import { decodeOp, GroupLog, groupIdOf, type Op, type OpId } from "./log/index.ts";
import { Sums } from "./sums.ts";

/** What came of operations that others sent. */
export interface Accepted {
  /** Those that are new here, in order. */
  readonly fresh: readonly KeptOp[];
  /** Something that they depend on is missing. */
  readonly hasGap: boolean;
  /** What no honest peer sends was among them: nothing behind it was taken. */
  readonly refusal: TypedError | undefined;
}

/** One group on this device. */
export class Group {
  readonly log: GroupLog;
  readonly sums: Sums;
  readonly freshness: Freshness;
  readonly journal: Journal;
  record: GroupRecord;
  /** Members that refused this device one after another: it may have been removed. */
  refusals = 0;
  readonly #context: GroupsContext;

  /** @param kept operations that the disk has, in order, and whose they are */
  constructor(context: GroupsContext, record: GroupRecord, kept: readonly KeptOp[]) {
    this.#context = context;
    this.record = record;
    this.log = new GroupLog(context.suite, context.vouching);
    this.sums = new Sums(context.suite);
    for (const { op, person } of kept) this.#put(op, person);
    this.freshness = new Freshness(this.log);
    this.journal = new Journal(context.records, record.id, kept.length);
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
    return this.log.ops.entries.map(({ op }) => op.bytes);
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
    const fresh: KeptOp[] = [];
    let hasGap = false;
    let refusal: TypedError | undefined;
    const isCrowded = this.#isCrowded();
    for (const bytes of ops) {
      try {
        const op = decodeOp(this.#context.suite, bytes.slice());
        if (this.log.ops.has(op.id)) continue;
        this.#check(op, isFromMember);
        if (isCrowded) this.#checkCrowded(op);
        const entry = this.#put(op);
        if (entry !== undefined) fresh.push(entry);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
        if (error.code === "gap") hasGap = true;
        else if (!isHarmless(error)) {
          refusal = error;
          break;
        }
      }
    }
    this.journal.keep(fresh);
    return { fresh, hasGap, refusal };
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

  #put(op: Op, trusted?: PersonId): KeptOp | undefined {
    const entry = this.log.add(op, trusted);
    if (entry !== undefined) this.sums.add(op.id);
    return entry;
  }
}

/** What an honest peer may pass on that this one cannot take. */
function isHarmless(error: TypedError): boolean {
  if (error instanceof WireError) return error.code === "version";
  return error.code === "full" || error.code === "expired";
}
