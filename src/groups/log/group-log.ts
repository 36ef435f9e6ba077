import { NO_BYTES, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { GroupsError } from "../errors.ts";
import { type GroupName, namesOf, policyOf } from "./claims.ts";
import { MEMBERS_MAX } from "./limits.ts";
import { LiveEvaluation } from "./live-evaluation.ts";
import type { OpTerms } from "./op.ts";
import { OpLog, SHORT_DIGITS } from "./oplog.ts";
import { type Orphan, orphansOf } from "./orphans.ts";
import { decisionId, type Ownership } from "./owners.ts";
import { compareRanks, grantOf, mostSenior, type Rank, type Standing } from "./standing.ts";
import type { Body, Decision, Entry, Op, OpId, PolicyKey, Role, Vouching } from "./types.ts";

/** Somebody who belongs to a group. */
export interface Member {
  readonly person: PersonId;
  readonly role: Role | "owner";
  /** What whoever let them in calls them, or they themselves where they came by an invite. */
  readonly label: string;
  readonly addedBy: PersonId;
  readonly rank: Rank;
}

/** An invite as the log knows it. */
export interface OpenInvite {
  readonly id: OpId;
  readonly by: PersonId;
  readonly role: Role;
  readonly uses: number;
  readonly used: number;
  readonly expiresAtMs: number;
}

/** What is voted on now. */
export interface Proposal {
  readonly id: OpId;
  readonly decision: Decision;
  readonly voters: readonly PersonId[];
}

/** Stands for who may use the group's keys: changes with every removal. */
export interface Epoch {
  /** 64 hexadecimal digits: the hash of all standing removals. */
  readonly id: string;
  readonly counter: number;
}

/** A group's log and what it means. The same operations give the same answers everywhere. */
export class GroupLog {
  readonly #suite: CryptoSuite;
  readonly #vouching: Vouching;
  #ops: OpLog;
  #evaluation: LiveEvaluation | undefined;
  readonly #members = new Map<PersonId, Member>();
  #epoch: Epoch | undefined;
  /** Programs ask for names more often than they change. */
  #names: { readonly ops: number; readonly value: readonly GroupName[] } | undefined;

  constructor(suite: CryptoSuite, vouching: Vouching) {
    this.#suite = suite;
    this.#vouching = vouching;
    this.#ops = new OpLog(suite, vouching);
  }

  /** The operations that are here. */
  get ops(): OpLog {
    return this.#ops;
  }

  /** 32 hexadecimal digits; empty before the genesis. */
  get id(): string {
    return this.ops.group;
  }

  /**
   * Takes up an operation; undefined where it is there already.
   * @throws GroupsError, see `OpLog.add`
   */
  add(op: Op, trusted?: PersonId): Entry | undefined {
    const before = this.ops.size;
    const entry = this.ops.add(op, trusted);
    // Where a checkpoint has said the same before, nothing changes.
    if (entry === undefined || this.ops.size === before) return entry;
    if (this.#evaluation?.extend(entry) === false) this.#evaluation = undefined;
    return entry;
  }

  /**
   * Begins with what a checkpoint says, which is believed from now on.
   * @param ops see `readSkeleton`
   */
  begin(ops: OpLog): void {
    if (this.ops.size > 0) throw new RangeError("A log begins once.");
    this.#restart(ops);
  }

  /**
   * Does not believe the checkpoint any more: what is left are operations that prove themselves.
   * @returns those, in order
   */
  doubt(): readonly Entry[] {
    const whole = this.ops.entries.filter(({ op }) => op.bytes.length > 0);
    this.#restart(new OpLog(this.#suite, this.#vouching));
    for (const { op } of whole) this.#addProven(op);
    return this.ops.entries;
  }

  /** Everybody who belongs to the group. */
  members(): ReadonlyMap<PersonId, Member> {
    const evaluation = this.#evaluated();
    for (const person of evaluation.touched) this.#refresh(evaluation, person);
    evaluation.touched.clear();
    if (this.#members.size > MEMBERS_MAX) this.#cut();
    return this.#members;
  }

  /** Whether the person was removed or has left, and is not back. */
  isOut(person: PersonId): boolean {
    const standing = this.#evaluated().standings.get(person);
    const hadEnd = standing !== undefined && standing.ends.length + standing.leaves.length > 0;
    return hadEnd && !this.members().has(person);
  }

  get ownership(): Ownership {
    return this.#evaluated().ownership;
  }

  get epoch(): Epoch {
    const { epochIds } = this.#evaluated();
    if (this.#epoch?.counter === epochIds.size) return this.#epoch;
    const ids = [...epochIds].sort();
    const id = toHex(this.#suite.sha256(utf8("peernet group epoch v1"), utf8(ids.join(""))));
    this.#epoch = { id, counter: ids.length };
    return this.#epoch;
  }

  /** What the group calls itself. */
  get title(): string {
    const { body } = this.ops.at(0).op;
    const first = body.t === "genesis" ? body.title : "";
    return this.policy("title") ?? first;
  }

  policy(key: PolicyKey): string | undefined {
    return policyOf(this.ops.pasts, this.#evaluated().policies, key);
  }

  /** The names that the group gives. */
  names(): readonly GroupName[] {
    const { names } = this.#evaluated();
    if (this.#names?.ops !== this.ops.size) {
      this.#names = { ops: this.ops.size, value: namesOf(this.ops.pasts, names) };
    }
    return this.#names.value;
  }

  /** Whether an operation that is here counts. */
  counts(id: OpId): boolean {
    const place = this.ops.placeOf(id);
    return place !== undefined && this.#evaluated().counts[place] === true;
  }

  /** How many operations are here that do not count. */
  voidOps(): number {
    let count = 0;
    for (const counts of this.#evaluated().counts) if (!counts) count++;
    return count;
  }

  /** Invites that count, were not revoked and have uses left; whether they expired is the caller's. */
  invites(): readonly OpenInvite[] {
    const open: OpenInvite[] = [];
    for (const { place, joined, revokes } of this.#evaluated().invites.values()) {
      const { op, person } = this.ops.at(place);
      if (op.body.t !== "invite" || revokes.length > 0 || !this.#isActiveAdmin(person)) continue;
      const { role, uses, expiresAtMs } = op.body;
      if (!this.#evaluated().counts[place] || joined.size >= uses) continue;
      open.push({ id: op.id, by: person, role, uses, used: joined.size, expiresAtMs });
    }
    return open.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** People who fell out because whoever let them in was removed at the same time. */
  orphans(): readonly Orphan[] {
    return orphansOf(this.ops, this.#evaluated(), this.members());
  }

  /** Devices that told two stories, and whose. */
  forkedDevices(): readonly { readonly device: string; readonly person: PersonId }[] {
    const forked = [...this.ops.devices.values()].filter(({ forkedBy }) => forkedBy >= 0);
    return forked.map(({ forkedBy, person }) => ({
      device: this.ops.at(forkedBy).op.author,
      person,
    }));
  }

  /** What owners or heirs have voted for that is not decided yet. */
  proposals(): readonly Proposal[] {
    const { ownership } = this.#evaluated();
    const found = new Map<OpId, { decision: Decision; voters: PersonId[] }>();
    for (const place of this.ops.votes.get(ownership.base) ?? []) {
      const entry = this.ops.at(place);
      const { body } = entry.op;
      if (body.t !== "vote" || this.ops.isForked(entry)) continue;
      const may = body.decision.t === "handover" ? ownership.heirs : ownership.owners;
      if (!may.includes(entry.person)) continue;
      const id = decisionId(this.#suite, ownership.base, body.decision);
      const known = found.get(id) ?? { decision: body.decision, voters: [] };
      if (!known.voters.includes(entry.person)) known.voters.push(entry.person);
      found.set(id, known);
    }
    return [...found].map(([id, rest]) => ({ id, ...rest }));
  }

  /**
   * What the next operation of a device is made of.
   * @param proof vouches for the device; used in its first operation
   * @param also operations that it must point at besides what was seen last
   */
  nextTerms(
    device: { readonly key: string; readonly person: PersonId; readonly proof: Uint8Array },
    body: Body,
    also: readonly OpId[] = [],
  ): OpTerms {
    const last = this.ops.lastOf(device.key);
    const grant = this.#grantToName(device.person, last);
    const deps = new Set<OpId>();
    if (last !== undefined) deps.add(last.op.id);
    if (grant !== undefined) deps.add(grant);
    for (const id of [...also, ...this.ops.heads()]) deps.add(id);
    for (const id of deps) {
      if (id.length === SHORT_DIGITS) throw new GroupsError("busy", HISTORY_COMES);
    }
    return {
      group: this.id,
      seq: (last?.op.seq ?? 0) + 1,
      deps: [...deps].slice(0, 32),
      proof: last === undefined ? device.proof : NO_BYTES,
      body,
    };
  }

  /** A text that is the same exactly where everything that counts is the same. For tests. */
  digest(): string {
    const { counts, ownership } = this.#evaluated();
    // Checkpoints tell the beginnings of some ids only.
    const brief = (id: string): string => id.slice(0, SHORT_DIGITS);
    const counted = counts.flatMap((each, at) => (each ? [brief(this.ops.at(at).op.id)] : []));
    const members = [...this.members().values()].map((member) =>
      JSON.stringify({ ...member, rank: { ...member.rank, id: brief(member.rank.id) } }),
    );
    const orphans = this.orphans().map(({ person }) => person);
    return JSON.stringify([
      ...[counted.sort(), members.sort(), this.epoch, ownership, this.names(), this.title],
      ...[this.invites(), this.policy("folder"), orphans.sort()],
    ]);
  }

  /** The same without the memory of earlier evaluations. For tests. */
  freshDigest(): string {
    this.#evaluation = undefined;
    this.#names = undefined;
    return this.digest();
  }

  #restart(ops: OpLog): void {
    this.#ops = ops;
    this.#evaluation = undefined;
    this.#epoch = undefined;
    this.#names = undefined;
    this.#members.clear();
  }

  /** Takes up an operation where what it depends on proves itself as well. */
  #addProven(op: Op): void {
    try {
      this.ops.add(op);
    } catch (error) {
      if (!(error instanceof GroupsError)) throw error;
    }
  }

  #evaluated(): LiveEvaluation {
    if (this.#evaluation !== undefined) return this.#evaluation;
    const evaluation = LiveEvaluation.of(this.#suite, this.ops);
    this.#evaluation = evaluation;
    this.#epoch = undefined;
    this.#members.clear();
    for (const person of evaluation.standings.keys()) this.#refresh(evaluation, person);
    evaluation.touched.clear();
    return evaluation;
  }

  #refresh(evaluation: LiveEvaluation, person: PersonId): void {
    this.#members.delete(person);
    const standing = evaluation.standings.get(person);
    if (standing?.rank === undefined) return;
    const { pasts } = this.ops;
    const grant = grantOf(pasts, standing, 1);
    if (grant === undefined) return;
    const isAdmin = grantOf(pasts, standing, 2) !== undefined;
    const isOwner = isAdmin && evaluation.ownership.owners.includes(person);
    this.#members.set(person, {
      person,
      role: isOwner ? "owner" : isAdmin ? "admin" : "member",
      label: labelOf(standing),
      addedBy: grant.by,
      rank: standing.rank,
    });
  }

  /** More than a group may have: the most senior stay. */
  #cut(): void {
    const byRank = [...this.#members.values()].sort((a, b) => compareRanks(a.rank, b.rank));
    for (const { person } of byRank.slice(MEMBERS_MAX)) this.#members.delete(person);
  }

  #isActiveAdmin(person: PersonId): boolean {
    const role = this.members().get(person)?.role;
    return role === "admin" || role === "owner";
  }

  /** What lets the person in now, where no operation of the device points at it yet. */
  #grantToName(person: PersonId, last: Entry | undefined): OpId | undefined {
    if (this.ops.size === 0) return undefined;
    const standing = this.#evaluated().standings.get(person);
    if (standing === undefined) return undefined;
    const { pasts } = this.ops;
    const grant = grantOf(pasts, standing, 2) ?? grantOf(pasts, standing, 1);
    const place = grant?.places[0];
    if (place === undefined || last?.named.includes(place)) return undefined;
    return must(this.ops.at(place), "a grant is in the log").op.id;
  }
}

const HISTORY_COMES =
  "This device has the group's state, and its history is still on the way. Try again in a few minutes.";

/** What the most senior of those who named a person calls them. */
function labelOf({ grants, called }: Standing): string {
  const words = called === undefined ? grants : [...grants, called];
  return mostSenior(words.filter(({ label }) => label !== ""))?.label ?? "";
}
