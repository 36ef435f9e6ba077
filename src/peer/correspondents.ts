import type { Contact, Contacts } from "../contacts/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Correspondents } from "../messages/index.ts";

/** The contacts as the messages room sees them. */
export function correspondentsOf(contacts: Contacts): Correspondents {
  return {
    byPerson: (personId) => contacts.byPerson(personId),
    all: (): readonly Contact[] => contacts.all(),
  };
}

/** Whether a peer is a device of somebody with whom both sides have agreed to be contacts. */
export function isMet(contacts: Contacts, peer: PeerId): boolean {
  return contacts
    .all()
    .some(({ state, devices }) => state === "met" && devices.some(({ peerId }) => peerId === peer));
}
