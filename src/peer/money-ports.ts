import { type Contacts, skeleton } from "../contacts/index.ts";
import type { Groups } from "../groups/index.ts";
import {
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
  type PersonId,
  proofOf,
} from "../identity/index.ts";
import { KIND_FOREIGN_MIN, type Messages } from "../messages/index.ts";
import {
  community,
  type LinesOptions,
  Money,
  type MoneyPeople,
  type MoneyPost,
} from "../money/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";
import { isMetPerson } from "./correspondents.ts";
import type { Guard } from "./guarded-sessions.ts";
import type { RoomsOptions } from "./rooms.ts";

/** Whom lines are with: contacts who were met. */
export function moneyPeopleOf(
  contacts: Contacts,
  routing: Pick<RoutingPort, "record" | "routes">,
  devices: Guard,
): MoneyPeople {
  return {
    personOf: (peer) => routing.record(peer)?.person.personId,
    isContact: (person) => isMetPerson(contacts, person),
    // Half-logs go on from devices of before: those out of reach stand, or an old line could not be read again.
    stands: (device) => {
      const record = routing.record(device);
      return record === undefined || devices.stands(record);
    },
    isRevoked: (device, person) => devices.isRevoked(device, person),
    keyOf: (device) => routing.record(device)?.dhKey,
    devicesOf: (person) =>
      routing
        .routes()
        .filter(({ record }) => record.person.personId === person && devices.stands(record))
        .map(({ record }) => record.id),
    keysInMesh: (people) => {
      const keys = new Map<PersonId, Uint8Array>();
      if (people.size === 0) return keys;
      for (const { record } of routing.routes()) {
        const { personId } = record.person;
        if (people.has(personId) && devices.stands(record)) keys.set(personId, record.dhKey);
      }
      return keys;
    },
    nameOf: (person) => contacts.byPerson(person)?.petname,
    skeleton,
  };
}

/** Kind of the letters about lines. */
const LINE_LETTERS = KIND_FOREIGN_MIN;

/** Letters about lines, sealed and carried as all others are. */
function postOf(contacts: Contacts, messages: Pick<Messages, "sendLetter">): MoneyPost {
  return {
    devicesOf: (person) => contacts.byPerson(person)?.devices.map(({ peerId }) => peerId) ?? [],
    send: (device, content, done) =>
      messages.sendLetter(device, { kind: LINE_LETTERS, content }, done),
  };
}

/** Lines, currencies and payments of a peer. */
export function moneyOf(
  { ports, config, events }: Pick<RoomsOptions, "ports" | "config" | "events">,
  rooms: {
    readonly contacts: Contacts;
    readonly routing: RoutingPort;
    readonly session: SessionPort;
    readonly devices: Guard;
    readonly messages: Pick<Messages, "handle" | "sendLetter">;
  },
): Money {
  const { clock, random, suite, records, log } = ports;
  const { identity, isCopied = false, salvages = false } = config;
  const { contacts, devices, routing, session, messages } = rooms;
  const people = moneyPeopleOf(contacts, routing, devices);
  const onMended: LinesOptions["onMended"] = (loss) => events.onMoneyMended?.(loss);
  const disk = { records, isCopied, salvages, onMended };
  const post = postOf(contacts, messages);
  const around = { identity, suite, clock, random, log, session, people, post };
  const money = new Money({ ...around, ...disk }, events);
  messages.handle(LINE_LETTERS, (draft, letter) => money.mail.take(draft, letter));
  return money;
}

/** What a person's log says counts also of devices that are out of reach. */
function standingOf(
  routing: Pick<RoutingPort, "record">,
  devices: Guard,
): (device: PeerId, person: PersonId) => boolean {
  return (device, person) => {
    const record = routing.record(device);
    return !devices.isRevoked(device, person) && (record === undefined || devices.stands(record));
  };
}

/** Whom communities are of: members of groups that are here. */
export function communityPeopleOf(
  identity: LocalIdentity,
  groups: Pick<Groups, "roster">,
  routing: Pick<RoutingPort, "record" | "routes">,
  devices: Guard,
): community.CommunityPeople {
  return {
    personOf: (peer) => routing.record(peer)?.person.personId,
    isMember: (group, person) => groups.roster.get(group)?.has(person) === true,
    mayFound: (group, person) => {
      const role = groups.roster.get(group)?.log.members().get(person)?.role;
      return role === "owner" || role === "admin";
    },
    isMate: (person) => groups.roster.all().some((group) => group.isIn && group.has(person)),
    stands: standingOf(routing, devices),
    seatOf: (person) => {
      const isTheirs = ({ id, person: { personId } }: PeerRecord): boolean =>
        personId === person && id !== identity.id;
      const found = routing
        .routes()
        .find(({ record }) => isTheirs(record) && devices.stands(record));
      if (found === undefined) return undefined;
      const { signKey, person: certificate } = found.record;
      return { person, key: signKey, proof: proofOf(certificate) };
    },
  };
}

/** Community currencies of a peer. */
export function communitiesOf(
  { ports, config, events }: Pick<RoomsOptions, "ports" | "config" | "events">,
  rooms: {
    readonly groups: Groups;
    readonly routing: RoutingPort;
    readonly session: SessionPort;
    readonly devices: Guard;
  },
): community.Communities {
  const { clock, random, suite, records, log } = ports;
  const { identity, isCopied = false, salvages = false } = config;
  const { devices, groups, routing, session } = rooms;
  const people = communityPeopleOf(identity, groups, routing, devices);
  const onMended: LinesOptions["onMended"] = (loss) => events.onMoneyMended?.(loss);
  const disk = { records, isCopied, salvages, onMended };
  const parts = { identity, suite, clock, random, log, session, people, ...disk };
  return new community.Communities({ ...parts, events });
}
