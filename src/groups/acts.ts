import type { PersonId } from "../identity/index.ts";
import type { Clock, Random } from "../ports/index.ts";
import { GroupsError } from "./errors.ts";
import type { Group } from "./group.ts";
import type { Groups } from "./groups.ts";
import { labelOf } from "./label.ts";
import { HANDOVER_AFTER_MS, INVITE_LIFE_MS, INVITE_LIFE_MS_MAX } from "./limits.ts";
import { formatGroupLink, INVITE_SECRET_BYTES, inviteKey, isTitle } from "./link.ts";
import {
  type Body,
  type Decision,
  isGroupName,
  limits,
  type Member,
  majorityOf,
  type NameTarget,
  neededFor,
  type Op,
  type Role,
  votersFor,
} from "./log/index.ts";
import type { GroupsOptions } from "./options.ts";
import type { VoteResult } from "./types.ts";

type Done<T> = (error: GroupsError | null, value: T | undefined) => void;

/** What an invite is made of. */
export interface InviteTerms {
  readonly uses: number;
  /** How long it may be used, in milliseconds; 7 days without it. */
  readonly lifeMs?: number;
  readonly role: Role;
  /** Where this device can be dialled, best first. */
  readonly endpoints: readonly string[];
}

/**
 * What members do in a group, checked before it is said: others' peers would let it count for
 * nothing. All calls may answer "not-found", "not-member", "not-allowed", "busy" and disk errors.
 */
export class GroupActs {
  readonly #groups: Groups;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: GroupsOptions;

  constructor(groups: Groups, options: GroupsOptions) {
    this.#groups = groups;
    this.#options = options;
    this.#clock = options.clock;
    this.#random = options.random.fork("group acts");
  }

  /** Makes an invite. Errors also: "bad-op" for terms outside their limits. */
  invite(
    group: string,
    terms: InviteTerms,
    done: Done<{ readonly link: string; readonly id: string; readonly expiresAtMs: number }>,
  ): void {
    const secret = this.#random.bytes(INVITE_SECRET_BYTES);
    const lifeMs = terms.lifeMs ?? INVITE_LIFE_MS;
    const expiresAtMs = this.#clock.wallMs() + lifeMs;
    const { uses, role } = terms;
    this.#groups.say(
      group,
      (found) => {
        this.#admin(found);
        if (!(uses >= 1 && uses <= limits.INVITE_USES_MAX) || !(lifeMs > 0)) throw BAD_INVITE();
        if (lifeMs > INVITE_LIFE_MS_MAX) throw BAD_INVITE();
        const key = inviteKey(this.#options.suite, secret).publicKey;
        return { t: "invite", key, uses, expiresAtMs, role };
      },
      (error, op) => {
        if (error !== null || op === undefined) {
          done(error, undefined);
          return;
        }
        const { id } = op;
        const found = this.#groups.find(group);
        const link = formatGroupLink({
          ...{ group: found.id, invite: { id, secret }, title: found.title },
          ...{ hints: this.#groups.hintsOf(found), endpoints: terms.endpoints },
        });
        done(null, { link, id, expiresAtMs });
      },
    );
  }

  /** Shuts an invite that this person or a junior of theirs made. Errors also: "not-found". */
  revoke(group: string, invite: string, done: Done<Op>): void {
    this.#groups.say(
      group,
      (found) => {
        this.#admin(found);
        const open = found.log.invites().filter(({ id }) => id.startsWith(invite));
        const [one, second] = open;
        if (one === undefined || second !== undefined) {
          throw new GroupsError("not-found", "There is no such open invite, or several.");
        }
        return { t: "revoke", invite: one.id };
      },
      done,
    );
  }

  /** Lets people in who need no link: they are told once they are in reach. */
  add(
    group: string,
    people: readonly { readonly person: PersonId; readonly label: string }[],
    role: Role,
    done: Done<Op>,
  ): void {
    this.#groups.say(
      group,
      (found) => {
        this.#admin(found);
        const targets = people.map(({ person, label }) => ({ person, label: labelOf(label) }));
        if (targets.every(({ person }) => found.has(person))) {
          throw new GroupsError("exists", "They are in this group already.");
        }
        if (found.log.members().size + targets.length > limits.MEMBERS_MAX) {
          throw new GroupsError("full", `A group has at most ${limits.MEMBERS_MAX} members.`);
        }
        return { t: "add", role, targets };
      },
      (error, op) => {
        if (error === null && role === "admin") this.#tendOwners(group);
        done(error, op);
      },
    );
  }

  /** Removes members who are no owners and junior to this person. */
  remove(group: string, targets: readonly PersonId[], done: Done<Op>): void {
    this.#groups.say(
      group,
      (found) => {
        const me = this.#admin(found);
        for (const target of targets) this.#checkJunior(found, me, target);
        return { t: "remove", targets };
      },
      done,
    );
  }

  /** Makes somebody an admin, or an admin a member. */
  role(group: string, person: PersonId, role: Role, done: Done<Op>): void {
    this.#groups.say(
      group,
      (found) => {
        this.#checkJunior(found, this.#admin(found), person);
        return { t: "role", person, role };
      },
      (error, op) => {
        if (error === null && role === "admin") this.#tendOwners(group);
        done(error, op);
      },
    );
  }

  /** Ends this person's own membership. */
  leave(group: string, done: Done<Op>): void {
    this.#groups.say(group, () => ({ t: "leave" }), done);
  }

  /** Gives a name of the group to somebody or to a device, or takes it back. */
  name(group: string, label: string, target: NameTarget | undefined, done: Done<Op>): void {
    this.#groups.say(
      group,
      (found) => {
        this.#admin(found);
        if (!isGroupName(label)) throw new GroupsError("bad-name", BAD_NAME);
        return { t: "name", label, target };
      },
      done,
    );
  }

  /** What the group calls itself. Errors also: "bad-name". */
  retitle(group: string, title: string, done: Done<Op>): void {
    if (!isTitle(title)) {
      done(
        new GroupsError("bad-name", "A title has 1 to 64 bytes, without signs that hide."),
        undefined,
      );
      return;
    }
    this.#policy(group, { t: "policy", key: "title", value: title }, done);
  }

  /** Where the shared folder is: a link for writing. */
  shareFolder(group: string, link: string, done: Done<Op>): void {
    this.#policy(group, { t: "policy", key: "folder", value: link }, done);
  }

  /** New keys for what the group encrypts, without a removal. */
  renewEpoch(group: string, done: Done<Op>): void {
    this.#groups.say(
      group,
      (found) => {
        this.#admin(found);
        return { t: "epoch" };
      },
      done,
    );
  }

  /** This owner's vote for who the owners are, how many of them decide and who follows them. */
  proposeOwners(
    group: string,
    owners: readonly PersonId[],
    quorum: number | undefined,
    heirs: readonly PersonId[],
    done: Done<VoteResult>,
  ): void {
    const needed = quorum ?? majorityOf(owners.length);
    const check = (found: Group): Decision => {
      for (const one of [...owners, ...heirs]) {
        if (!found.has(one)) throw new GroupsError("unknown-person", NO_MEMBER);
      }
      if (needed < majorityOf(owners.length) || needed > owners.length) {
        throw new GroupsError(
          "bad-op",
          "A quorum is more than half of the owners, and not more than all.",
        );
      }
      return { t: "owners", owners, quorum: needed, heirs };
    };
    this.#groups.endAuto(group, (error) => {
      if (error === null) this.#vote(group, check, done);
      else done(error, undefined);
    });
  }

  /** This owner's vote to remove somebody, owners included. */
  proposeRemoval(group: string, targets: readonly PersonId[], done: Done<VoteResult>): void {
    this.#vote(group, () => ({ t: "remove", targets }), done);
  }

  /** This person's vote for what others have proposed, by its id or the beginning of it. */
  agree(group: string, proposal: string, done: Done<VoteResult>): void {
    this.#vote(
      group,
      (found) => {
        const [one, second] = found.log.proposals().filter(({ id }) => id.startsWith(proposal));
        if (one !== undefined && second === undefined) return one.decision;
        throw new GroupsError(
          "not-found",
          "There is no such proposal, or several. See 'group show'.",
        );
      },
      done,
    );
  }

  /** Heirs take over, once no owner was heard of for 90 days. Errors also: "not-allowed". */
  takeOver(group: string, done: Done<VoteResult>): void {
    this.#vote(
      group,
      (found) => {
        const { heirs, owners } = found.log.ownership;
        const nowMs = this.#clock.wallMs();
        for (const owner of owners) {
          const silentMs = nowMs - (found.freshness.lastHeardMs(owner, nowMs) ?? nowMs);
          if (silentMs < HANDOVER_AFTER_MS) throw new GroupsError("not-allowed", NOT_SILENT);
        }
        return { t: "handover", owners: heirs, quorum: majorityOf(heirs.length), heirs: [] };
      },
      done,
    );
  }

  /**
   * What a sole owner's peer does by itself: the first admin becomes heir, with the second all
   * three own the group, two of them together. So it neither dies with one person nor obeys one.
   */
  #tendOwners(idOrLabel: string): void {
    const group = this.#groups.find(idOrLabel);
    const { owners, heirs } = group.log.ownership;
    const me = this.#options.identity.person.personId;
    if (!group.record.isAuto || owners.length !== 1 || owners[0] !== me) return;
    const admins = [...group.log.members().values()]
      .filter(({ role }) => role === "admin")
      .sort((a, b) => a.rank.depth - b.rank.depth || a.rank.seq - b.rank.seq)
      .map(({ person }) => person);
    const [first, second] = admins;
    if (first === undefined || (second === undefined && heirs.includes(first))) return;
    const decision: Decision =
      second === undefined
        ? { t: "owners", owners: [me], quorum: 1, heirs: [first] }
        : { t: "owners", owners: [me, first, second], quorum: 2, heirs: [] };
    this.#vote(
      group.id,
      () => decision,
      (error) => {
        if (error !== null) this.#options.log.warn("owners not made", { code: error.code });
      },
    );
  }

  #vote(group: string, decide: (found: Group) => Decision, done: Done<VoteResult>): void {
    let decision: Decision | undefined;
    let needed = 0;
    this.#groups.say(
      group,
      (found) => {
        const { ownership } = found.log;
        const decided = decide(found);
        decision = decided;
        needed = neededFor(ownership, decided);
        const me = this.#options.identity.person.personId;
        if (!votersFor(ownership, decided).includes(me))
          throw new GroupsError("not-allowed", NO_VOTE);
        return { t: "vote", base: ownership.base, decision: decided };
      },
      (error, op) => {
        if (error !== null || op === undefined || decision === undefined) {
          done(error, undefined);
          return;
        }
        const { log } = this.#groups.find(group);
        const me = this.#options.identity.person.personId;
        const open = log.proposals().find(({ voters, decision: each }) => {
          return voters.includes(me) && JSON.stringify(each) === JSON.stringify(decision);
        });
        const votes = open?.voters.length ?? needed;
        done(null, { decision, votes, needed, isTaken: open === undefined });
      },
    );
  }

  #policy(group: string, body: Extract<Body, { readonly t: "policy" }>, done: Done<Op>): void {
    this.#groups.say(
      group,
      (found) => {
        this.#admin(found);
        return body;
      },
      done,
    );
  }

  #admin(group: Group): Member {
    const me = group.log.members().get(this.#options.identity.person.personId);
    if (me !== undefined && me.role !== "member") return me;
    throw new GroupsError("not-allowed", "Only admins of the group may do that. Ask one of them.");
  }

  #checkJunior(group: Group, me: Member, person: PersonId): void {
    const member = group.log.members().get(person);
    if (member === undefined) throw new GroupsError("unknown-person", NO_MEMBER);
    if (member.role === "owner") throw new GroupsError("not-allowed", OWNERS_TOGETHER);
    if (compare(me, member) < 0) return;
    throw new GroupsError("not-allowed", SENIOR);
  }
}

function compare(a: Member, b: Member): number {
  return a.rank.depth - b.rank.depth || a.rank.seq - b.rank.seq || (a.rank.id < b.rank.id ? -1 : 1);
}

const BAD_INVITE = (): GroupsError =>
  new GroupsError(
    "bad-op",
    `An invite lets 1 to ${limits.INVITE_USES_MAX} people in, for at most 90 days.`,
  );
const BAD_NAME = "A name in a group has 1 to 32 of the letters a-z, digits and hyphens.";
const NO_MEMBER = "That person is not a member of this group. 'peernet group show' lists them.";
const NO_VOTE =
  "Only owners vote on this, or their heirs on taking over. 'peernet group show' tells who they are.";
const NOT_SILENT =
  "An owner was heard of within the last 90 days, or never since this device came in: taking over has to wait.";
const OWNERS_TOGETHER =
  "That is an owner: only owners together can do that. Propose it with 'peernet group quorum <group> --remove <name>'.";
const SENIOR =
  "They have been in charge for longer than you: only somebody senior to them can do that, or the owners together.";
