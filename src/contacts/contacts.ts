import { equalBytes, utf8 } from "../base/bytes.ts";
import { type PeerId, type PeerRecord, type PersonId, personIdOf } from "../identity/index.ts";
import type { DiskError, Random, RecordWrite, Timed } from "../ports/index.ts";
import { AboutBook, aboutOf, type Meeting } from "./about.ts";
import type { Entry } from "./book/codec.ts";
import { SharedBook } from "./book/shared-book.ts";
import { type Card, cardKey, cardWrite } from "./card.ts";
import { copyOf, withContact, withDevice, withoutRevoked } from "./card-changes.ts";
import { CardMaker } from "./card-maker.ts";
import { Changes, type Plan } from "./changes.ts";
import { ContactList } from "./contact-list.ts";
import { Courier } from "./courier.ts";
import { ContactsError } from "./errors.ts";
import { Greetings } from "./greetings.ts";
import { Handshake } from "./handshake.ts";
import { decodeInvite, encodeInvite, type Invite, TOKEN_BYTES } from "./invite.ts";
import { checkWish, InviteBook } from "./invite-book.ts";
import {
  DEVICES_PER_CONTACT_MAX,
  ENDPOINT_BYTES_MAX,
  INVITE_ENDPOINTS_MAX,
  INVITE_LIFE_MS,
  INVITE_USES_MAX,
} from "./limits.ts";
import { loadContacts } from "./load.ts";
import {
  type CardEdit,
  type ContactsOptions,
  type CreatedInvite,
  type InviteWish,
  NO_NEWS,
} from "./options.ts";
import { checkPetname } from "./petname.ts";
import { type Answer, CONTACT_TALK, type Opening } from "./protocol.ts";
import { RemovedBook } from "./removed.ts";
import type { Contact } from "./types.ts";

/**
 * The people this peer knows: invites, requests, names and devices. Every step is on disk before
 * the other side hears of it, and may be repeated. Call `load` first.
 */
export class Contacts implements Timed {
  readonly #options: ContactsOptions;
  readonly #random: Random;
  readonly #list = new ContactList();
  readonly #cards: CardMaker;
  readonly #invites: InviteBook;
  readonly #changes: Changes;
  /** How contacts were met, whether they are verified or blocked. */
  readonly about: AboutBook = new AboutBook();
  /** Who was deleted. */
  readonly removed: RemovedBook = new RemovedBook();
  /** What all devices of this person are to know alike. */
  readonly book: SharedBook;
  readonly #courier: Courier<Opening, Answer>;
  /** How people meet by letter. */
  readonly greetings: Greetings;

  constructor(options: ContactsOptions) {
    this.#options = options;
    this.#random = options.random.fork("contacts");
    this.#cards = new CardMaker(options, this.#list);
    this.#invites = new InviteBook(options.suite);
    this.#changes = new Changes(options.records);
    this.book = new SharedBook({
      ...{ options, list: this.#list, about: this.about, removed: this.removed },
      take: (writes) => this.#take(writes),
    });
    const handshake = new Handshake({
      options,
      list: this.#list,
      cards: this.#cards,
      invites: this.#invites,
      changes: this.#changes,
      about: this.about,
      removed: this.removed,
      planCard: (card, more) => this.#planCard(card, more),
      planMet: (personId, how) => this.#planMet(personId, how),
      hurry: (peer) => this.#courier.hurry(peer),
    });
    this.greetings = new Greetings(options, handshake);
    this.#courier = new Courier(CONTACT_TALK, options, this.#random, handshake);
  }

  /** Reads what is stored; every other call comes after `done(null)`. */
  load(done: (error: DiskError | null) => void): void {
    const { records, suite } = this.#options;
    const { decided } = this.book;
    const books = { invites: this.#invites, about: this.about, removed: this.removed, decided };
    loadContacts(records, suite, books, (error, cards) => {
      for (const card of cards) this.#list.put(card);
      this.book.loaded();
      // Before the invites are read, every token would look unknown.
      if (error === null) this.#courier.serve();
      done(error);
    });
  }

  /** All contacts, in the order of their petnames. */
  all(): readonly Contact[] {
    return this.#list.all();
  }

  /** Changes whenever petnames do, or who was introduced by whom as what: for indices of names. */
  get namesRevision(): number {
    return this.#list.names + this.about.introductions;
  }

  /** Whose contacts these are. */
  get ownPersonId(): PersonId {
    return this.#options.identity.person.personId;
  }

  /** A petname for somebody who is called so elsewhere: that, or one like it that is free. */
  freeName(suggested: string, personId: PersonId): string {
    return this.#cards.petnameFor(personId, undefined, suggested);
  }

  /** The contact with whose petname this name is easily confused. */
  lookingLike(name: string): Contact | undefined {
    return this.#list.lookingLike(name);
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
   * Makes an invite that lets people in; `endpoints` say where this device can be dialled, best
   * first. Errors: "bad-terms", "too-many-invites", "disk-full", "disk", "busy".
   */
  createInvite(
    endpoints: readonly string[],
    done: (error: ContactsError | null, invite: CreatedInvite | undefined) => void,
    wish: InviteWish = {},
  ): void {
    const { clock, identity, name } = this.#options;
    const token = this.#random.bytes(TOKEN_BYTES);
    const expiresAtMs = clock.wallMs() + (wish.lifeMs ?? INVITE_LIFE_MS);
    const decide = (): Plan => {
      checkWish(wish);
      const terms = { expiresAtMs, usesMax: wish.usesMax ?? INVITE_USES_MAX };
      const writes = this.#invites.planOpening(token, terms, clock.wallMs());
      return { writes, apply: () => this.#invites.apply(writes) };
    };
    this.#changes.make(decide, (error) => {
      const fitting = endpoints.filter((text) => utf8(text).length <= ENDPOINT_BYTES_MAX);
      const places = fitting.slice(0, INVITE_ENDPOINTS_MAX);
      const { firstContact } = wish;
      const terms = { name, endpoints: places, token, expiresAtMs, firstContact };
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
    const kind = { kind: "invite", atMs: this.#options.clock.wallMs() } as const;
    this.#accept(() => decodeInvite(this.#options.suite, link), petname, kind, done);
  }

  /**
   * Takes in somebody who was introduced: they become a contact, "asked" until their device has
   * accepted too. Errors: as `acceptInvite`.
   */
  acceptIntroduced(
    terms: Invite,
    petname: string | undefined,
    how: Meeting,
    done: (error: ContactsError | null, contact: Contact | undefined) => void,
  ): void {
    this.#accept(() => terms, petname, how, done);
  }

  /**
   * Changes what is kept of one person, decided on what the change before it has left; for the
   * other parts of this room. A card of null is deleted. Errors: as `decide` throws, and
   * "disk-full", "disk", "busy".
   */
  edit(
    personId: PersonId,
    decide: (card: Card | undefined) => CardEdit | undefined,
    done: (error: ContactsError | null) => void,
  ): void {
    this.#changes.make(() => {
      const edit = decide(this.#list.get(personId));
      if (edit === undefined) return undefined;
      const { card, writes = [] } = edit;
      if (card !== null && card !== undefined) return this.#planCard(card, writes);
      const removal = card === null ? [{ key: cardKey(personId), value: null }] : [];
      const before = this.#list.get(personId);
      const after = card === null ? undefined : before;
      const marks = this.book.marksOf({ personId, card: after, writes });
      const apply = (): void => {
        if (card === null) this.#list.remove(personId);
        this.#take([...writes, ...marks]);
        if (before !== undefined) this.#options.events.onContactChanged(before.contact);
      };
      return { writes: [...removal, ...writes, ...marks], apply };
    }, done);
  }

  #accept(
    read: () => Invite,
    petname: string | undefined,
    how: Meeting,
    done: (error: ContactsError | null, contact: Contact | undefined) => void,
  ): void {
    let personId: PersonId | undefined;
    const decide = (): Plan => {
      const invite = read();
      personId = personIdOf(this.#options.suite, invite.signKey);
      const card = this.#cards.ofInvite(invite, personId, petname);
      return this.#planCard(card, this.#planMet(personId, how), petname !== undefined);
    };
    this.#changes.make(decide, (error) => {
      const card = personId === undefined ? undefined : this.#list.get(personId);
      done(error, error === null ? card?.contact : undefined);
      if (error === null && card?.question) this.#courier.hurry(card.question.device);
    });
  }

  /**
   * The name as it is written properly.
   * @throws ContactsError("bad-name" | "name-taken") where this person cannot be called so
   */
  checkPetname(name: string, personId: PersonId): string {
    return this.#cards.petnameFor(personId, name, name);
  }

  /** Gives a contact another petname. Errors: "unknown-contact", "bad-name", "name-taken" … */
  rename(personId: PersonId, petname: string, done: (error: ContactsError | null) => void): void {
    this.#changes.make(() => {
      const card = this.#list.get(personId);
      if (card === undefined)
        throw new ContactsError("unknown-contact", "There is no such contact.");
      const name = this.#cards.checkFree(checkPetname(petname), personId);
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
      const after = card && withoutRevoked(card, (device) => devices.isRevoked(device, personId));
      return after === undefined || after === card ? undefined : this.#planCard(after);
    };
    this.#changes.make(decide, (error) => {
      if (error !== null) log.warn("devices not taken away", { code: error.code });
    });
  }

  /**
   * Records with which another device of this person begins to know its contacts, whom of them it
   * does not listen to, and who is a contact no longer.
   */
  forAnotherDevice(): readonly RecordWrite[] {
    const known = this.#list.cards().flatMap((card) => {
      const { personId, state } = card.contact;
      const isMet = state === "met";
      const about = this.about.get(personId);
      const isKept = about !== undefined && (isMet || about.blockedAtMs !== undefined);
      return [
        ...(isMet ? [copyOf(card)] : []),
        ...(isKept ? [this.about.planPut(personId, about)] : []),
      ];
    });
    return [...known, ...this.removed.records(), ...this.book.copies()];
  }

  /**
   * Takes in what another device of this person told. Errors: "disk-full", "disk", "busy".
   * @param done with the people of whom all must be told before they can be taken
   */
  takeFromOwn(
    entries: readonly Entry[],
    from: PeerId,
    done: (error: ContactsError | null, wanted: readonly PersonId[]) => void,
  ): void {
    let wanted: readonly PersonId[] = [];
    const decide = (): Plan | undefined =>
      this.book.planMerge(entries, from, (people) => {
        wanted = people;
      });
    this.#changes.make(decide, (error) => done(error, wanted));
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

  #planCard(card: Card, more: readonly RecordWrite[] = [], isChosen = false): Plan {
    const { personId } = card.contact;
    const marks = this.book.marksOf({ personId, card, writes: more, isChosen });
    return {
      writes: [cardWrite(card), ...more, ...marks],
      apply: () => {
        this.#list.put(card);
        this.#take([...more, ...marks]);
        // Whoever is met now is told of, with the same decisions.
        this.book.decided.refresh(personId);
        this.#options.events.onContactChanged(card.contact);
      },
    };
  }

  /** Takes over what was written besides cards. */
  #take(writes: readonly RecordWrite[]): void {
    this.#invites.apply(writes);
    this.about.apply(writes);
    this.removed.apply(writes);
    this.book.decided.apply(writes);
  }

  /** Writes down how somebody was met, and that they are welcome again. */
  #planMet(personId: PersonId, how: Meeting): readonly RecordWrite[] {
    const before = this.about.get(personId);
    const isNew = before === undefined || before.met.kind === "imported";
    const about = isNew ? [this.about.planPut(personId, { ...before, ...aboutOf(how) })] : [];
    return [...about, ...this.removed.planClear(personId)];
  }
}
