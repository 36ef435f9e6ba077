import { toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { CborArrayWriter } from "../../wire/index.ts";
import { majorityOf, writeDecision } from "./body.ts";
import type { OpLog } from "./oplog.ts";
import type { Decision, OpId } from "./types.ts";

const LABEL = utf8("peernet group decision v1");

/** Who owns a group after some decision. */
export interface Ownership {
  /** What the next decision builds on: the genesis, or the last decision's id. */
  readonly base: OpId;
  readonly owners: readonly PersonId[];
  readonly quorum: number;
  readonly heirs: readonly PersonId[];
}

/** A decision that was taken. */
export interface TakenDecision {
  readonly id: OpId;
  readonly decision: Decision;
  /** Counts decisions from 1, in order. */
  readonly version: number;
  /** Places of the votes for it, in order. */
  readonly votes: readonly number[];
  /** Voters that were needed. */
  readonly needed: number;
}

/** What a decision on a base is known by. */
export function decisionId(suite: CryptoSuite, base: OpId, decision: Decision): OpId {
  const writer = new CborArrayWriter();
  writeDecision(writer, decision);
  return toHex(suite.sha256(LABEL, utf8(base), writer.done()));
}

/**
 * The chain of owners' decisions. Each names the one before it, and a quorum is a majority: two on
 * one base stand only where somebody voted for both; then the smaller id counts, for everybody.
 */
export function ownersOf(
  suite: CryptoSuite,
  log: OpLog,
): { readonly ownership: Ownership; readonly taken: readonly TakenDecision[] } {
  const { body, id } = log.at(0).op;
  const genesis = must(body.t === "genesis" ? body : undefined, "a log begins with its genesis");
  const { owners, quorum } = genesis;
  let ownership: Ownership = { base: id, owners, quorum, heirs: [] };
  const taken: TakenDecision[] = [];
  for (;;) {
    const next = nextDecision(suite, log, ownership, taken.length + 1);
    if (next === undefined) return { ownership, taken };
    taken.push(next);
    ownership = after(ownership, next);
  }
}

function nextDecision(
  suite: CryptoSuite,
  log: OpLog,
  ownership: Ownership,
  version: number,
): TakenDecision | undefined {
  const found = new Map<OpId, { decision: Decision; votes: number[] }>();
  for (const place of log.votes.get(ownership.base) ?? []) {
    const entry = log.at(place);
    const { body } = entry.op;
    if (body.t !== "vote" || log.isForked(entry)) continue;
    if (!votersFor(ownership, body.decision).includes(entry.person)) continue;
    const id = decisionId(suite, ownership.base, body.decision);
    const known = found.get(id) ?? { decision: body.decision, votes: [] };
    known.votes.push(place);
    found.set(id, known);
  }
  let best: TakenDecision | undefined;
  for (const [id, { decision, votes }] of found) {
    const needed = neededFor(ownership, decision);
    const voters = new Set(votes.map((place) => log.at(place).person));
    if (voters.size < needed || !isPossible(ownership, decision)) continue;
    const taken = { id, decision, version, votes, needed };
    if (best === undefined || goesBefore(taken, best)) best = taken;
  }
  return best;
}

/** Who may vote for a decision. */
export function votersFor({ owners, heirs }: Ownership, decision: Decision): readonly PersonId[] {
  return decision.t === "handover" ? heirs : owners;
}

/** How many of them it needs. */
export function neededFor({ quorum, heirs }: Ownership, decision: Decision): number {
  return decision.t === "handover" ? majorityOf(heirs.length) : quorum;
}

/** Some owner has to be left. */
function isPossible({ owners }: Ownership, decision: Decision): boolean {
  return decision.t !== "remove" || owners.some((owner) => !decision.targets.includes(owner));
}

function goesBefore(a: TakenDecision, b: TakenDecision): boolean {
  const [heirsA, heirsB] = [a.decision.t === "handover", b.decision.t === "handover"];
  return heirsA === heirsB ? a.id < b.id : heirsB;
}

function after(before: Ownership, { id, decision }: TakenDecision): Ownership {
  if (decision.t !== "remove") {
    const { owners, quorum, heirs } = decision;
    return { base: id, owners, quorum, heirs };
  }
  const left = (person: PersonId): boolean => !decision.targets.includes(person);
  const owners = before.owners.filter(left);
  const quorum = Math.max(majorityOf(owners.length), Math.min(before.quorum, owners.length));
  return { base: id, owners, quorum, heirs: before.heirs.filter(left) };
}
