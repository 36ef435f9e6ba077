import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { Evaluation } from "./evaluation.ts";
import type { OpLog } from "./oplog.ts";
import { nextHandover } from "./owners.ts";
import { compareRanks, levelOf, mayAct, type Rank, type Standing } from "./standing.ts";
import type { Body, Entry, OpId } from "./types.ts";

/** What changes nothing of who belongs to a group. */
const HARMLESS: ReadonlySet<Body["t"]> = new Set(["name", "policy", "epoch", "invite"]);

/**
 * An evaluation that takes up one more operation where that changes nothing that was judged before.
 * What it then says is what a new evaluation would say.
 */
export class LiveEvaluation extends Evaluation {
  /** What a log means. One look more for every handover that counts. */
  static of(suite: CryptoSuite, log: OpLog): LiveEvaluation {
    const handovers = new Set<OpId>();
    for (;;) {
      const evaluation = new LiveEvaluation(suite, log, handovers);
      const mayVote = (place: number): boolean => evaluation.mayVote(place);
      const next = nextHandover(suite, log, evaluation.ownership, mayVote);
      if (next === undefined) return evaluation;
      handovers.add(next);
    }
  }

  /**
   * Takes up the operation that was added to the log last.
   * @returns false where earlier operations have to be judged anew: throw this evaluation away
   */
  extend(entry: Entry): boolean {
    this.counts.push(false);
    const { log } = this;
    // What follows the proof of a fork changes nothing any more, however much it is.
    if (log.isForked(entry)) return log.chainOf(entry.op.author)?.forkedBy !== entry.index;
    const { body } = entry.op;
    if (body.t === "vote") return !this.voters.has(entry.person);
    // Whether a handover counts was judged as things stood without it, of which nothing is kept.
    if (this.handovers.size > 0 && !HARMLESS.has(body.t)) return false;
    if (body.t === "join") return this.#extendByJoin(entry, body);
    const standing = this.standings.get(entry.person);
    if (standing?.rank === undefined) return true;
    // What does not count has no consequences: who may do nothing cannot make others work for it.
    if (!mayAct(log.pasts, standing, entry, entry.index, levelOf(body.t))) return true;
    if (!this.#isSimple(entry, body, standing.rank)) return false;
    this.apply(standing, entry);
    return true;
  }

  #extendByJoin(join: Entry, { invite: id }: Extract<Body, { readonly t: "join" }>): boolean {
    const place = this.log.placeOf(id);
    const invite = place === undefined ? undefined : this.log.at(place);
    const inviter = invite === undefined ? undefined : this.standings.get(invite.person);
    const body = invite?.op.body;
    if (invite === undefined || inviter?.rank === undefined || body?.t !== "invite") return true;
    if (!join.named.includes(join.index)) return true;
    if (!this.counts[invite.index] || !this.isWelcome(inviter, invite, join)) return true;
    const use = this.useOf(invite.index);
    if (!use.joined.has(join.person) && use.joined.size >= body.uses) return false;
    const { depth } = inviter.rank;
    const rank = { depth: depth + 1, seq: invite.op.seq, id: join.op.id };
    if (!this.#keepsRank(join.person, rank, inviter.rank)) return false;
    this.welcome(inviter, use, body, join);
    return true;
  }

  #isSimple({ op, index }: Entry, body: Body, by: Rank): boolean {
    const rankOf = (person: PersonId): Rank => ({
      ...{ depth: by.depth + 1, seq: op.seq, id: op.id + person },
    });
    switch (body.t) {
      case "add":
        return body.targets.every(({ person }) => this.#keepsRank(person, rankOf(person), by));
      case "remove":
        return body.targets.every((target) => this.#isAllSeen(target, index, by));
      case "role":
        return body.role === "admin"
          ? this.#keepsRank(body.person, rankOf(body.person), by)
          : this.#isAllSeen(body.person, index, by);
      case "revoke": {
        const place = this.log.placeOf(body.invite);
        return place === undefined || this.#areJoinsSeen(place, index);
      }
      default:
        return true;
    }
  }

  /** Whether letting the person in leaves alone what was said of them before. */
  #keepsRank(person: PersonId, rank: Rank, by: Rank): boolean {
    const standing = this.standings.get(person);
    if (standing === undefined || !this.isJunior(standing, by)) return true;
    if (standing.rank !== undefined) return compareRanks(standing.rank, rank) <= 0;
    return standing.ends.length === 0;
  }

  /** Whether all that the person wrote lies in the past of their removal, so that it stands. */
  #isAllSeen(person: PersonId, at: number, by: Rank): boolean {
    const standing: Standing | undefined = this.standings.get(person);
    if (standing !== undefined && !this.isJunior(standing, by)) return true;
    return (this.log.byPerson.get(person) ?? []).every((place) => {
      const { t } = this.log.at(place).op.body;
      if (t === "invite" && !this.#areJoinsSeen(place, at)) return false;
      return t === "join" || this.log.pasts.has(at, place);
    });
  }

  #areJoinsSeen(invite: number, at: number): boolean {
    return (this.log.joins.get(invite) ?? []).every((join) => this.log.pasts.has(at, join));
  }
}
