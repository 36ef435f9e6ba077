import { equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import { type Asked, Cases } from "./cases.ts";
import { CatchingUp, UNTIL_KNOWN } from "./catching-up.ts";
import { BooksSum } from "./comparing.ts";
import { decodeSlip, encodeSlip, makeSlip, readEntry } from "./entry.ts";
import { decodeHead, encodeHead, type Head } from "./head.ts";
import { isForeign } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import { readListing } from "./listing.ts";
import { Listings } from "./listings.ts";
import { type CommunityParts, nowS } from "./parts.ts";
import { Proposals } from "./proposals.ts";
import type { Frame } from "./protocol.ts";
import { checkTelling, placeOf, type Sight, tellerOf } from "./seat.ts";
import { keys, Shelf } from "./shelf.ts";
import { decodeSigned, encodeSigned, idOf } from "./signed.ts";
import { Slips } from "./slips.ts";
import { Steward } from "./steward.ts";
import type { CommunityId, Entry, FactId, Listing, Signed, Slip } from "./types.ts";

/** What a community asks of the device it is on. */
export interface CommuneHost {
  /** Devices in reach of those stewards and tellers who have these keys, this one left out. */
  reach(commune: Commune, keysOf: readonly Uint8Array[]): Iterable<Asked>;
  /** How many of those devices are in reach, this one left out. */
  inReach(keysOf: readonly Uint8Array[]): number;
  /** Tells members in reach. */
  tell(commune: Commune, frame: Frame, about: Signed | undefined, except: PeerId | undefined): void;
  changed(commune: Commune): void;
}

/** One community on this device: its books, what waits, and how this device stands to it. */
export class Commune {
  readonly id: CommunityId;
  readonly parts: CommunityParts;
  readonly host: CommuneHost;
  readonly ledger: Ledger;
  readonly sum: BooksSum = new BooksSum();
  readonly slips: Slips = new Slips();
  readonly listings: Listings = new Listings();
  readonly proposals: Proposals;
  readonly cases: Cases;
  readonly steward: Steward;
  readonly shelf: Shelf;
  head: Head;
  /** This device's last order, until it counts. */
  own: Entry | undefined;
  /** Stewards who have told since the start what they signed last for this account. */
  readonly heard: Set<PersonId> = new Set();
  readonly #catchingUp = new CatchingUp();

  constructor(parts: CommunityParts, host: CommuneHost, id: CommunityId, head: Head) {
    this.id = id;
    this.parts = parts;
    this.host = host;
    this.head = head;
    this.shelf = new Shelf(parts.records);
    this.ledger = new Ledger(parts.suite, id);
    this.proposals = new Proposals(parts.suite, this.ledger);
    this.steward = new Steward({
      ...{ id, key: parts.identity.signKey, shelf: this.shelf, sight: () => this.sight() },
      isResting: () => (this.ledger.current?.number ?? 0) <= this.head.restsUntil,
      isAdmitted: (account) => this.head.admitted.includes(account),
    });
    this.cases = new Cases({
      ...{ id, suite: parts.suite, ledger: this.ledger },
      nowMs: () => parts.clock.monotonicMs(),
      reached: () => this.reached(),
      stewards: () => this.#asked("seats"),
      tellers: () => this.#asked("tellers"),
      settled: (signed) => this.settle(signed),
    });
  }

  get self(): PersonId {
    return this.parts.identity.person.personId;
  }

  /** Whether this device has a steward's seat. */
  get isSteward(): boolean {
    return placeOf(this.ledger.current, this.parts.identity.signKey.publicKey) !== undefined;
  }

  /** What a steward or teller judges by. */
  sight(): Sight {
    const { parts, ledger, slips, head } = this;
    const isMember = (person: PersonId): boolean => parts.people.isMember(head.group, person);
    const stands: Sight["stands"] = (device, person) => parts.people.stands(device, person);
    return { suite: parts.suite, ledger, slips, nowS: nowS(parts), isMember, stands };
  }

  /** Stewards in reach, this device among them where it is one's. */
  reached(): number {
    const all = (this.ledger.current?.seats ?? []).map(({ key }) => key);
    return this.host.inReach(all) + (this.isSteward ? 1 : 0);
  }

  /** Takes in something that counts, and tells others. Errors: those of `Ledger.add`. */
  take(signed: Signed, from?: PeerId, isChecked = false): boolean {
    if (!this.ledger.add(signed, isChecked)) return false;
    this.#put(signed);
    const bytes = encodeSigned(signed);
    this.shelf.putFact(this.id, bytes, (error) => {
      if (error === null) this.#kept(signed);
      else this.parts.log.warn("a community's entry was not kept", { code: error.code });
    });
    this.host.tell(this, { t: "facts", id: this.id, items: [bytes] }, signed, from);
    this.catchUp();
    return true;
  }

  /** Whether this device may have forgotten what was signed, and has not heard it again from enough stewards. */
  get isCatchingUp(): boolean {
    return this.head.restsUntil === UNTIL_KNOWN;
  }

  /** Somebody's books sum up to this: whether they are the same. */
  isSameAs(person: PersonId, sum: Uint8Array): boolean {
    this.#catchingUp.note(person, sum);
    this.catchUp();
    return sum.length > 0 && equalBytes(sum, this.sum.bytes);
  }

  /** Where enough stewards have the same books as this device, it rests no longer than these rules hold. */
  catchUp(): void {
    if (!this.isCatchingUp || !this.#catchingUp.isDone(this.ledger, this.sum.bytes, this)) return;
    this.keepHead({ ...this.head, restsUntil: this.ledger.current?.number ?? 0 }, () => undefined);
  }

  /** Takes in what this device has gathered words for; what is refused now is a defect of a steward's. */
  settle(signed: Signed): void {
    try {
      this.take(signed, undefined, true);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      this.parts.log.warn("a community refused what its stewards signed", { code: error.code });
      return;
    }
    this.advance();
  }

  /** After something came in: goes on with what waited for it. */
  advance(): void {
    for (const id of this.proposals.outdated()) this.#dropProposal(id);
    this.cases.renew();
    this.cases.push();
    this.host.changed(this);
  }

  /** Keeps how this device stands to it. */
  keepHead(head: Head, done: (error: MoneyError | null) => void): void {
    this.head = head;
    this.shelf.put(keys.head(this.id), encodeHead(head), done);
  }

  /** Takes in a proposal or words under one; where they are enough, it counts. Errors: those of `Proposals.put`. */
  propose(signed: Signed, from?: PeerId, done?: (error: MoneyError | null) => void): void {
    const whole = this.proposals.put(signed);
    if (whole === undefined) {
      done?.(null);
      return;
    }
    const id = idOf(whole.matter);
    if (this.proposals.isDone(whole)) {
      this.#dropProposal(id);
      this.settle(whole);
      done?.(null);
      return;
    }
    const bytes = encodeSigned(whole);
    this.shelf.put(keys.proposal(this.id, id), bytes, done);
    this.host.tell(this, { t: "proposals", id: this.id, items: [bytes] }, undefined, from);
    this.host.changed(this);
  }

  /** This device's own order: kept first, then shown to stewards. */
  order(entry: Entry, done: (error: MoneyError | null) => void): void {
    this.own = entry;
    this.shelf.put(keys.own(this.id), entry.content, (error) => {
      if (error !== null) {
        if (this.own === entry) this.own = undefined;
        done(error);
        return;
      }
      this.cases.put(entry, undefined);
      done(null);
      this.cases.push();
    });
  }

  /** A steward told what was signed last for this account: after a loss that is the order under way. */
  remind(from: PersonId, entry: Entry | undefined): void {
    this.heard.add(from);
    this.catchUp();
    if (entry === undefined || entry.account !== this.self) return;
    const isAhead = entry.number > this.ledger.account(this.self).chain.count;
    if (!isAhead || this.ledger.counts(entry.id)) return;
    if (this.own !== undefined && this.own.number >= entry.number) return;
    this.order(entry, () => undefined);
  }

  /** This device, as a teller, answers for an order. Errors: those of `checkTelling`; "not-allowed". */
  answerFor(entry: Entry, done: (slip: Slip | undefined) => void): void {
    const known = this.slips.get(entry.id);
    if (known?.teller === this.self) {
      done(known);
      return;
    }
    if (this.reached() >= (this.ledger.current?.need ?? 0)) {
      throw new MoneyError("not-allowed", "The stewards are in reach: they sign themselves.");
    }
    checkTelling(this.sight(), this.self, entry);
    const slip = makeSlip(this.parts.identity.signKey, this.self, entry);
    this.slips.put(slip);
    // What the disk does not remember is not given out: it would not be counted after a crash.
    this.shelf.put(keys.slip(this.id, entry.id), encodeSlip(slip), (error) => {
      if (error === null) this.#heardSlip(slip, undefined);
      done(error === null ? slip : undefined);
    });
  }

  /** Takes in a slip. Errors: "gap", "bad-signature", "full". */
  hearSlip(slip: Slip, from: PeerId | undefined): void {
    const { entry } = slip;
    if (this.ledger.counts(entry.id) || this.slips.get(entry.id) !== undefined) return;
    const rules = this.ledger.rules(entry.rules);
    if (rules === undefined) throw new MoneyError("gap", "Those rules are not here.");
    tellerOf(this.parts.suite, rules, slip);
    // A teller answers for what a member pays, and does not say in their place that they do.
    if (isForeign(this.parts.suite, this.ledger.account(entry.account), entry)) {
      throw new MoneyError("bad-entry", "The member has not signed what a teller answers for.");
    }
    this.slips.put(slip);
    this.shelf.put(keys.slip(this.id, entry.id), encodeSlip(slip));
    this.#heardSlip(slip, from);
  }

  /** Takes in an offer or want. Errors: those of `Listings.put`. */
  list(listing: Listing, from?: PeerId, done?: (error: MoneyError | null) => void): void {
    for (const id of this.listings.expire(nowS(this.parts))) {
      this.shelf.put(keys.listing(this.id, id), null);
    }
    if (!this.listings.put(listing, nowS(this.parts))) {
      done?.(null);
      return;
    }
    this.shelf.put(keys.listing(this.id, listing.id), listing.bytes, done);
    this.host.tell(this, { t: "listings", id: this.id, items: [listing.bytes] }, undefined, from);
    this.host.changed(this);
  }

  /**
   * Takes back what the disk has, facts first.
   * @param isChecked whether signatures were looked at before it came there @throws TypedError where it is damaged
   */
  load(kind: string, name: string, value: Uint8Array, isChecked = true): void {
    const { suite } = this.parts;
    if (kind === "fact") {
      this.shelf.places++;
      const signed = decodeSigned(suite, value);
      if (this.ledger.add(signed, isChecked)) this.#put(signed);
    } else if (kind === "head") this.head = decodeHead(value);
    else if (kind === "own") this.own = readEntry(suite, value);
    else if (kind === "last" || kind === "late") this.steward.load(kind, name, value);
    else if (kind === "listing") this.#loadListing(readListing(suite, value));
    else if (kind === "proposal") this.#loadProposal(decodeSigned(suite, value));
    else if (kind === "slip") this.#loadSlip(decodeSlip(suite, value));
  }

  /** All was read: orders under way go on. */
  loaded(): void {
    const { own, ledger } = this;
    const { count } = ledger.account(this.self).chain;
    // Where an entry before it was lost, it counts all the same.
    const isOver = own !== undefined && (own.number <= count || ledger.counts(own.id));
    if (isOver && !this.slips.get(own.id)) this.own = undefined;
    if (this.own !== undefined) this.cases.put(this.own, this.slips.get(this.own.id));
  }

  #loadListing(listing: Listing): void {
    this.listings.put(listing, listing.atS);
  }

  #loadProposal(signed: Signed): void {
    this.#tried(() => this.proposals.put(signed));
  }

  /** What was kept under other limits, or is of no use any more, is left out. */
  #tried(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
    }
  }

  #loadSlip(slip: Slip): void {
    if (this.ledger.counts(slip.entry.id)) return;
    this.#tried(() => this.slips.put(slip));
    if (this.#isConcerned(slip)) this.cases.put(slip.entry, slip);
  }

  #heardSlip(slip: Slip, from: PeerId | undefined): void {
    if (this.#isConcerned(slip)) this.cases.put(slip.entry, slip);
    const items = [encodeSlip(slip)];
    const about: Signed = { matter: { t: "entry", entry: slip.entry }, words: [], consents: [] };
    this.host.tell(this, { t: "slips", id: this.id, items }, about, from);
    this.cases.push();
    this.host.changed(this);
  }

  /** Whether this device brings a slip to the stewards: who pays, is paid, or answers does, and stewards do. */
  #isConcerned({ entry, teller }: Slip): boolean {
    const { account, body } = entry;
    const isPaid = body.t === "pay" && body.to === this.self;
    return isPaid || account === this.self || teller === this.self || this.isSteward;
  }

  #put(signed: Signed): void {
    this.sum.add(signed);
    const { matter } = signed;
    if (matter.t !== "entry" && matter.t !== "late") return;
    const { id } = matter.entry;
    this.cases.delete(id);
    if (this.own?.id === id) this.own = undefined;
    if (this.slips.delete(id)) this.shelf.put(keys.slip(this.id, id), null);
  }

  #kept({ matter }: Signed): void {
    if (matter.t !== "entry" && matter.t !== "late") return;
    const { account, body } = matter.entry;
    if (body.t !== "pay" || body.to !== this.self) return;
    this.parts.events.onCommunityPaid?.(this.id, account, body.amount, body.memo);
  }

  #dropProposal(id: FactId): void {
    this.proposals.delete(id);
    this.shelf.put(keys.proposal(this.id, id), null);
  }

  *#asked(kind: "seats" | "tellers"): Iterable<Asked> {
    const { identity } = this.parts;
    const own = identity.signKey.publicKey;
    const people = this.ledger.current?.[kind] ?? [];
    const isOwn = (key: Uint8Array): boolean => key.every((byte, at) => byte === own[at]);
    // A teller does not answer for what they pay themselves.
    if (kind === "seats" && people.some(({ key }) => isOwn(key))) yield this.#ownSeat();
    const others = people.map(({ key }) => key).filter((key) => !isOwn(key));
    yield* this.host.reach(this, others);
  }

  /** This device's own seat is asked as others are. */
  #ownSeat(): Asked {
    const { identity, suite } = this.parts;
    return {
      ...{ peer: identity.id, person: this.self },
      ask: ({ content, slip, late }) => {
        const entry = readEntry(suite, content);
        const told = slip.length === 0 ? undefined : decodeSlip(suite, slip);
        this.steward.answer(entry, told, late, (answer) => {
          if (answer.t === "word") this.cases.hear(entry.id, answer.isLate, answer.word);
          else this.cases.refuse(entry.id, { peer: identity.id, person: this.self }, answer.code);
        });
      },
    };
  }
}

/** The fact of an entry that counts. */
export function factOf(commune: Commune, id: FactId): Signed {
  const fact = commune.ledger.fact(id, "entry") ?? commune.ledger.fact(id, "late");
  return must(fact, "an entry that counts has words under it");
}
