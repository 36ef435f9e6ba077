import { equalBytes, utf8 } from "../base/bytes.ts";
import {
  type PeerId,
  type PeerRecord,
  type PersonId,
  type PersonPublicKeys,
  peerIdOf,
  personIdOf,
} from "../identity/index.ts";
import type { DiskError, Random, RecordWrite, Timed } from "../ports/index.ts";
import { BadTokens } from "./bad-tokens.ts";
import { type Card, cardWrite } from "./card.ts";
import {
  copyOf,
  isFinal,
  isSame,
  met,
  withContact,
  withDevice,
  withoutRevoked,
} from "./card-changes.ts";
import { Changes, type Plan } from "./changes.ts";
import { ContactList } from "./contact-list.ts";
import { Courier } from "./courier.ts";
import { ContactsError } from "./errors.ts";
import { decodeInvite, encodeInvite, type Invite, TOKEN_BYTES } from "./invite.ts";
import { InviteBook } from "./invite-book.ts";
import {
  CONTACTS_MAX,
  DEVICES_PER_CONTACT_MAX,
  ENDPOINT_BYTES_MAX,
  INVITE_ENDPOINTS_MAX,
  INVITE_LIFE_MS,
} from "./limits.ts";
import { loadContacts } from "./load.ts";
import { type ContactsOptions, NO_NEWS } from "./options.ts";
import { checkPetname, freePetname } from "./petname.ts";
import type { Answer, Opening } from "./protocol.ts";
import type { Contact, ContactRefusal } from "./types.ts";
import { isVow, makeVow } from "./vow.ts";

/** What `createInvite` answers. */
export interface CreatedInvite {
  readonly link: string;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/**
 * The people this peer knows: invites, requests, names and devices. Every step is on disk before
 * the other side hears of it, and may be repeated. Call `load` first.
 */
export class Contacts implements Timed {
  readonly #options: ContactsOptions;
  readonly #random: Random;
  readonly #list = new ContactList();
  readonly #invites: InviteBook;
  readonly #changes: Changes;
  readonly #badTokens = new BadTokens();
  readonly #courier: Courier;

  constructor(options: ContactsOptions) {
    this.#options = options;
    this.#random = options.random.fork("contacts");
    this.#invites = new InviteBook(options.suite);
    this.#changes = new Changes(options.records);
    this.#courier = new Courier(options, this.#random, {
      questionFor: (peer) => this.#questionFor(peer),
      answered: (peer, answer, done) => this.#answered(peer, answer, done),
      asked: (from, opening, answer) => this.#asked(from, opening, answer),
    });
  }

  /** Reads what is stored; every other call comes after `done(null)`. */
  load(done: (error: DiskError | null) => void): void {
    const { records, suite } = this.#options;
    loadContacts(records, suite, this.#invites, (error, cards) => {
      for (const card of cards) this.#list.put(card);
      // Before the invites are read, every token would look unknown.
      if (error === null) this.#courier.serve();
      done(error);
    });
  }

  /** All contacts, in the order of their petnames. */
  all(): readonly Contact[] {
    return this.#list.all();
  }

  byPerson(personId: PersonId): Contact | undefined {
    return this.#list.get(personId)?.contact;
  }

  byDevice(peerId: PeerId): Contact | undefined {
    return this.#list.byDevice(peerId)?.contact;
  }

  /**
   * The contact meant by a petname, an address or the beginning of a person id.
   * @throws ContactsError("unknown-contact" | "ambiguous")
   */
  resolve(text: string): Contact {
    return this.#list.resolve(text);
  }

  /**
   * Makes an invite that lets up to 16 people in within 7 days; `endpoints` say where this device
   * can be dialled, best first. Errors: "too-many-invites", "disk-full", "disk", "busy".
   */
  createInvite(
    endpoints: readonly string[],
    done: (error: ContactsError | null, invite: CreatedInvite | undefined) => void,
  ): void {
    const { clock, identity, name } = this.#options;
    const token = this.#random.bytes(TOKEN_BYTES);
    const expiresAtMs = clock.wallMs() + INVITE_LIFE_MS;
    const decide = (): Plan => {
      const writes = this.#invites.planOpening(token, expiresAtMs, clock.wallMs());
      return { writes, apply: () => this.#invites.apply(writes) };
    };
    this.#changes.make(decide, (error) => {
      const fitting = endpoints.filter((text) => utf8(text).length <= ENDPOINT_BYTES_MAX);
      const places = fitting.slice(0, INVITE_ENDPOINTS_MAX);
      const terms = { name, endpoints: places, token, expiresAtMs };
      const link = error === null ? encodeInvite(identity, terms) : "";
      done(error, error === null ? { link, expiresAtMs } : undefined);
    });
  }

  /**
   * Takes an invite: the inviting person becomes a contact, "asked" until their device answers.
   * Dial the contact's `endpoints`. Errors: "malformed-invite", "expired-invite", "own-invite",
   * "already-known", "name-taken", "bad-name", "too-many-contacts", "disk-full", "disk", "busy".
   */
  acceptInvite(
    link: string,
    petname: string | undefined,
    done: (error: ContactsError | null, contact: Contact | undefined) => void,
  ): void {
    let personId: PersonId | undefined;
    const decide = (): Plan => {
      const invite = decodeInvite(this.#options.suite, link);
      personId = personIdOf(this.#options.suite, invite.signKey);
      return this.#planCard(this.#cardOf(invite, personId, petname));
    };
    this.#changes.make(decide, (error) => {
      const card = personId === undefined ? undefined : this.#list.get(personId);
      done(error, error === null ? card?.contact : undefined);
      if (error === null && card?.question) this.#courier.hurry(card.question.device);
    });
  }

  /** Gives a contact another petname. Errors: "unknown-contact", "bad-name", "name-taken" … */
  rename(personId: PersonId, petname: string, done: (error: ContactsError | null) => void): void {
    this.#changes.make(() => {
      const card = this.#list.get(personId);
      if (card === undefined)
        throw new ContactsError("unknown-contact", "There is no such contact.");
      const name = this.#checkFree(checkPetname(petname), personId);
      return this.#planCard(withContact(card, { petname: name }));
    }, done);
  }

  /** A peer's record was seen; where it belongs to a contact, the device becomes theirs. */
  deviceSeen(record: PeerRecord): void {
    if (!this.#isNewDevice(record)) return;
    const decide = (): Plan | undefined => {
      const card = this.#list.get(record.person.personId);
      return card && this.#isNewDevice(record)
        ? this.#planCard(withDevice(card, record, false))
        : undefined;
    };
    this.#changes.make(decide, (error) => {
      if (error !== null) this.#options.log.warn("device not kept", { code: error.code });
      else this.#courier.hurry(record.id);
    });
  }

  /** News of a person's devices came: revoked ones are theirs no longer. */
  devicesChanged(personId: PersonId): void {
    const { devices = NO_NEWS, log } = this.#options;
    const decide = (): Plan | undefined => {
      const card = this.#list.get(personId);
      const after = card && withoutRevoked(card, (device) => devices.isRevoked(device));
      return after === undefined || after === card ? undefined : this.#planCard(after);
    };
    this.#changes.make(decide, (error) => {
      if (error !== null) log.warn("devices not taken away", { code: error.code });
    });
  }

  /** Records with which another device of this person begins to know its contacts. */
  forAnotherDevice(): readonly RecordWrite[] {
    return this.#list
      .cards()
      .flatMap((card) => (card.contact.state === "met" ? [copyOf(card)] : []));
  }

  /** A session with this peer is possible now. */
  peerReachable(id: PeerId): void {
    this.#courier.peerReachable(id);
  }

  /** Sessions with this peer cannot be had any more. */
  peerUnreachable(id: PeerId): void {
    this.#courier.peerUnreachable(id);
  }

  nextDeadlineMs(): number {
    return this.#courier.nextDeadlineMs();
  }

  tick(): void {
    this.#courier.tick();
  }

  #isNewDevice(record: PeerRecord): boolean {
    const contact = this.byPerson(record.person.personId);
    if (contact === undefined || !equalBytes(contact.dhKey, record.person.dhKey)) return false;
    if (contact.devices.length >= DEVICES_PER_CONTACT_MAX) return false;
    if (!(this.#options.devices ?? NO_NEWS).stands(record)) return false;
    return !contact.devices.some(({ peerId }) => peerId === record.id);
  }

  #cardOf(invite: Invite, personId: PersonId, petname: string | undefined): Card {
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
        petname: this.#petnameFor(personId, petname, before?.petname ?? invite.name),
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

  #petnameFor(personId: PersonId, chosen: string | undefined, suggested: string): string {
    if (chosen !== undefined) return this.#checkFree(checkPetname(chosen), personId);
    return freePetname(suggested, personId, (name) => this.#list.isTaken(name, personId));
  }

  #checkFree(name: string, personId: PersonId): string {
    if (!this.#list.isTaken(name, personId)) return name;
    throw new ContactsError("name-taken", `Another contact is called '${name}'. Choose another.`);
  }

  #checkRoom(): void {
    if (this.#list.size < CONTACTS_MAX) return;
    throw new ContactsError("too-many-contacts", `There are ${CONTACTS_MAX} contacts already.`);
  }

  #planCard(card: Card, more: readonly RecordWrite[] = []): Plan {
    return {
      writes: [cardWrite(card), ...more],
      apply: () => {
        this.#list.put(card);
        this.#invites.apply(more);
        this.#options.events.onContactChanged(card.contact);
      },
    };
  }

  /** What there is to ask a device, if anything. */
  #questionFor(peer: PeerId): Opening | undefined {
    const card = this.#list.byDevice(peer);
    if (card === undefined) return undefined;
    const { contact, question, vow } = card;
    const words = { n: this.#options.name, w: this.#vowFor(contact.signKey) };
    if (contact.state === "asked") {
      const due = question?.device === peer && !isFinal(contact.refusal);
      return question && due ? { t: "request", k: question.token, ...words } : undefined;
    }
    const device = contact.devices.find(({ peerId }) => peerId === peer);
    return vow && device?.introduced === false ? { t: "known", o: vow, ...words } : undefined;
  }

  #isVow(vow: Uint8Array, person: PersonPublicKeys, of: Uint8Array): boolean {
    const { suite, devices = NO_NEWS } = this.#options;
    return isVow(suite, vow, person, of, (device) => devices.isRevoked(device));
  }

  #vowFor(signKey: Uint8Array): Uint8Array {
    return makeVow(this.#options.identity, signKey);
  }

  /** A device answered our question. `done(false)`: ask again later. */
  #answered(peer: PeerId, answer: Answer, done: (settled: boolean) => void): void {
    let settled = true;
    const decide = (): Plan | undefined => {
      const card = this.#list.byDevice(peer);
      if (card === undefined) return undefined;
      if (answer.t === "accepted") return this.#planAccepted(card, peer, answer.w);
      settled = isFinal(answer.r);
      if (card.contact.state === "met" || card.contact.refusal === answer.r) return undefined;
      return this.#planCard(withContact(card, { refusal: answer.r }));
    };
    this.#changes.make(decide, (error) => {
      if (error !== null) this.#options.log.warn("contact answer not kept", { code: error.code });
      done(error === null && settled);
      // Other devices of theirs that were seen meanwhile do not know of it yet.
      const hasMet = error === null && answer.t === "accepted";
      for (const { peerId } of (hasMet && this.byDevice(peer)?.devices) || []) {
        if (peerId !== peer) this.#courier.hurry(peerId);
      }
    });
  }

  #planAccepted(card: Card, peer: PeerId, vow: Uint8Array): Plan {
    const own = this.#options.identity.person.signKey.publicKey;
    if (!this.#isVow(vow, card.contact, own)) {
      throw new ContactsError("bad-vow", "An answer was not signed by the person asked.");
    }
    return this.#planCard(met(card, peer, vow));
  }

  /** Another peer asks to be a contact, or says that its person is one already. */
  #asked(from: PeerRecord, opening: Opening, answer: (answer: Answer | undefined) => void): void {
    const { clock, identity } = this.#options;
    const { person } = from;
    const own = identity.person;
    const nowMs = clock.monotonicMs();
    const stranger = this.#list.get(person.personId) === undefined;
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
    this.#changes.make(decide, (error) => {
      if (refusal === "unknown-token") this.#badTokens.add(from.id, nowMs);
      if (error !== null) answer(undefined);
      else if (refusal !== undefined) answer({ t: "refused", r: refusal });
      else answer({ t: "accepted", w: this.#vowFor(person.signKey) });
    });
  }

  /** The change that makes the asking person a contact, or why not; undefined: nothing changes. */
  #admit(from: PeerRecord, opening: Opening): Plan | ContactRefusal | undefined {
    const { clock, identity } = this.#options;
    const { person } = from;
    const card = this.#list.get(person.personId);
    if (card !== undefined) {
      const after = met(withDevice(card, from, true), from.id, opening.w);
      return isSame(card, after) ? undefined : this.#planCard(after);
    }
    if (this.#list.size >= CONTACTS_MAX) return "full";
    let uses: ContactRefusal | readonly RecordWrite[] = [];
    if (opening.t === "request") uses = this.#invites.planUse(opening.k, clock.wallMs());
    else if (!this.#isVow(opening.o, identity.certificate, person.signKey)) {
      uses = "unknown-token";
    }
    if (typeof uses === "string") return uses;
    const contact: Contact = {
      personId: person.personId,
      signKey: person.signKey,
      dhKey: person.dhKey,
      petname: this.#petnameFor(person.personId, undefined, opening.n),
      state: "met",
      devices: [{ peerId: from.id, signKey: from.signKey, introduced: true }],
      endpoints: [],
      addedAtMs: clock.wallMs(),
      refusal: undefined,
    };
    return this.#planCard({ contact, question: undefined, vow: opening.w }, uses);
  }
}
