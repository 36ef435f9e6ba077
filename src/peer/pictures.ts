import { type Contacts, Pictures, type PicturesOptions } from "../contacts/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { isMetPerson } from "./correspondents.ts";
import type { PeerEvents } from "./types.ts";

/** The pictures that people show of themselves: contacts who were met see this person's, and it theirs. */
export function picturesOf(
  ports: Omit<PicturesOptions, "personOf" | "isMet" | "isKept" | "events">,
  parts: {
    readonly contacts: Contacts;
    readonly routing: RoutingPort;
    readonly events: PeerEvents;
  },
): Pictures {
  const { contacts, routing, events } = parts;
  return new Pictures({
    ...ports,
    personOf: (peer) => routing.record(peer)?.person.personId,
    isMet: (person) => isMetPerson(contacts, person),
    isKept: (person) => contacts.byPerson(person) !== undefined,
    events: { onPictureChanged: (person) => events.onPictureChanged?.(person) },
  });
}
