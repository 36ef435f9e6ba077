import {
  type PeerId,
  type PeerRecord,
  type PersonPublicKeys,
  personIdOf,
} from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import type { AboutBook, Meeting } from "./about.ts";
import { BadTokens } from "./bad-tokens.ts";
import type { Card } from "./card.ts";
import { isFinal, isSame, met, withContact, withDevice } from "./card-changes.ts";
import type { CardMaker } from "./card-maker.ts";
import type { Changes, Plan } from "./changes.ts";
import type { ContactList } from "./contact-list.ts";
import type { CourierDesk } from "./courier.ts";
import { ContactsError } from "./errors.ts";
import type { InviteBook } from "./invite-book.ts";
import { CONTACTS_MAX } from "./limits.ts";
import { type ContactsOptions, NO_NEWS } from "./options.ts";
import type { Answer, Opening } from "./protocol.ts";
import type { RemovedBook } from "./removed.ts";
import type { Contact, ContactRefusal } from "./types.ts";
import { isVow, makeVow } from "./vow.ts";

/** What a handshake works with. */
export interface HandshakeParts {
  readonly options: ContactsOptions;
  readonly list: ContactList;
  readonly cards: CardMaker;
  readonly invites: InviteBook;
  readonly changes: Changes;
  readonly about: AboutBook;
  readonly removed: RemovedBook;
  /** The change that puts a card, and what is written besides. */
  planCard(card: Card, more?: readonly RecordWrite[]): Plan;
  /** What is written down of how somebody was met. */
  planMet(personId: string, how: Meeting): readonly RecordWrite[];
  /** Asks this device soon. */
  hurry(peer: PeerId): void;
}

/** How two people become contacts: what their devices ask each other, and what they answer. */
export class Handshake implements CourierDesk<Opening, Answer> {
  readonly #parts: HandshakeParts;
  readonly #badTokens = new BadTokens();

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
  }

  /** What there is to ask a device, if anything. */
  questionFor(peer: PeerId): Opening | undefined {
    const card = this.#parts.list.byDevice(peer);
    if (card === undefined) return undefined;
    const { contact, question, vow } = card;
    const words = { n: this.#parts.options.name, w: this.#vowFor(contact.signKey) };
    if (contact.state === "asked") {
      const due = question?.device === peer && !isFinal(contact.refusal);
      return question && due ? { t: "request", k: question.token, ...words } : undefined;
    }
    const device = contact.devices.find(({ peerId }) => peerId === peer);
    return vow && device?.introduced === false ? { t: "known", o: vow, ...words } : undefined;
  }

  #isVow(vow: Uint8Array, person: PersonPublicKeys, of: Uint8Array): boolean {
    const { suite, devices = NO_NEWS } = this.#parts.options;
    const personId = personIdOf(suite, person.signKey);
    return isVow(suite, vow, person, of, (device) => devices.isRevoked(device, personId));
  }

  #vowFor(signKey: Uint8Array): Uint8Array {
    return makeVow(this.#parts.options.identity, signKey);
  }

  /** A device answered our question. `done(false)`: ask again later. */
  answered(peer: PeerId, answer: Answer, done: (settled: boolean) => void): void {
    let settled = true;
    const decide = (): Plan | undefined => {
      const card = this.#parts.list.byDevice(peer);
      if (card === undefined) return undefined;
      if (answer.t === "accepted") return this.#planAccepted(card, peer, answer.w);
      // Whoever was met stays so here, and may have been blocked there for a while only.
      settled = card.contact.state !== "met" && isFinal(answer.r);
      if (card.contact.state === "met" || card.contact.refusal === answer.r) return undefined;
      return this.#parts.planCard(withContact(card, { refusal: answer.r }));
    };
    this.#parts.changes.make(decide, (error) => {
      if (error !== null)
        this.#parts.options.log.warn("contact answer not kept", { code: error.code });
      done(error === null && settled);
      // Other devices of theirs that were seen meanwhile do not know of it yet.
      const hasMet = error === null && answer.t === "accepted";
      for (const { peerId } of (hasMet && this.#parts.list.byDevice(peer)?.contact.devices) || []) {
        if (peerId !== peer) this.#parts.hurry(peerId);
      }
    });
  }

  #planAccepted(card: Card, peer: PeerId, vow: Uint8Array): Plan {
    const own = this.#parts.options.identity.person.signKey.publicKey;
    if (!this.#isVow(vow, card.contact, own)) {
      throw new ContactsError("bad-vow", "An answer was not signed by the person asked.");
    }
    return this.#parts.planCard(met(card, peer, vow));
  }

  /** Another peer asks to be a contact, or says that its person is one already. */
  asked(from: PeerRecord, opening: Opening, answer: (answer: Answer | undefined) => void): void {
    const { clock, identity } = this.#parts.options;
    const { person } = from;
    const own = identity.person;
    const nowMs = clock.monotonicMs();
    const stranger = this.#parts.list.get(person.personId) === undefined;
    if (stranger && this.#badTokens.isPaused(from.id, nowMs)) {
      answer({ t: "refused", r: "busy" });
      return;
    }
    const isForUs = this.#isVow(opening.w, person, own.signKey.publicKey);
    if (person.personId === own.personId || !isForUs) {
      answer(undefined);
      return;
    }
    let refusal: ContactRefusal | undefined;
    const decide = (): Plan | undefined => {
      const plan = this.#admit(from, opening);
      if (typeof plan !== "string") return plan;
      refusal = plan;
      return undefined;
    };
    this.#parts.changes.make(decide, (error) => {
      if (refusal === "unknown-token") this.#badTokens.add(from.id, nowMs);
      if (error !== null) answer(undefined);
      else if (refusal !== undefined) answer({ t: "refused", r: refusal });
      else answer({ t: "accepted", w: this.#vowFor(person.signKey) });
    });
  }

  /** The change that makes the asking person a contact, or why not; undefined: nothing changes. */
  #admit(from: PeerRecord, opening: Opening): Plan | ContactRefusal | undefined {
    const { clock, identity } = this.#parts.options;
    const { person } = from;
    const card = this.#parts.list.get(person.personId);
    if (this.#parts.about.isBlocked(person.personId)) return "unknown-token";
    if (card !== undefined && this.#parts.about.get(person.personId)?.met.kind !== "imported") {
      const after = met(withDevice(card, from, true), from.id, opening.w);
      return isSame(card, after) ? undefined : this.#parts.planCard(after);
    }
    if (this.#parts.list.size >= CONTACTS_MAX) return "full";
    let uses: ContactRefusal | readonly RecordWrite[] = [];
    if (opening.t === "request") {
      if (this.#parts.options.isPending?.(person.personId, opening.k) === true) return "busy";
      const removedAtMs = this.#parts.removed.atMs(person.personId);
      uses = this.#parts.invites.planUse(opening.k, clock.wallMs(), removedAtMs);
    } else if (this.#parts.removed.has(person.personId)) uses = "unknown-token";
    else if (!this.#isVow(opening.o, identity.certificate, person.signKey)) {
      uses = "unknown-token";
    }
    if (typeof uses === "string") return uses;
    const contact: Contact = {
      personId: person.personId,
      signKey: person.signKey,
      dhKey: person.dhKey,
      petname:
        card?.contact.petname ??
        this.#parts.cards.petnameFor(person.personId, undefined, opening.n),
      state: "met",
      devices: [{ peerId: from.id, signKey: from.signKey, introduced: true }],
      endpoints: [],
      addedAtMs: clock.wallMs(),
      refusal: undefined,
    };
    const how = {
      kind: opening.t === "request" ? "invited" : "restored",
      atMs: clock.wallMs(),
    } as const;
    const known = this.#parts.planMet(person.personId, how);
    return this.#parts.planCard({ contact, question: undefined, vow: opening.w }, [
      ...uses,
      ...known,
    ]);
  }
}
