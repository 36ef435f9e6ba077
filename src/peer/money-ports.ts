import { type Contacts, skeleton } from "../contacts/index.ts";
import type { PersonId } from "../identity/index.ts";
import type { MoneyPeople } from "../money/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { isMetPerson } from "./correspondents.ts";
import type { Guard } from "./guarded-sessions.ts";

/** Whom lines are with: contacts who were met. */
export function moneyPeopleOf(
  contacts: Contacts,
  routing: RoutingPort,
  devices: Guard,
): MoneyPeople {
  return {
    personOf: (peer) => routing.record(peer)?.person.personId,
    isContact: (person) => isMetPerson(contacts, person),
    stands: (device) => {
      const record = routing.record(device);
      return record === undefined || devices.stands(record);
    },
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
