import { fromHex, toHex } from "../base/bytes.ts";
import { must, TypedError } from "../base/errors.ts";
import {
  type Contacts,
  ContactsError,
  decodeInvite,
  decodePersonLink,
  edgePeopleOf,
  type Introduced,
  metKeys,
  StrangersDoor,
  TrayExchange,
} from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Groups } from "../groups/index.ts";
import { type LocalIdentity, type PeerId, type PersonId, personIdOf } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";
import { PeerError } from "./errors.ts";
import type { PeerEvents } from "./types.ts";

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
    readonly groups: () => Groups;
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
    groups: {
      groupName: (groupId, person) => {
        const id = toHex(groupId);
        const group = parts
          .groups()
          .list()
          .find((one) => one.id === id && one.state === "in");
        return group?.members.some((member) => member.person === person) ? group.label : undefined;
      },
    },
    events: { onRequestsChanged: parts.onRequestsChanged },
  });
}

/** The tray as all devices of this person have it. */
export function trayOf(
  common: Common,
  parts: {
    readonly contacts: Contacts;
    readonly strangers: StrangersDoor;
    readonly isOwn: (peer: PeerId) => boolean;
    readonly events: PeerEvents;
  },
): TrayExchange {
  const { contacts, strangers, isOwn, events } = parts;
  const { isSettled } = edgePeopleOf(contacts, () => undefined);
  return new TrayExchange({
    ...{ ...common, strangers, isOwn, isSettled },
    checkName: (name, person) => contacts.checkPetname(name, person),
    onRequestsChanged: () => events.onRequestsChanged?.(),
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
  const { suite, contacts, strangers } = parts;
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
  withToken(parts, done, (own, token) => {
    strangers.askFor(own, target, { text, token }, done);
  });
}

/**
 * Knocks at a member of a group in which both are. The request carries an invite that lets in one
 * person. Errors: those of `Groups.info`, "unknown-person", "already-known", "unreachable",
 * "refused", "too-long", and those of making an invite.
 * @param who the member's label in the group, or the beginning of the person id
 */
export function knockInGroup(
  parts: AskingParts & { readonly groups: Groups; readonly routing: RoutingPort },
  { group, who, text }: { readonly group: string; readonly who: string; readonly text: string },
  done: (error: TypedError | null) => void,
): void {
  const { contacts, strangers, groups, routing } = parts;
  let at: { readonly groupId: Uint8Array; readonly device: PeerId };
  try {
    const info = groups.info(group);
    const wanted = who.trim().toLowerCase();
    const member = info.members.find(({ label, person }) => {
      return label.toLowerCase() === wanted || (wanted.length > 3 && person.startsWith(wanted));
    });
    if (member === undefined) {
      throw new PeerError("unknown-peer", `Nobody in ${info.label} is called '${who}'.`);
    }
    checkStranger(contacts, member.person);
    const way = routing.routes().find(({ record }) => record.person.personId === member.person);
    if (way === undefined) {
      throw new PeerError("unreachable", "None of their devices is in reach. Try again later.");
    }
    const groupId = must(fromHex(info.id), "a group's id is hexadecimal");
    at = { groupId, device: way.destination };
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    done(error);
    return;
  }
  withToken(parts, done, (own, token) => strangers.knock(own, at, { text, token }, done));
}

/** Goes on with one's own keys and the token of a new invite for one person. */
function withToken(
  { contacts, identity, name, suite }: AskingParts,
  fail: (error: TypedError | null) => void,
  go: (own: Introduced, token: Uint8Array) => void,
): void {
  contacts.createInvite(
    [],
    (error, invite) => {
      if (invite === undefined) {
        fail(error);
        return;
      }
      const { token } = decodeInvite(suite, invite.link);
      const { signKey, dhKey } = identity.person;
      const devices = [identity.signKey.publicKey];
      go({ signKey: signKey.publicKey, dhKey: dhKey.publicKey, devices, name }, token);
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
