import type { Contact, Contacts } from "../contacts/index.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../identity/index.ts";
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
  const isBlocked = (person: PersonId): boolean => contacts.about.isBlocked(person);
  const own = (): readonly PeerRecord[] => {
    const found: PeerRecord[] = [];
    for (const record of records()) {
      if (record.person.personId === personId && record.id !== identity.id) found.push(record);
    }
    return found;
  };
  return {
    byPerson: (id) => (isBlocked(id) ? undefined : contacts.byPerson(id)),
    personOf: (device) => {
      const contact = contacts.byDevice(device)?.personId;
      if (contact !== undefined) return isBlocked(contact) ? undefined : contact;
      return own().some(({ id }) => id === device) ? personId : undefined;
    },
    admit: (record) => {
      const { personId: id } = record.person;
      const isKnown = id === personId || contacts.byPerson(id) !== undefined;
      return isKnown && !isBlocked(id) ? id : undefined;
    },
    all: (): readonly Contact[] => contacts.all().filter((one) => !isBlocked(one.personId)),
    own: () => own().map(({ id, signKey }) => ({ peerId: id, signKey })),
  };
}

/** Whether a peer is a device of somebody with whom both sides have agreed to be contacts. */
export function isMet(contacts: Contacts, peer: PeerId): boolean {
  const contact = contacts.byDevice(peer);
  return contact?.state === "met" && !contacts.about.isBlocked(contact.personId);
}
