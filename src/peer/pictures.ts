import { type Contacts, Pictures, type PicturesOptions } from "../contacts/index.ts";
import type { Groups } from "../groups/index.ts";
import type { PersonId } from "../identity/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { isMetPerson } from "./correspondents.ts";
import type { PeerEvents } from "./types.ts";

/** The pictures that people show of themselves: contacts who were met and members of its groups see this person's, and it theirs. */
export function picturesOf(
  ports: Omit<PicturesOptions, "personOf" | "isMet" | "isFellow" | "isKept" | "events">,
  parts: {
    readonly contacts: Contacts;
    readonly groups: () => Groups;
    readonly routing: RoutingPort;
    readonly events: PeerEvents;
  },
): Pictures {
  const { contacts, groups, routing, events } = parts;
  const isFellow = (person: PersonId): boolean => groups().roster.isFellow(person);
  return new Pictures({
    ...ports,
    personOf: (peer) => routing.record(peer)?.person.personId,
    isMet: (person) => isMetPerson(contacts, person),
    isFellow: (person) => isFellow(person) && !contacts.about.isBlocked(person),
    isKept: (person) => contacts.byPerson(person) !== undefined || isFellow(person),
    events: { onPictureChanged: (person) => events.onPictureChanged?.(person) },
  });
}
