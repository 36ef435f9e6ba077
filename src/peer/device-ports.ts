import type { Contacts } from "../contacts/index.ts";
import type { DevicesPeople, OwnOrigin } from "../devices/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { PeerConfig } from "./types.ts";

/** Whose devices peers are, as the devices room sees it. */
export function devicesPeopleOf(
  identity: LocalIdentity,
  contacts: () => Contacts,
  routing: RoutingPort,
): DevicesPeople {
  return {
    personOf: (peer) => {
      const record = routing.record(peer);
      const personId = record?.person.personId;
      if (personId === identity.person.personId) return identity.certificate;
      const known =
        personId === undefined ? contacts().byDevice(peer) : contacts().byPerson(personId);
      return known?.state === "met" ? known : undefined;
    },
    copies: () =>
      contacts()
        .forAnotherDevice()
        .flatMap(({ key, value }) => (value === null ? [] : [{ k: key, v: value }])),
  };
}

/** How this device came to its person. */
export function originOf({ origin }: PeerConfig): OwnOrigin {
  return origin ?? { origin: "first", vouchers: [] };
}
