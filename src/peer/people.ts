import { TypedError } from "../base/errors.ts";
import type { Contacts } from "../contacts/index.ts";
import { FixedGroups, type Membership, type People } from "../gateway/index.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { isMetPerson } from "./correspondents.ts";
import type { Guard } from "./guarded-sessions.ts";

/** The contacts as the gateway sees them: only those who are met, and not blocked, count. */
export function peopleOf(
  contacts: Contacts,
  routing: Pick<RoutingPort, "route" | "record">,
  devices: Guard,
  hasShortSuffix: boolean = false,
): People {
  const metricOf = (id: PeerId): number => routing.route(id)?.metric ?? Number.POSITIVE_INFINITY;
  const met = (person: PersonId | undefined): PersonId | undefined =>
    person !== undefined && isMetPerson(contacts, person) ? person : undefined;
  return {
    // The certificate in the record also vouches for a device that is not stored yet.
    personOf: (peer) => {
      const record = routing.record(peer);
      if (record !== undefined) {
        return devices.stands(record) ? met(record.person.personId) : undefined;
      }
      const person = contacts.byDevice(peer)?.personId;
      return person === undefined || devices.isRevoked(peer, person) ? undefined : met(person);
    },
    nameOf: (person) => contacts.byPerson(person)?.petname,
    resolve: (text) => contacts.resolve(text).personId,
    names: () => contacts.all().map(({ petname, personId }) => [petname, personId] as const),
    revision: () => contacts.namesRevision,
    introductions: function* introductions() {
      for (const { personId } of contacts.all()) {
        const { by, calls = "" } = contacts.about.get(personId)?.met ?? {};
        if (by !== undefined && calls !== "") yield [by, calls, personId] as const;
      }
    },
    hasShortSuffix,
    devicesOf: (person) => {
      const devices = contacts.byPerson(person)?.devices.map(({ peerId }) => peerId) ?? [];
      return [...devices].sort((a, b) => compare(metricOf(a), metricOf(b)));
    },
  };
}

/** Infinity less infinity is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The groups that the settings name. */
export function groupsOf(
  contacts: Contacts,
  groups: Readonly<Record<string, readonly string[]>>,
): Membership {
  return new FixedGroups(groups, (text) => {
    try {
      return contacts.resolve(text).personId;
    } catch (error) {
      if (error instanceof TypedError) return undefined;
      throw error;
    }
  });
}
