import type { Contacts } from "../contacts/index.ts";
import type { Meant, Membership, People } from "../gateway/index.ts";
import { type Groups, hostLabel } from "../groups/index.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { isMetPerson } from "./correspondents.ts";
import type { GroupNetworks } from "./group-networks.ts";
import type { Guard } from "./guarded-sessions.ts";

/** Groups of the settings first, then the groups of the room, by what they are called here. */
export function membershipOf(fixed: Membership, groups: Groups): Membership {
  return {
    has: (label) => fixed.has(label) || groups.roster.byLabel(label) !== undefined,
    isMember: (label, person) => {
      if (fixed.has(label)) return fixed.isMember(label, person);
      return groups.roster.byLabel(label)?.isLive(person) === true;
    },
  };
}

/** Whom the gateway's people are made of. */
export interface GroupPeopleParts {
  readonly contacts: Contacts;
  readonly groups: Groups;
  readonly routing: RoutingPort;
  readonly devices: Guard;
  readonly networks: GroupNetworks;
}

/**
 * The people whom the gateway knows: contacts, and members of this person's groups who are vouched
 * for. The latter may reach what is open to the group and nothing else.
 */
export function peopleWithGroups(
  people: People,
  { contacts, groups, routing, devices, networks }: GroupPeopleParts,
): People {
  const devicesOf = (person: PersonId): readonly PeerId[] => {
    const known = people.devicesOf(person);
    const seen = routing
      .routes()
      .filter(({ record }) => record.person.personId === person && devices.stands(record));
    const inReach = seen.map(({ record }) => record.id);
    return [...inReach, ...known.filter((id) => !inReach.includes(id))];
  };
  const ownerOf = (device: PeerId): PersonId | undefined => routing.record(device)?.person.personId;
  const inGroup = (label: string, name: string): Meant | undefined => {
    const found = namesIn(groups, label, ownerOf).find(([each]) => each === name);
    if (found === undefined) return undefined;
    const behind = devicesBehind(found[1]);
    const [address] = addressesOf(label, behind);
    return {
      who: `${name}.${label}`,
      devices: behind,
      ...(address === undefined ? {} : { address }),
    };
  };
  /** In the group's network, of those who belong to it; others' are their own. */
  const addressesOf = (label: string, behind: readonly PeerId[]): readonly string[] => {
    const group = groups.roster.byLabel(label);
    return behind.map((device) => {
      const owner = ownerOf(device) ?? contacts.byDevice(device)?.personId;
      const isIn = group !== undefined && owner !== undefined && group.isLive(owner);
      return isIn ? networks.addressOf(group.id, device) : device;
    });
  };
  const devicesBehind = ({ t, id }: Target): readonly PeerId[] =>
    t === "device" ? [id] : devicesOf(id);
  return {
    ...people,
    personOf: (peer) => {
      const contact = people.personOf(peer);
      if (contact !== undefined) return contact;
      const record = routing.record(peer);
      if (record === undefined || !devices.stands(record)) return undefined;
      const { personId } = record.person;
      if (contacts.about.isBlocked(personId)) return undefined;
      return groups.roster.isMate(personId) ? personId : undefined;
    },
    nameOf: (person) => people.nameOf(person) ?? groups.roster.mateName(person),
    isContact: (person) => isMetPerson(contacts, person),
    devicesOf,
    networks,
    inGroup,
    groupNames: function* groupNames() {
      for (const { label } of groups.roster.all()) {
        for (const [name, target] of namesIn(groups, label, ownerOf)) {
          yield [`${name}.${label}`, addressesOf(label, devicesBehind(target))];
        }
      }
    },
  };
}

type Target = { readonly t: "person" | "device"; readonly id: string };

/**
 * Names that mean one thing: those that the group gives, then members' by what they are called.
 * None leads to somebody who was removed or has left.
 */
function namesIn(
  groups: Groups,
  label: string,
  ownerOf: (device: PeerId) => PersonId | undefined,
): readonly (readonly [string, Target])[] {
  const group = groups.roster.byLabel(label);
  if (group === undefined || !group.isIn) return [];
  const given = new Map<string, Target>();
  for (const { label: name, target } of group.log.names()) {
    const person = target.t === "person" ? target.id : ownerOf(target.id);
    if (person === undefined || !group.log.isOut(person)) given.set(name, target);
  }
  const called = new Map<string, Target | undefined>();
  for (const { person, label: text } of group.log.members().values()) {
    const name = hostLabel(text);
    if (name === "" || !group.isLive(person)) continue;
    called.set(name, called.has(name) ? undefined : { t: "person", id: person });
  }
  for (const [name, target] of called) {
    if (target !== undefined && !given.has(name)) given.set(name, target);
  }
  return [...given];
}
