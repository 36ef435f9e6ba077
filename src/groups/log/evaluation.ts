import { must } from "../../base/errors.ts";
import { Heap } from "../../base/heap.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import type { OpLog } from "./oplog.ts";
import { type Ownership, ownersOf, type TakenDecision } from "./owners.ts";
import {
  compareRanks,
  type End,
  type Grant,
  type Level,
  levelOf,
  mayAct,
  mostSenior,
  newStanding,
  type Rank,
  type Standing,
} from "./standing.ts";
import type { Body, Entry, OpId, Role } from "./types.ts";

/** An operation that counts, and how senior its author is. */
export interface Claim<T extends Body["t"]> {
  readonly entry: Entry;
  readonly body: Extract<Body, { readonly t: T }>;
  readonly rank: Rank;
}

/** What an invite has let in. */
export interface InviteUse {
  readonly place: number;
  /** People in the order in which they count. */
  readonly joined: Set<PersonId>;
  /** Places of joins beyond its uses. */
  readonly beyond: number[];
  readonly revokes: number[];
}

interface Queued {
  readonly standing: Standing;
  readonly rank: Rank;
}

/**
 * What the operations of a log mean. People are looked at in the order of seniority, owners first:
 * whether what somebody wrote counts depends on their seniors alone, so the result is a function of
 * the set of operations. Made anew for every evaluation.
 */
export class Evaluation {
  readonly ownership: Ownership;
  readonly standings: Map<PersonId, Standing> = new Map();
  readonly names: Claim<"name">[] = [];
  readonly policies: Claim<"policy">[] = [];
  readonly invites: Map<number, InviteUse> = new Map();
  /** Whether the operation at each place counts. */
  readonly counts: boolean[];
  /** Ids of what makes the epoch. */
  readonly epochIds: Set<OpId> = new Set();
  /** Everybody who was owner or heir at some time: others' votes change nothing. */
  readonly voters: Set<PersonId> = new Set();
  /** People whose standing has changed; who looks at it clears it. */
  readonly touched: Set<PersonId> = new Set();
  protected readonly handovers: ReadonlySet<OpId>;
  protected readonly log: OpLog;
  readonly #queue = new Heap<Queued>((a, b) => compareRanks(a.rank, b.rank) < 0);
  #isDone = false;

  /** @param handovers decisions of heirs that were found to count, see `nextHandover` */
  constructor(suite: CryptoSuite, log: OpLog, handovers: ReadonlySet<OpId>) {
    this.log = log;
    this.handovers = handovers;
    this.counts = Array<boolean>(log.size).fill(false);
    const { ownership, taken } = ownersOf(suite, log, handovers);
    this.ownership = ownership;
    this.#seatOwners(taken);
    const judged = new Set<Standing>();
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) {
      const { standing } = next;
      if (judged.has(standing)) continue;
      judged.add(standing);
      this.#judge(standing);
    }
    this.#isDone = true;
  }

  /** Whether the vote at this place is one of somebody who belongs to the group: heirs can be removed. */
  mayVote(place: number): boolean {
    const entry = this.log.at(place);
    const standing = this.standings.get(entry.person);
    return standing !== undefined && mayAct(this.log.pasts, standing, entry, place, 1);
  }

  /** What is known of a person; made where nothing is. */
  protected standingOf(person: PersonId): Standing {
    if (this.#isDone) this.touched.add(person);
    const known = this.standings.get(person);
    if (known !== undefined) return known;
    const standing = newStanding(person);
    this.standings.set(person, standing);
    return standing;
  }

  /** Whether the person may be let in, shut out or changed by somebody of this rank. */
  protected isJunior(standing: Standing, to: Rank): boolean {
    if (standing.isRoot) return false;
    return standing.rank === undefined || compareRanks(standing.rank, to) > 0;
  }

  /** The invite's own entry of what it has let in. */
  protected useOf(place: number): InviteUse {
    const known = this.invites.get(place);
    if (known !== undefined) return known;
    const use: InviteUse = { place, joined: new Set(), beyond: [], revokes: [] };
    this.invites.set(place, use);
    return use;
  }

  #seatOwners(taken: readonly TakenDecision[]): void {
    const genesis = this.log.at(0).op.body;
    const founders = genesis.t === "genesis" ? genesis.owners : [];
    const label = genesis.t === "genesis" ? genesis.label : "";
    for (const person of founders) this.voters.add(person);
    founders.forEach((person, place) => {
      this.#seat(person, { places: [0], version: 0, label: place === 0 ? label : "" });
    });
    for (const { decision, votes, version, needed, id } of taken) {
      for (const vote of votes) this.counts[vote] = true;
      if (decision.t === "remove") {
        const end: End = { level: 1, places: votes, needed, version, id };
        for (const target of decision.targets) this.standingOf(target).ends.push(end);
        this.epochIds.add(id);
      } else {
        for (const one of [...decision.owners, ...decision.heirs]) this.voters.add(one);
        for (const owner of decision.owners)
          this.#seat(owner, { places: votes, version, label: "" });
      }
    }
  }

  #seat(person: PersonId, from: Pick<Grant, "places" | "version" | "label">): void {
    const standing = this.standingOf(person);
    // The first seat also covers what the person wrote before it: owners are trusted with that.
    const isFree = !standing.isRoot;
    const rank = { depth: 0, seq: from.version, id: "" };
    const { places, version, label } = from;
    standing.grants.push({ places, version, label, level: 2, isFree, by: person, rank });
    if (standing.isRoot) return;
    standing.isRoot = true;
    let seq = 0;
    for (const one of this.standings.values()) if (one.isRoot) seq++;
    standing.rank = { depth: 0, seq, id: "" };
    this.#queue.push({ standing, rank: standing.rank });
  }

  /** Everything a person wrote, now that all their seniors' words are known. */
  #judge(standing: Standing): void {
    const revocations: Entry[] = [];
    const others: Entry[] = [];
    // Departures and revocations first: what they end must not depend on where they stand.
    for (const place of this.log.byPerson.get(standing.person) ?? []) {
      const entry = this.log.at(place);
      if (this.log.isForked(entry)) continue;
      const { t } = entry.op.body;
      if (t === "leave") this.apply(standing, entry);
      else if (t === "revoke") revocations.push(entry);
      else others.push(entry);
    }
    for (const entry of revocations) this.apply(standing, entry);
    for (const entry of others) this.apply(standing, entry);
  }

  /** Takes up one operation where it counts. */
  protected apply(standing: Standing, entry: Entry): boolean {
    const { body } = entry.op;
    const { pasts } = this.log;
    if (body.t === "genesis") this.counts[entry.index] = true;
    if (body.t === "genesis" || body.t === "vote" || body.t === "join") return false;
    if (!mayAct(pasts, standing, entry, entry.index, levelOf(body.t))) return false;
    this.counts[entry.index] = true;
    const rank = must(standing.rank, "who may act was let in");
    switch (body.t) {
      case "leave":
        this.standingOf(standing.person).leaves.push(entry.index);
        this.epochIds.add(entry.op.id);
        break;
      case "epoch":
        this.epochIds.add(entry.op.id);
        break;
      case "add":
        for (const { person, label } of body.targets)
          this.#letIn(entry, rank, person, body.role, label);
        break;
      case "remove":
        for (const target of body.targets) this.#shutOut(entry, rank, target, 1);
        this.epochIds.add(entry.op.id);
        break;
      case "role":
        if (body.role === "admin") this.#letIn(entry, rank, body.person, "admin", "");
        else this.#shutOut(entry, rank, body.person, 2);
        break;
      case "invite":
        this.#admit(standing, entry, body);
        break;
      case "revoke":
        this.#revoke(entry, rank, body.invite);
        break;
      case "name":
        this.names.push({ entry, body, rank });
        break;
      case "policy":
        this.policies.push({ entry, body, rank });
        break;
    }
    return true;
  }

  #letIn(entry: Entry, above: Rank, person: PersonId, role: Role, label: string): void {
    const standing = this.standingOf(person);
    const { seq, id } = entry.op;
    const rank = { depth: above.depth + 1, seq, id: id + person };
    const level = levelOfRole(role);
    const places = [entry.index];
    const by = entry.person;
    this.#grant(standing, above, { places, version: 0, label, level, isFree: false, by, rank });
  }

  #grant(standing: Standing, above: Rank, grant: Grant): void {
    if (this.isJunior(standing, above)) {
      standing.grants.push(grant);
      this.ranked(standing, grant.rank);
    } else if (standing.isRoot && grant.label !== "") {
      standing.called = mostSenior([standing.called ?? grant, grant]);
    }
  }

  /** The person is at least as senior as this. */
  protected ranked(standing: Standing, rank: Rank): void {
    if (standing.rank !== undefined && compareRanks(standing.rank, rank) <= 0) return;
    standing.rank = rank;
    if (!this.#isDone) this.#queue.push({ standing, rank });
  }

  #shutOut(entry: Entry, by: Rank, target: PersonId, level: Level): void {
    const standing = this.standingOf(target);
    if (!this.isJunior(standing, by)) return;
    const places = [entry.index];
    standing.ends.push({ level, places, needed: 1, version: 0, id: entry.op.id });
  }

  /** Shuts an invite: whoever made it may, and their seniors. */
  #revoke(entry: Entry, by: Rank, id: OpId): void {
    const place = this.log.placeOf(id);
    // Who has not seen the invite may have written before it arrived here: that must not matter.
    if (place === undefined || !this.log.pasts.has(entry.index, place)) return;
    const { rank } = this.standingOf(this.log.at(place).person);
    if (rank !== undefined && compareRanks(rank, by) < 0) return;
    this.useOf(place).revokes.push(entry.index);
  }

  /** Lets those in who came by an invite. */
  #admit(inviter: Standing, entry: Entry, body: Extract<Body, { readonly t: "invite" }>): void {
    const use = this.useOf(entry.index);
    const joins = (this.log.joins.get(entry.index) ?? []).map((place) => this.log.at(place));
    const fitting = joins.filter((join) => this.isWelcome(inviter, entry, join));
    // Concurrent joins beyond the uses: everybody counts the same ones, whatever came here first.
    fitting.sort((a, b) => (a.op.id < b.op.id ? -1 : 1));
    for (const join of fitting) this.welcome(inviter, use, body, join);
  }

  /** Whether a join may count: not after the inviter's end, nor after the invite was revoked. */
  protected isWelcome(inviter: Standing, invite: Entry, join: Entry): boolean {
    const { pasts } = this.log;
    if (this.log.isForked(join)) return false;
    if (!mayAct(pasts, inviter, invite, invite.index, 2)) return false;
    const { revokes } = this.useOf(invite.index);
    if (!revokes.every((revoke) => pasts.has(revoke, join.index))) return false;
    return mayAct(pasts, inviter, invite, join.index, 2);
  }

  protected welcome(
    inviter: Standing,
    use: InviteUse,
    body: Extract<Body, { readonly t: "invite" }>,
    join: Entry,
  ): void {
    const isIn = use.joined.has(join.person);
    if (!isIn && use.joined.size >= body.uses) {
      use.beyond.push(join.index);
      return;
    }
    if (!isIn) use.joined.add(join.person);
    this.counts[join.index] = true;
    const { seq } = this.log.at(use.place).op;
    const above = must(inviter.rank, "an inviter was let in");
    const standing = this.standingOf(join.person);
    const label = join.op.body.t === "join" ? join.op.body.label : "";
    const rank = { depth: above.depth + 1, seq, id: join.op.id };
    const level = levelOfRole(body.role);
    const places = [join.index];
    const by = inviter.person;
    this.#grant(standing, above, { places, version: 0, label, level, isFree: false, by, rank });
  }
}

function levelOfRole(role: Role): Level {
  return role === "admin" ? 2 : 1;
}
