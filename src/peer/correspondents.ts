import type { Contact, Contacts } from "../contacts/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import type { Correspondents } from "../messages/index.ts";

/**
 * The contacts as the messages room sees them.
 * @param records those of all peers that are known now; our own devices are among them
 */
export function correspondentsOf(
  identity: LocalIdentity,
  contacts: Contacts,
  records: () => Iterable<PeerRecord>,
): Correspondents {
  const { personId } = identity.person;
  const own = (): readonly PeerRecord[] => {
    const found: PeerRecord[] = [];
    for (const record of records()) {
      if (record.person.personId === personId && record.id !== identity.id) found.push(record);
    }
    return found;
  };
  return {
    byPerson: (id) => contacts.byPerson(id),
    personOf: (device) =>
      contacts.byDevice(device)?.personId ??
      (own().some(({ id }) => id === device) ? personId : undefined),
    admit: (record) => {
      const { personId: id } = record.person;
      const isKnown = id === personId || contacts.byPerson(id) !== undefined;
      return isKnown ? id : undefined;
    },
    all: (): readonly Contact[] => contacts.all(),
    own: () => own().map(({ id, signKey }) => ({ peerId: id, signKey })),
  };
}

/** Whether a peer is a device of somebody with whom both sides have agreed to be contacts. */
export function isMet(contacts: Contacts, peer: PeerId): boolean {
  return contacts
    .all()
    .some(({ state, devices }) => state === "met" && devices.some(({ peerId }) => peerId === peer));
}
