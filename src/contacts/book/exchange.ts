import { equalBytes, fromHex, toHex } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import type { PeerId, PeerRecord, PersonId } from "../../identity/index.ts";
import type { Timed } from "../../ports/index.ts";
import type { Contacts } from "../contacts.ts";
import { Courier, type CourierDesk } from "../courier.ts";
import type { Surroundings } from "../options.ts";
import { digestOf, type Entry, type EntryMap, entryMap, entryOf } from "./codec.ts";
import { SHORT_SUM_BYTES } from "./decided-book.ts";
import { LISTED_MAX } from "./limits.ts";
import { BOOK_TALK, type BookAnswer, type BookQuestion, BRANCHES } from "./protocol.ts";
import { Walk } from "./walk.ts";

/** What keeps the books of own devices one is made of. */
export interface BookExchangeOptions extends Surroundings {
  readonly contacts: Contacts;
  /** Whether a peer is another device of this person that stands in its log; false where this one does not. */
  readonly isOwn: (peer: PeerId) => boolean;
}

/**
 * Keeps the address book the same on all devices of this person. A device that comes into reach is asked whether it has
 * the same; what changes is told to all that are in reach. Nobody else is told anything, or heard.
 */
export class BookExchange implements Timed, CourierDesk<BookQuestion, BookAnswer> {
  readonly #options: BookExchangeOptions;
  readonly #courier: Courier<BookQuestion, BookAnswer>;
  /** Devices in reach, ours or not: who is ours can change. */
  readonly #walks = new Map<PeerId, Walk | undefined>();
  /** Tellings on their way to the disk. */
  #taking = 0;

  constructor(options: BookExchangeOptions) {
    this.#options = options;
    this.#courier = new Courier(BOOK_TALK, options, options.random.fork("book"), this);
    options.contacts.book.decided.onChanged = (person) => this.#changed(person);
  }

  /** From now on others may ask; contacts are read. */
  load(done: (error: null) => void): void {
    this.#courier.serve();
    done(null);
  }

  peerReachable(id: PeerId): void {
    this.#walks.set(id, undefined);
    this.#courier.peerReachable(id);
  }

  peerUnreachable(id: PeerId): void {
    this.#walks.delete(id);
    this.#courier.peerUnreachable(id);
  }

  /** Other devices are ours now, or contacts' devices count no more. */
  devicesChanged(): void {
    for (const [id, walk] of this.#walks) {
      walk?.again();
      if (this.#options.isOwn(id)) this.#courier.hurry(id);
      else this.#walks.set(id, undefined);
    }
  }

  nextDeadlineMs(): number {
    return this.#courier.nextDeadlineMs();
  }

  tick(): void {
    this.#courier.tick();
  }

  /** What there is to ask a device, if anything. */
  questionFor(peer: PeerId): BookQuestion | undefined {
    return this.#walk(peer)?.question();
  }

  /** A device answered. */
  answered(peer: PeerId, answer: BookAnswer, done: (settled: boolean) => void): void {
    const walk = this.#walk(peer);
    if (walk === undefined) {
      done(true);
      return;
    }
    if (answer.t !== "told") {
      walk.compared(answer);
      done(true);
      this.#courier.hurry(peer);
      return;
    }
    this.#take(peer, answer.e, (taken) => {
      if (taken !== undefined) walk.heard(answer.h, answer.w.map(toHex), taken.wanted);
      done(taken !== undefined);
      this.#hurry();
    });
  }

  /** A device asks. */
  asked(
    from: PeerRecord,
    question: BookQuestion,
    answer: (answer: BookAnswer | undefined) => void,
  ): void {
    const { contacts, isOwn } = this.#options;
    if (from.person.personId !== contacts.ownPersonId || !isOwn(from.id)) {
      answer(undefined);
      return;
    }
    if (question.t === "look") {
      answer(this.#compare(question.p, question.h));
      return;
    }
    this.#take(from.id, question.e, (taken) => {
      answer(taken && this.#told(from.id, question, taken));
      this.#hurry();
    });
  }

  #compare(prefix: string, sum: Uint8Array): BookAnswer {
    const { decided } = this.#options.contacts.book;
    const people = decided.below(prefix);
    const own = prefix === "" ? decided.sum : decided.sumOf(people);
    if (equalBytes(own, sum)) return { t: "same" };
    const h = decided.sum;
    if (people.length <= LISTED_MAX) {
      return { t: "list", h, l: people.map((id) => ({ i: idOf(id), s: decided.digest(id) })) };
    }
    const l = new Uint8Array(BRANCHES * SHORT_SUM_BYTES);
    for (let digit = 0; digit < BRANCHES; digit++) {
      const below = decided.sumOf(decided.below(prefix + digit.toString(16)));
      l.set(below, digit * SHORT_SUM_BYTES);
    }
    return { t: "sums", h, l };
  }

  /** What is known here otherwise of people whom a device told of, and all of those for whom it asked. */
  #told(
    from: PeerId,
    { e, h, w }: Extract<BookQuestion, { readonly t: "tell" }>,
    { known, wanted: ours }: Taken,
  ): BookAnswer {
    const { book } = this.#options.contacts;
    const walk = this.#walk(from);
    if (equalBytes(h, book.decided.sum)) walk?.agreed();
    const wanted = new Set(w.map(toHex));
    const entries = [
      ...e
        .map(({ i }) => toHex(i))
        .filter((person) => !wanted.has(person) && !known.has(person))
        .map((person) => book.entry(person, false)),
      ...[...wanted].map((person) => book.entry(person, true)),
    ];
    const told = entries.flatMap((entry) => (entry === undefined ? [] : [entryMap(entry)]));
    return { t: "told", e: told, h: book.decided.sum, w: ours.map(idOf) };
  }

  /** Takes in what a device told; undefined where the disk failed. */
  #take(from: PeerId, maps: readonly EntryMap[], done: (taken: Taken | undefined) => void): void {
    const { contacts, suite, log } = this.#options;
    const entries = maps.flatMap((map) => this.#read(from, map));
    this.#taking++;
    contacts.takeFromOwn(entries, from, (error, wanted) => {
      this.#taking--;
      if (error !== null) {
        log.warn("own device's word not kept", { from, code: error.code });
        done(undefined);
        return;
      }
      const { decided } = contacts.book;
      const known = new Set<PersonId>();
      for (const { personId, decided: theirs } of entries) {
        const digest = digestOf(suite, personId, theirs).subarray(0, SHORT_SUM_BYTES);
        if (!equalBytes(digest, decided.digest(personId))) continue;
        known.add(personId);
        this.#walk(from)?.known(personId);
      }
      done({ known, wanted });
    });
  }

  #read(from: PeerId, map: EntryMap): readonly Entry[] {
    try {
      return [entryOf(this.#options.suite, map)];
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#options.log.warn("own device's word malformed", { from, code: error.code });
      return [];
    }
  }

  #walk(peer: PeerId): Walk | undefined {
    if (!this.#walks.has(peer) || !this.#options.isOwn(peer)) return undefined;
    const walk = this.#walks.get(peer) ?? new Walk(this.#options.contacts.book);
    this.#walks.set(peer, walk);
    return walk;
  }

  #changed(person: PersonId): void {
    for (const walk of this.#walks.values()) walk?.changed(person);
    // Whoever has told this is not told it again: who that is, is known once all of it is taken.
    if (this.#taking === 0) this.#hurry();
  }

  #hurry(): void {
    for (const id of this.#walks.keys()) if (this.#options.isOwn(id)) this.#courier.hurry(id);
  }
}

/** What came of what a device told. */
interface Taken {
  /** People of whom both now know the same. */
  readonly known: ReadonlySet<PersonId>;
  /** People of whom all must be told before they can be taken. */
  readonly wanted: readonly PersonId[];
}

function idOf(person: PersonId): Uint8Array {
  return must(fromHex(person), "an id is hexadecimal");
}
