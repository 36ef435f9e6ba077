import type { TypedError } from "../base/errors.ts";
import type { Contacts, StrangersDoor } from "../contacts/index.ts";
import type { DeviceEvent, Devices, DevicesPeople, OwnOrigin } from "../devices/index.ts";
import type { LocalIdentity, PersonId } from "../identity/index.ts";
import type { Messages } from "../messages/index.ts";
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

/** What is new about this person's devices, for messages: nothing waits for one that is gone. */
export function tellOwnDevices(
  messages: Messages,
  devices: Devices,
  news: readonly Pick<DeviceEvent, "kind" | "peerId">[],
): void {
  for (const { kind, peerId } of news) {
    if (kind === "revoked") messages.deviceRevoked(peerId);
    else if (kind === "added" && devices.isAddedHere(peerId)) messages.deviceAdded(peerId);
  }
}

/** What other rooms know of somebody who was deleted, here or on another own device. Errors: as of those rooms. */
export function forgetPerson(
  parts: {
    readonly strangers: Pick<StrangersDoor, "forget">;
    readonly devices: Pick<Devices, "forget">;
  },
  person: PersonId,
  done: (error: TypedError | null) => void,
): void {
  parts.strangers.forget(person, (error) => {
    if (error === null) parts.devices.forget(person, done);
    else done(error);
  });
}
