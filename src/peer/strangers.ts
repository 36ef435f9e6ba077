import { type Contacts, edgePeopleOf, StrangersDoor } from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";

/** What the peer hands to all its rooms. */
interface Common {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
}

/** The room about strangers, with the contacts as edges. */
export function strangersOf(
  common: Common,
  parts: {
    readonly contacts: Contacts;
    readonly routing: RoutingPort;
    readonly onRequestsChanged: () => void;
  },
): StrangersDoor {
  const { contacts, routing } = parts;
  return new StrangersDoor({
    ...common,
    personId: common.identity.person.personId,
    people: edgePeopleOf(contacts, (peer) => routing.record(peer)?.name),
    personOf: (peer) => routing.record(peer)?.person.personId ?? contacts.byDevice(peer)?.personId,
    devicesOf: (person) => contacts.byPerson(person)?.devices.map(({ peerId }) => peerId) ?? [],
    events: { onRequestsChanged: parts.onRequestsChanged },
  });
}
