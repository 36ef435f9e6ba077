import { type PersonId, peerIdOf } from "../identity/index.ts";
import type { Card } from "./card.ts";
import type { ContactList } from "./contact-list.ts";
import { ContactsError } from "./errors.ts";
import type { Invite } from "./invite.ts";
import { CONTACTS_MAX, DEVICES_PER_CONTACT_MAX } from "./limits.ts";
import type { ContactsOptions } from "./options.ts";
import { checkPetname, freePetname } from "./petname.ts";

/** Makes cards of people who are taken in, and finds names for them. */
export class CardMaker {
  readonly #options: ContactsOptions;
  readonly #list: ContactList;

  constructor(options: ContactsOptions, list: ContactList) {
    this.#options = options;
    this.#list = list;
  }

  /**
   * The card of whoever made an invite, asked with its token.
   * @throws ContactsError with the codes of `Contacts.acceptInvite`
   */
  ofInvite(invite: Invite, personId: PersonId, petname: string | undefined): Card {
    const { clock, identity, suite } = this.#options;
    if (personId === identity.person.personId) {
      throw new ContactsError("own-invite", "This invite is your own. Send it to somebody else.");
    }
    const before = this.#list.get(personId)?.contact;
    if (before?.state === "met") {
      const words = `You have this person already, as '${before.petname}'.`;
      throw new ContactsError("already-known", words);
    }
    if (clock.wallMs() >= invite.expiresAtMs) {
      throw new ContactsError("expired-invite", "The invite has expired. Ask for a new one.");
    }
    if (before === undefined) this.#checkRoom();
    const device = peerIdOf(suite, invite.deviceSignKey);
    const asked = { peerId: device, signKey: invite.deviceSignKey, introduced: false };
    const others = (before?.devices ?? []).filter(({ peerId }) => peerId !== device);
    return {
      contact: {
        personId,
        signKey: invite.signKey,
        dhKey: invite.dhKey,
        petname: this.petnameFor(personId, petname, before?.petname ?? invite.name),
        state: "asked",
        devices: [asked, ...others].slice(0, DEVICES_PER_CONTACT_MAX),
        endpoints: invite.endpoints,
        addedAtMs: before?.addedAtMs ?? clock.wallMs(),
        refusal: undefined,
      },
      question: { token: invite.token, device },
      vow: undefined,
    };
  }

  /** The petname that was chosen, or one that is free. @throws ContactsError("bad-name" | "name-taken") */
  petnameFor(personId: PersonId, chosen: string | undefined, suggested: string): string {
    if (chosen !== undefined) return this.checkFree(checkPetname(chosen), personId);
    return freePetname(suggested, personId, (name) => this.#list.isTaken(name, personId));
  }

  /** @throws ContactsError("name-taken") where another contact bears this name */
  checkFree(name: string, personId: PersonId): string {
    if (!this.#list.isTaken(name, personId)) return name;
    throw new ContactsError(
      "name-taken",
      `Another contact is called '${name}', or something that looks like it. Choose another name.`,
    );
  }

  #checkRoom(): void {
    if (this.#list.size < CONTACTS_MAX) return;
    throw new ContactsError("too-many-contacts", `There are ${CONTACTS_MAX} contacts already.`);
  }
}
