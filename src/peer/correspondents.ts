import type { Contact, Contacts } from "../contacts/index.ts";
import type { Devices } from "../devices/index.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { Correspondents, PostDevice } from "../messages/index.ts";

/**
 * The contacts as the messages room sees them.
 * @param records those of all peers that are known now; our own devices are among them
 */
export function correspondentsOf(
  identity: LocalIdentity,
  contacts: Contacts,
  devices: Pick<Devices, "own" | "stands">,
  records: () => Iterable<PeerRecord>,
): Correspondents {
  const { personId } = identity.person;
  const isBlocked = (person: PersonId): boolean => contacts.about.isBlocked(person);
  // The log knows those that are away, too; those of an older Peernet are in no log.
  const own = (): readonly PostDevice[] => {
    const found = new Map<PeerId, PostDevice>();
    for (const { peerId, signKey, state } of devices.own()) {
      if (state === "standing") found.set(peerId, { peerId, signKey });
    }
    for (const record of records()) {
      if (record.person.personId !== personId || !devices.stands(record)) continue;
      found.set(record.id, { peerId: record.id, signKey: record.signKey });
    }
    found.delete(identity.id);
    return [...found.values()];
  };
  return {
    byPerson: (id) => (isBlocked(id) ? undefined : contacts.byPerson(id)),
    personOf: (device) => {
      const contact = contacts.byDevice(device)?.personId;
      if (contact !== undefined) return isBlocked(contact) ? undefined : contact;
      return own().some(({ peerId }) => peerId === device) ? personId : undefined;
    },
    admit: (record) => {
      const { personId: id } = record.person;
      if (!devices.stands(record)) return undefined;
      const isKnown = id === personId || contacts.byPerson(id) !== undefined;
      return isKnown && !isBlocked(id) ? id : undefined;
    },
    all: (): readonly Contact[] => contacts.all().filter((one) => !isBlocked(one.personId)),
    own,
    greeted: (content, dhKey, done) => contacts.greetings.take(content, dhKey, done),
    welcomed: (device, content) => contacts.greetings.answered(device, content),
  };
}

/** Whether both sides have agreed to be contacts, and this one has not blocked the other since. */
export function isMetPerson(contacts: Contacts, person: PersonId): boolean {
  return contacts.byPerson(person)?.state === "met" && !contacts.about.isBlocked(person);
}

/** Whether a peer is a device of such a person. */
export function isMet(contacts: Contacts, peer: PeerId): boolean {
  const contact = contacts.byDevice(peer);
  return contact !== undefined && isMetPerson(contacts, contact.personId);
}
