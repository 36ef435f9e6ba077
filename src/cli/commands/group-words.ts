import type {
  GroupBody,
  GroupMemberBody,
  GroupProposalBody,
  GroupVoteBody,
} from "../../api/client/index.ts";
import { inert, table } from "../output.ts";
import { counted, isoText } from "../words.ts";

const ID_SHOWN = 8;

const STATES: Readonly<Record<GroupBody["state"], string>> = {
  joining: "waits for a member in reach",
  in: "",
  out: "you are not in it any more",
};

function countOf(members: number): string {
  return members === 1 ? "1 member" : `${members} members`;
}

/** Whether members who were in reach took this device for nobody of theirs. */
function isRefused({ state, refusals }: GroupBody): boolean {
  return state !== "out" && refusals > 0;
}

/** One line of a list of groups. */
export function groupRow(group: GroupBody): readonly string[] {
  const { label, title, members, state, proposals, orphans } = group;
  const notes = [
    isRefused(group) ? "members have refused this device" : STATES[state],
    proposals.length > 0 ? `${proposals.length} to vote on` : "",
    orphans.length > 0 ? `${orphans.length} fell out` : "",
  ];
  return [label, inert(title), countOf(members.length), notes.filter(Boolean).join(", ")];
}

function memberRow({ name, label, role, isYou, isLive, addedBy, person }: GroupMemberBody) {
  const notes = [
    isYou ? "you" : "",
    name === label ? "" : `calls themselves ${inert(label)}`,
    isLive ? "" : "nobody vouched for them lately: services are shut to them",
  ];
  const by = role === "owner" ? "" : `by ${inert(addedBy)}`;
  return [inert(name), role, by, person.slice(0, 8), notes.filter(Boolean).join(", ")];
}

/** Everything about a group, for people. */
export function describeGroup(group: GroupBody): string {
  const { label, title, state, members, owners, quorum, heirs } = group;
  const lines = [`${inert(title)} ('${label}' here), ${countOf(members.length)}`];
  if (STATES[state] !== "" && !isRefused(group)) lines.push(STATES[state]);
  if (state === "in" && isRefused(group)) {
    lines.push(
      `A member in reach has refused this device (${counted(group.refusals, "time")}), and none has taken it since: you may have been removed, or they have left. Ask a member. Until you know, take what is shown here for old.`,
    );
  } else if (isRefused(group)) {
    lines.push(
      `Members are in reach and have refused this device (${counted(group.refusals, "time")}): the link was used up, has expired or was withdrawn, or you were removed.`,
      `Ask a member for another link, or to type: peernet group add ${label} <your name>. To give up: peernet group forget ${label}`,
    );
  } else if (group.refusals > 0) {
    lines.push(`Members have refused this device ${counted(group.refusals, "time")}.`);
  }
  if (group.opsBelieved > 0) {
    lines.push(
      `The group's history is still on the way: ${group.opsBelieved} of its ${group.ops} operations are believed because its owners signed for them.`,
    );
  }
  if (state === "in") lines.push(`Its network: ${group.network}, this device: ${group.address}`);
  if (members.length > 0) lines.push("", table(members.map(memberRow)));
  if (owners.length > 0) {
    const together = owners.length > 1 ? `, ${quorum} of ${owners.length} together` : "";
    lines.push("", `Owners: ${owners.map(inert).join(", ")}${together}`);
  }
  if (heirs.length > 0)
    lines.push(`Heirs after 90 days of silence: ${heirs.map(inert).join(", ")}`);
  lines.push(...proposalLines(group), ...nameLines(group), ...inviteLines(group));
  lines.push(...troubleLines(group));
  return lines.join("\n");
}

function proposalLines({ proposals, label }: GroupBody): readonly string[] {
  return proposals.map((proposal) => {
    const { id, voters, needed } = proposal;
    return `To vote on: ${proposalWords(proposal)} (${voters.length} of ${needed}: ${voters.map(inert).join(", ")}). Agree: peernet group quorum ${label} --agree ${id.slice(0, ID_SHOWN)}`;
  });
}

function proposalWords({ what, people, quorum }: GroupProposalBody): string {
  const names = people.map(inert).join(", ");
  if (what === "remove") return `remove ${names}`;
  return `${what === "handover" ? "take over, owners then" : "owners"}: ${names}, ${quorum} together`;
}

/**
 * What came of a vote: what was decided, or what the others type.
 * @param before the group before the vote, by which a proposal that is agreed to is known
 * @param after the group after it
 */
export function voteText(
  { isTaken, votes, needed }: GroupVoteBody,
  {
    agree,
    removed,
  }: { readonly agree?: string | undefined; readonly removed?: string | undefined },
  before: GroupBody,
  after: GroupBody,
): string {
  const { label } = after;
  const isAgreed = ({ id }: GroupProposalBody): boolean =>
    agree !== undefined && id.startsWith(agree.toLowerCase());
  const agreed = before.proposals.find(isAgreed);
  if (isTaken) {
    const out = agreed?.what === "remove" ? agreed.people.map(inert).join(", ") : removed;
    if (out !== undefined) return `It is decided: ${inert(out)} is out of ${label}.`;
    const together = after.owners.length > 1 ? `, ${after.quorum} of them together` : "";
    return `It is decided: owners of ${label} are ${after.owners.map(inert).join(", ")}${together}.`;
  }
  const known = new Set(before.proposals.map(({ id }) => id));
  const now = after.proposals.filter((one) => isAgreed(one) || !known.has(one.id));
  const [only] = now.length === 1 ? now : [];
  const about = only === undefined ? "" : ` (${proposalWords(only)})`;
  const id = only === undefined ? "<id>" : only.id.slice(0, ID_SHOWN);
  const where = only === undefined ? ", as 'peernet group show' lists it" : "";
  return `Your vote counts${about}: ${votes} of ${needed} are for it. The others agree with: peernet group quorum ${label} --agree ${id}${where}.`;
}

function nameLines({ names, label }: GroupBody): readonly string[] {
  return names.map(({ name, means, asked }) => {
    const note = asked === name ? "" : ` (asked for ${asked}, which somebody senior gave already)`;
    return `Name: ${name}.${label}.peer.alt means ${inert(means)}${note}`;
  });
}

function inviteLines({ invites }: GroupBody): readonly string[] {
  return invites.map(({ id, by, role, uses, used, expiresAtMs }) => {
    const until = isoText(expiresAtMs, 10);
    return `Invite ${id.slice(0, 8)} by ${inert(by)}: ${role}, ${used} of ${uses} used, until ${until}`;
  });
}

function troubleLines({ orphans, forked, label }: GroupBody): readonly string[] {
  const lines = orphans.map(
    ({ name, addedBy, person }) =>
      `${inert(name)} fell out together with ${inert(addedBy)}. Adopt: peernet group add ${label} ${person}`,
  );
  for (const name of forked) {
    lines.push(
      `A device of ${inert(name)} told two stories, as an old copy of a home does: nothing more is taken from it.`,
    );
  }
  return lines;
}
