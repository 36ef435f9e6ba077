import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Meeting } from "../about.ts";
import type { Contacts } from "../contacts.ts";
import { INTRODUCED_DEVICES_MAX, INTRODUCTION_LIFE_MS } from "./limits.ts";
import type { EdgePeople } from "./ports.ts";
import type { Passage } from "./types.ts";

/**
 * Contacts as edges: those who are met and not blocked.
 * @param nameOf what a peer calls itself, where it is known
 */
export function edgePeopleOf(
  contacts: Contacts,
  nameOf: (peer: PeerId) => string | undefined,
): EdgePeople {
  const metContact = (person: PersonId) => {
    const contact = contacts.byPerson(person);
    return contact?.state === "met" && !contacts.about.isBlocked(person) ? contact : undefined;
  };
  return {
    edgeSinceMs: (person) => metContact(person)?.addedAtMs,
    isSettled: (person) => {
      const isKnown = contacts.byPerson(person) !== undefined;
      const isImported = contacts.about.get(person)?.met.kind === "imported";
      return contacts.about.isBlocked(person) || (isKnown && !isImported);
    },
    acquaintance: (person) => {
      const contact = metContact(person);
      if (contact === undefined) return undefined;
      const devices = contact.devices.slice(0, INTRODUCED_DEVICES_MAX);
      const [name = ""] = devices.flatMap(({ peerId }) => nameOf(peerId) ?? []);
      const { signKey, dhKey, petname } = contact;
      return { petname, keys: { signKey, dhKey, devices: devices.map((d) => d.signKey), name } };
    },
    take: (request, petname, done) => {
      const [device] = request.person.devices;
      if (device === undefined) return;
      const { signKey, dhKey, name } = request.person;
      const terms = {
        deviceSignKey: device,
        signKey,
        dhKey,
        name: request.calls ?? name,
        endpoints: [],
        token: request.token,
        expiresAtMs: request.atMs + INTRODUCTION_LIFE_MS,
      };
      contacts.acceptIntroduced(terms, petname, meetingOf(contacts, request), (error) => {
        // Accepted before, and the process ended between the two steps.
        done(error?.code === "already-known" ? null : error);
      });
    },
  };
}

function meetingOf(contacts: Contacts, { edge, from, atMs, group, hops, calls }: Passage): Meeting {
  if (group !== undefined) return { kind: "group", atMs, name: group };
  if (edge !== from) return { kind: "bond", atMs };
  const name = contacts.byPerson(from)?.petname;
  return { kind: "introduced", atMs, by: from, name, calls, hops };
}

/** Met contacts that are not blocked, and their sign keys. */
export function* metKeys(contacts: Contacts): Iterable<readonly [PersonId, Uint8Array]> {
  for (const { personId, signKey, state } of contacts.all()) {
    if (state === "met" && !contacts.about.isBlocked(personId)) yield [personId, signKey];
  }
}
