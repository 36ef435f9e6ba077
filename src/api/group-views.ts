import { TypedError } from "../base/errors.ts";
import type { Decision, GroupInfo, MemberInfo } from "../groups/index.ts";
import { hostLabel } from "../groups/index.ts";
import { formatAddress, type PersonId } from "../identity/index.ts";
import type { Peer } from "../peer/index.ts";
import type {
  GroupBody,
  GroupMemberBody,
  GroupProposalBody,
  GroupsBody,
} from "./contract-groups.ts";
import { ApiError } from "./errors.ts";

/** Shortest beginning of a person's id that finds a member. */
const ID_PREFIX_MIN = 4;

/** What a person is called: this peer's name for them, else what the group calls them. */
export function nameIn(peer: Peer, group: GroupInfo, person: PersonId): string {
  const petname = peer.contacts.byPerson(person)?.petname;
  const label = group.members.find((member) => member.person === person)?.label;
  return petname ?? (label === undefined || label === "" ? person : label);
}

function memberBody(peer: Peer, group: GroupInfo, member: MemberInfo): GroupMemberBody {
  const { person, label, role, isLive, addedBy } = member;
  const isYou = person === peer.identity.person.personId;
  const name = nameIn(peer, group, person);
  const pictureAtMs = peer.pictures.head(person)?.atMs ?? null;
  const by = nameIn(peer, group, addedBy);
  return { person, name, label, role, isYou, pictureAtMs, isLive, addedBy: by };
}

function proposalBody(
  peer: Peer,
  group: GroupInfo,
  proposal: GroupInfo["proposals"][number],
): GroupProposalBody {
  const { id, voters } = proposal;
  const decision: Decision = proposal.decision;
  const people = decision.t === "remove" ? decision.targets : decision.owners;
  const heirs = group.ownership?.heirs.length ?? 0;
  const quorum = group.ownership?.quorum ?? 0;
  return {
    id,
    what: decision.t,
    people: people.map((person) => nameIn(peer, group, person)),
    quorum: decision.t === "remove" ? null : decision.quorum,
    voters: voters.map((person) => nameIn(peer, group, person)),
    needed: decision.t === "handover" ? Math.floor(heirs / 2) + 1 : quorum,
  };
}

/** A group as the API tells it. */
export function groupBody(peer: Peer, group: GroupInfo): GroupBody {
  const named = (person: PersonId): string => nameIn(peer, group, person);
  const members = [...group.members].sort(
    (a, b) => a.rank.depth - b.rank.depth || a.rank.seq - b.rank.seq,
  );
  const { id, label, title, state, ownership, epoch } = group;
  const { ops, opsBelieved, refusals } = group;
  return {
    ...networkOf(peer, id),
    ...{ id, label, title, state, ops, opsBelieved, refusals, epoch: epoch ?? null },
    members: members.map((member) => memberBody(peer, group, member)),
    owners: (ownership?.owners ?? []).map(named),
    quorum: ownership?.quorum ?? 0,
    heirs: (ownership?.heirs ?? []).map(named),
    proposals: group.proposals.map((proposal) => proposalBody(peer, group, proposal)),
    names: group.names.map(({ label: name, target, asked }) => {
      const means = target.t === "device" ? formatAddress(target.id) : named(target.id);
      return { name, means, asked };
    }),
    invites: group.invites.map((invite) => ({ ...invite, by: named(invite.by) })),
    orphans: group.orphans.map(({ person, label: called, role, addedBy }) => {
      const name = peer.contacts.byPerson(person)?.petname ?? called;
      return { person, name, role, addedBy: named(addedBy) };
    }),
    forked: group.forked.map(named),
    partners: group.partners.map(formatAddress),
    hasFolder: group.folder !== undefined,
    folder: group.folder === undefined ? null : (peer.folders.idOfLink(group.folder) ?? null),
  };
}

/** All groups and offers. */
export function groupsBody(peer: Peer): GroupsBody {
  const { groups, contacts } = peer;
  return {
    groups: groups.list().map((group) => groupBody(peer, group)),
    offers: groups.offers().map(({ group, title, by, link }) => {
      return { group, title, by: contacts.byPerson(by)?.petname ?? by, link };
    }),
  };
}

/**
 * The member meant by a name of this peer's, by what the group calls them, or by the beginning of
 * their id. @throws ApiError("not-found" | "conflict")
 */
export function memberOf(peer: Peer, group: GroupInfo, text: string): PersonId {
  const wanted = text.trim().normalize("NFC").toLowerCase();
  const isIt = ({ person }: MemberInfo): boolean =>
    peer.contacts.byPerson(person)?.petname.toLowerCase() === wanted;
  const called = ({ person, label }: MemberInfo): boolean =>
    label.toLowerCase() === wanted ||
    (hostLabel(label) === wanted && wanted !== "") ||
    (wanted.length >= ID_PREFIX_MIN && person.startsWith(wanted));
  const found = group.members.some(isIt)
    ? group.members.filter(isIt)
    : group.members.filter(called);
  const [member, second] = found;
  if (member === undefined) {
    throw new ApiError(
      "not-found",
      `'${text}' is not in this group. 'peernet group show' lists who is.`,
    );
  }
  if (second !== undefined) {
    throw new ApiError(
      "conflict",
      `Several members are called '${text}'. Give the beginning of an id.`,
    );
  }
  return member.person;
}

/** Whom somebody wants to add: a contact, or somebody who fell out of the group. */
export function newMemberOf(
  peer: Peer,
  group: GroupInfo,
  text: string,
): { readonly person: PersonId; readonly label: string } {
  const orphan = group.orphans.find(
    ({ person, label }) => label.toLowerCase() === text.toLowerCase() || person === text,
  );
  try {
    const { personId, petname } = peer.contacts.resolve(text);
    return { person: personId, label: orphan?.label ?? petname };
  } catch (error) {
    if (!(error instanceof TypedError) || orphan === undefined) throw error;
    return { person: orphan.person, label: orphan.label };
  }
}

/** The network of a group and this device's address in it, as IPv6 text. */
function networkOf({ gateway, identity }: Peer, group: string) {
  const { networks } = gateway.people;
  const address = networks?.addressOf(group, identity.id) ?? identity.id;
  const bits = networks?.bits ?? 0;
  const prefix = address.slice(0, bits / 4).padEnd(address.length, "0");
  return { network: `${formatAddress(prefix)}/${bits}`, address: formatAddress(address) };
}
