import { type Contacts, skeleton } from "../contacts/index.ts";
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
    nameOf: (person) => contacts.byPerson(person)?.petname,
    skeleton,
  };
}
