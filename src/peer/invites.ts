import type { TypedError } from "../base/errors.ts";
import {
  type Contact,
  type Contacts,
  type CreatedInvite,
  decodeInvite,
  type InviteWish,
  limits,
} from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Messages } from "../messages/index.ts";
import type { Log } from "../ports/index.ts";

/** What invites are made and taken with. */
export interface InviteParts {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly log: Log;
  readonly contacts: Contacts;
  readonly messages: Messages;
}

/**
 * Makes an invite by which its user can write at once, whether this device is in reach or not.
 * Without a prekey, where too many are out or the disk is full, it lets people in all the same.
 * Errors: those of `Contacts.createInvite`.
 */
export function createInvite(
  { identity, contacts, messages }: InviteParts,
  endpoints: readonly string[],
  wish: InviteWish,
  done: (error: TypedError | null, invite: CreatedInvite | undefined) => void,
): void {
  const { lifeMs = limits.INVITE_LIFE_MS, usesMax } = wish;
  const go = (bundle?: Uint8Array): void => {
    const firstContact = bundle && { dhKey: identity.dhKey.publicKey, bundle };
    contacts.createInvite(endpoints, done, { ...wish, firstContact });
  };
  // What is out of its bounds is refused by the contacts, in their words.
  if (!(lifeMs >= 1 && lifeMs <= limits.INVITE_LIFE_MAX_MS)) go();
  else messages.firstContacts.invitePrekeys.make(lifeMs, usesMax === 1, (_, bundle) => go(bundle));
}

/**
 * Takes an invite, and queues the letter that says so where it holds a prekey: what is written after
 * it can be carried to the inviter by others. Errors: those of `Contacts.acceptInvite`.
 */
export function acceptInvite(
  { contacts, messages, suite, log }: InviteParts,
  link: string,
  petname: string | undefined,
  done: (error: TypedError | null, contact: Contact | undefined) => void,
): void {
  contacts.acceptInvite(link, petname, (error, contact) => {
    const device = contact?.devices[0]?.peerId;
    const greeting = device === undefined ? undefined : contacts.greetings.ask(device);
    const { firstContact } = contact === undefined ? {} : decodeInvite(suite, link);
    if (!contact || !device || !greeting || !firstContact) {
      done(error, contact);
      return;
    }
    const { personId } = contact;
    const to = { device, personId, ...firstContact, greeting };
    messages.firstContacts.greetings.begin(to, (problem) => {
      // They hear of it once they are in reach.
      if (problem !== null) log.warn("greeting not written", { code: problem.code });
      done(null, contact);
    });
  });
}
