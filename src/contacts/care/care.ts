import { equalBytes } from "../../base/bytes.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { Timed } from "../../ports/index.ts";
import { type About, unknownAbout } from "../about.ts";
import { withContact } from "../card-changes.ts";
import type { Contacts } from "../contacts.ts";
import { ContactsError } from "../errors.ts";
import type { CardEdit, Surroundings } from "../options.ts";
import type { Contact } from "../types.ts";
import { type ImportOutcome, importContacts } from "./import.ts";
import { LAST_SEEN_STEP_MS } from "./limits.ts";
import { decodePersonLink, encodePersonLink } from "./person-link.ts";
import { exportJson, exportVcard, type KeptContact } from "./transfer.ts";
import { Verifier } from "./verifier.ts";

type Done = (error: ContactsError | null) => void;

/** What the care for contacts is made of. */
export interface ContactCareOptions extends Surroundings {
  readonly identity: LocalIdentity;
  readonly contacts: Contacts;
}

/** What is done with contacts once they are there: verifying, blocking, deleting, taking along. */
export class ContactCare implements Timed {
  readonly #options: ContactCareOptions;
  readonly #verifier: Verifier;

  constructor(options: ContactCareOptions) {
    this.#options = options;
    const { identity, contacts } = options;
    const { personId, signKey, dhKey } = identity.person;
    this.#verifier = new Verifier({
      ...options,
      own: { personId, signKey: signKey.publicKey, dhKey: dhKey.publicKey },
      keysOf: (person) => {
        const contact = contacts.byPerson(person);
        return contact?.state === "met" ? contact : undefined;
      },
    });
  }

  /** What is known of a contact besides the card. */
  about(contact: Contact): About {
    return this.#options.contacts.about.get(contact.personId) ?? unknownAbout(contact.addedAtMs);
  }

  /** This person's own keys as a link: what others scan. */
  ownLink(): string {
    const { suite, identity } = this.#options;
    const { signKey, dhKey } = identity.person;
    return encodePersonLink(suite, { signKey: signKey.publicKey, dhKey: dhKey.publicKey });
  }

  /** The words to compare by voice. Errors: "unknown-contact", "unreachable", "too-many-tries". */
  words(
    person: PersonId,
    device: PeerId | undefined,
    done: (error: ContactsError | null, words: string | undefined) => void,
  ): void {
    this.#verifier.words(person, device, done);
  }

  /**
   * The other one has read their words aloud. Errors: "words-not-shown", "words-differ", and those of the disk.
   */
  heard(person: PersonId, words: string, done: Done): void {
    if (!this.#verifier.hasWords(person)) {
      const advice =
        "There are no words here to compare these with, or they were used. Have them shown first ('peernet contacts verify WHO'), read them to each other, and then say what you heard.";
      done(new ContactsError("words-not-shown", advice));
      return;
    }
    if (!this.#verifier.areWords(person, words)) {
      const advice =
        "These are not the words shown here. Somebody may stand between you, or the words are old: " +
        "compare once more; where they differ again, trust nothing that came over this contact.";
      done(new ContactsError("words-differ", advice));
      return;
    }
    this.#verifier.forget(person);
    this.#verified(person, "words", done);
  }

  /** A code of the person was scanned. Errors: "bad-link", "keys-differ", those of the disk. */
  scanned(person: PersonId, link: string, done: Done): void {
    try {
      const keys = decodePersonLink(this.#options.suite, link);
      const contact = this.#contact(person);
      if (!equalBytes(keys.signKey, contact.signKey) || !equalBytes(keys.dhKey, contact.dhKey)) {
        const words = `This is not the code of the person whom you call '${contact.petname}'. Trust nothing that came over this contact until you know why.`;
        throw new ContactsError("keys-differ", words);
      }
    } catch (error) {
      if (!(error instanceof ContactsError)) throw error;
      done(error);
      return;
    }
    this.#verified(person, "qr", done);
  }

  /** Blocks somebody, or lets them in again. */
  setBlocked(person: PersonId, isBlocked: boolean, done: Done): void {
    const blockedAtMs = isBlocked ? this.#options.clock.wallMs() : undefined;
    this.#change(person, (about) => ({ ...about, blockedAtMs }), done);
  }

  /**
   * Deletes somebody: card, provenance and their word for us are gone, their devices are refused,
   * and this person's old word for them does not let them in again.
   */
  remove(person: PersonId, done: Done): void {
    const { contacts, clock } = this.#options;
    contacts.edit(
      person,
      (card) => {
        if (card === undefined) throw unknown();
        const removal = contacts.removed.planAdd(person, clock.wallMs());
        return { card: null, writes: [contacts.about.planDrop(person), ...removal] };
      },
      done,
    );
  }

  /** Takes over the new key of a verified contact, who is not verified any more. */
  confirmKey(person: PersonId, done: Done): void {
    const { contacts } = this.#options;
    const decide = (card: Parameters<Parameters<Contacts["edit"]>[1]>[0]): CardEdit => {
      if (card === undefined) throw unknown();
      const about = this.about(card.contact);
      if (about.newDhKey === undefined) {
        throw new ContactsError("no-new-key", "Their key has not changed: nothing to confirm.");
      }
      const after = { ...about, newDhKey: undefined, verified: undefined };
      return {
        card: withContact(card, { dhKey: about.newDhKey }),
        writes: [contacts.about.planPut(person, after)],
      };
    };
    contacts.edit(person, decide, done);
  }

  /** @throws ContactsError("key-changed") where a verified contact's key must be confirmed first */
  checkWriting(person: PersonId): void {
    const about = this.#options.contacts.about.get(person);
    if (about?.blockedAtMs !== undefined) {
      throw new ContactsError(
        "blocked",
        "You have blocked this contact: nothing goes to them. To let them in again: peernet contacts unblock WHO",
      );
    }
    if (about?.verified === undefined || about.newDhKey === undefined) return;
    throw new ContactsError(
      "key-changed",
      "The key of this verified contact has changed. Ask them why, then type: peernet contacts confirm WHO",
    );
  }

  /** A device of somebody is in reach, or was until now: notes when, and whether their key is another. */
  deviceSeen(record: PeerRecord): void {
    const { contacts, clock } = this.#options;
    const contact = contacts.byPerson(record.person.personId);
    if (contact === undefined) return;
    const nowMs = clock.wallMs();
    const about = this.about(contact);
    const isOther = !equalBytes(contact.dhKey, record.person.dhKey);
    const isNews = isOther && !sameBytes(about.newDhKey, record.person.dhKey);
    const isLater = nowMs - (about.lastSeenAtMs ?? 0) >= LAST_SEEN_STEP_MS;
    if (!isNews && !isLater) return;
    const seen = { lastSeenAtMs: nowMs, ...(isOther ? { newDhKey: record.person.dhKey } : {}) };
    this.#change(
      contact.personId,
      (before) => ({ ...before, ...seen }),
      (error) => {
        if (error !== null) this.#options.log.warn("not noted who was seen", { code: error.code });
        else if (isNews && about.verified === undefined) {
          this.confirmKey(contact.personId, () => undefined);
        }
      },
    );
  }

  /** All contacts as a file. */
  export(format: "json" | "vcard"): string {
    const { contacts, suite, clock } = this.#options;
    const kept = contacts
      .all()
      .map((contact): KeptContact => ({ contact, about: this.about(contact) }));
    if (format === "vcard") return exportVcard(suite, kept);
    return exportJson(suite, kept, contacts.removed.all(), clock.wallMs());
  }

  /** Takes in a file of contacts; nobody in it counts as met. Errors: "bad-file", those of the disk. */
  import(
    text: string,
    done: (error: ContactsError | null, outcome: ImportOutcome | undefined) => void,
  ): void {
    importContacts(this.#options, text, done);
  }

  nextDeadlineMs(): number {
    return this.#verifier.nextDeadlineMs();
  }

  tick(): void {
    this.#verifier.tick();
  }

  #contact(person: PersonId): Contact {
    const contact = this.#options.contacts.byPerson(person);
    if (contact === undefined) throw unknown();
    return contact;
  }

  #verified(person: PersonId, how: "qr" | "words", done: Done): void {
    const verified = { atMs: this.#options.clock.wallMs(), how };
    this.#change(person, (about) => ({ ...about, verified }), done);
  }

  #change(person: PersonId, change: (about: About) => About, done: Done): void {
    const { contacts } = this.#options;
    contacts.edit(
      person,
      (card) => {
        if (card === undefined) throw unknown();
        return { writes: [contacts.about.planPut(person, change(this.about(card.contact)))] };
      },
      done,
    );
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && equalBytes(a, b);
}

function unknown(): ContactsError {
  return new ContactsError("unknown-contact", "There is no such contact.");
}
