import type { TypedError } from "../base/errors.ts";
import {
  type Contacts,
  ContactsError,
  decodeInvite,
  decodePersonLink,
  edgePeopleOf,
  metKeys,
  StrangersDoor,
} from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { type LocalIdentity, type PersonId, personIdOf } from "../identity/index.ts";
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
    contacts: () => metKeys(contacts),
    events: { onRequestsChanged: parts.onRequestsChanged },
  });
}

/** What is needed to ask contacts for an introduction of oneself. */
export interface AskingParts {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly contacts: Contacts;
  readonly strangers: StrangersDoor;
}

/**
 * Asks to be introduced to the person with this code, over contacts of contacts. The request
 * carries an invite that lets in one person. Errors: "bad-link", "same-person", "already-known",
 * "no-way", and those of making an invite and of introductions.
 */
export function askIntroduction(
  parts: AskingParts,
  code: string,
  text: string,
  done: (error: TypedError | null) => void,
): void {
  const { identity, suite, contacts, strangers } = parts;
  let target: { readonly personId: PersonId; readonly signKey: Uint8Array };
  try {
    const { signKey } = decodePersonLink(suite, code);
    target = { personId: personIdOf(suite, signKey), signKey };
    checkStranger(contacts, target.personId);
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    done(error);
    return;
  }
  contacts.createInvite(
    [],
    (error, invite) => {
      if (invite === undefined) {
        done(error);
        return;
      }
      const { token } = decodeInvite(suite, invite.link);
      const { signKey, dhKey } = identity.person;
      const devices = [identity.signKey.publicKey];
      const keys = { signKey: signKey.publicKey, dhKey: dhKey.publicKey };
      strangers.askFor({ ...keys, devices, name: parts.name }, target, { text, token }, done);
    },
    { usesMax: 1 },
  );
}

/** @throws ContactsError("same-person" | "already-known") */
function checkStranger(contacts: Contacts, person: PersonId): void {
  if (person === contacts.ownPersonId) {
    throw new ContactsError("same-person", "This is your own code.");
  }
  const known = contacts.byPerson(person);
  if (known?.state === "met") {
    const words = `You have this person already, as '${known.petname}'.`;
    throw new ContactsError("already-known", words);
  }
}
