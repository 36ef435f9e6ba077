import type { Contact, Contacts } from "../contacts/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Correspondents } from "../messages/index.ts";

/** The contacts as the messages room sees them. */
export function correspondentsOf(contacts: Contacts): Correspondents {
  return {
    byPerson: (personId) => {
      return contacts.about.isBlocked(personId) ? undefined : contacts.byPerson(personId);
    },
    all: (): readonly Contact[] => {
      return contacts.all().filter(({ personId }) => !contacts.about.isBlocked(personId));
    },
  };
}

/** Whether a peer is a device of somebody with whom both sides have agreed to be contacts. */
export function isMet(contacts: Contacts, peer: PeerId): boolean {
  const contact = contacts.byDevice(peer);
  return contact?.state === "met" && !contacts.about.isBlocked(contact.personId);
}
