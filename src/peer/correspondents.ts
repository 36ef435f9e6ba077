import type { Contact, Contacts } from "../contacts/index.ts";
import type { Correspondents } from "../messages/index.ts";

/** The contacts as the messages room sees them. */
export function correspondentsOf(contacts: Contacts): Correspondents {
  return {
    byPerson: (personId) => contacts.byPerson(personId),
    all: (): readonly Contact[] => contacts.all(),
  };
}
