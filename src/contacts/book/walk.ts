import { equalBytes, fromHex, NO_BYTES, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import { type Entry, entryMap } from "./codec.ts";
import { SHORT_SUM_BYTES } from "./decided-book.ts";
import {
  CHANGED_MAX,
  PREFIXES_WAITING_MAX,
  QUESTIONS_PER_WALK_MAX,
  TOLD_AT_ONCE_MAX,
  TOLD_PER_FRAME_MAX,
} from "./limits.ts";
import { type BookAnswer, type BookQuestion, BRANCHES } from "./protocol.ts";

/** What a walk reads of the book. */
export interface WalkedBook {
  readonly decided: {
    /** The sum over everybody. */
    readonly sum: Uint8Array;
    /** People whose ids begin so. */
    below(prefix: string): readonly PersonId[];
    sumOf(people: readonly PersonId[]): Uint8Array;
    /** Of what was decided about somebody; empty where nothing was. */
    digest(person: PersonId): Uint8Array;
  };
  entry(person: PersonId, isWhole: boolean): Entry | undefined;
}

/** What is to be told and asked in one question. */
interface Telling {
  readonly told: readonly PersonId[];
  readonly whole: readonly PersonId[];
  readonly wanted: readonly PersonId[];
}

/**
 * How far two devices have come in making their books one, as the one that asks sees it. What changed here is told;
 * where the sums differ afterwards, all is compared, digit by digit of the ids. What cannot be made one (somebody who
 * was not taken) is left until something else changes.
 */
export class Walk {
  readonly #book: WalkedBook;
  /** People of whom something changed here since the other device was told. */
  readonly #changed = new Set<PersonId>();
  readonly #tell = new Set<PersonId>();
  readonly #tellWhole = new Set<PersonId>();
  readonly #want = new Set<PersonId>();
  readonly #prefixes: string[] = [];
  /** Whether all is to be compared, whatever changed. */
  #isAllDue = true;
  #isComparing = false;
  #questions = 0;
  /** The other device's sum, as far as it has said. */
  #theirSum: Uint8Array = NO_BYTES;
  /** By what the sums differed when all had been compared. */
  #rest: Uint8Array = NO_BYTES;
  /** What the question under way is about. */
  #telling: Telling | undefined;
  #prefix: string | undefined;

  constructor(book: WalkedBook) {
    this.#book = book;
  }

  /** Something about somebody has changed here. */
  changed(person: PersonId): void {
    if (this.#changed.size < CHANGED_MAX) this.#changed.add(person);
    else this.#isAllDue = true;
  }

  /** The other device knows of somebody what is known here. */
  known(person: PersonId): void {
    this.#changed.delete(person);
  }

  /** The other device has the same book. */
  agreed(): void {
    this.#changed.clear();
    this.#isAllDue = false;
  }

  /** What was left open may not be any more. */
  again(): void {
    this.#isAllDue = true;
    this.#rest = NO_BYTES;
  }

  /** The next question; undefined: there is none. */
  question(): BookQuestion | undefined {
    if (this.#isIdle) this.#begin();
    const { decided } = this.#book;
    this.#telling = this.#nextTelling();
    this.#prefix = this.#telling === undefined ? this.#prefixes[0] : undefined;
    if (this.#telling !== undefined) return this.#tellQuestion(this.#telling);
    const p = this.#prefix;
    if (p === undefined) return undefined;
    return { t: "look", p, h: p === "" ? decided.sum : decided.sumOf(decided.below(p)) };
  }

  /** The other device compares. */
  compared(answer: Exclude<BookAnswer, { readonly t: "told" }>): void {
    const prefix = this.#prefix;
    if (prefix === undefined) return;
    this.#prefixes.shift();
    if (answer.t === "sums") this.#compareSums(prefix, answer.l);
    else if (answer.t === "list") this.#compareList(prefix, answer.l);
    if (answer.t !== "same") this.#theirSum = answer.h;
    else if (prefix === "") this.#theirSum = this.#book.decided.sum;
    this.#step();
  }

  /**
   * The other device has taken what was told, and what it told is on disk here.
   * @param sum the other device's
   * @param theirs people of whom the other device wants to know all
   * @param ours people of whom this device has to ask all
   */
  heard(sum: Uint8Array, theirs: readonly PersonId[], ours: readonly PersonId[]): void {
    const { told = [], whole = [], wanted = [] } = this.#telling ?? {};
    this.#theirSum = sum;
    for (const person of [...told, ...whole]) this.#tell.delete(person);
    for (const person of whole) this.#tellWhole.delete(person);
    for (const person of wanted) this.#want.delete(person);
    // Whoever asks for somebody again and again is not told again and again.
    for (const person of theirs) if (!whole.includes(person)) this.#tellWhole.add(person);
    for (const person of ours) if (!wanted.includes(person)) this.#want.add(person);
    this.#step();
  }

  get #isIdle(): boolean {
    return this.#prefixes.length + this.#tell.size + this.#tellWhole.size + this.#want.size === 0;
  }

  #begin(): void {
    this.#questions = 0;
    if (this.#isAllDue) this.#compareAll();
    else for (const person of this.#changed) this.#tell.add(person);
    this.#changed.clear();
  }

  #compareAll(): void {
    this.#isAllDue = false;
    this.#isComparing = true;
    this.#prefixes.push("");
  }

  /** One question is answered. */
  #step(): void {
    this.#questions++;
    if (this.#questions < QUESTIONS_PER_WALK_MAX && !this.#isIdle) return;
    const rest = difference(this.#book.decided.sum, this.#theirSum);
    const isOpen = rest.some((byte) => byte !== 0) && !equalBytes(rest, this.#rest);
    if (isOpen && !this.#isComparing) {
      this.#compareAll();
      return;
    }
    this.#rest = rest;
    this.#isComparing = false;
    this.#prefixes.length = 0;
    for (const people of [this.#tell, this.#tellWhole, this.#want]) people.clear();
  }

  #nextTelling(): Telling | undefined {
    const whole = [...this.#tellWhole].slice(0, TOLD_PER_FRAME_MAX);
    const light = [...this.#tell].filter((person) => !this.#tellWhole.has(person));
    const told = light.slice(0, TOLD_PER_FRAME_MAX - whole.length);
    const wanted = [...this.#want].slice(0, TOLD_PER_FRAME_MAX);
    return whole.length + told.length + wanted.length === 0 ? undefined : { told, whole, wanted };
  }

  #tellQuestion({ told, whole, wanted }: Telling): BookQuestion {
    const entries = [
      ...whole.map((person) => this.#book.entry(person, true)),
      ...told.map((person) => this.#book.entry(person, false)),
    ];
    const e = entries.flatMap((entry) => (entry === undefined ? [] : [entryMap(entry)]));
    const w = wanted.map((person) => must(fromHex(person), "an id is hexadecimal"));
    return { t: "tell", e, h: this.#book.decided.sum, w };
  }

  #compareSums(prefix: string, sums: Uint8Array): void {
    const { decided } = this.#book;
    for (let digit = 0; digit < BRANCHES; digit++) {
      const below = prefix + digit.toString(16);
      const at = digit * SHORT_SUM_BYTES;
      const theirs = sums.subarray(at, at + SHORT_SUM_BYTES);
      if (!equalBytes(theirs, decided.sumOf(decided.below(below)))) this.#await(below);
    }
  }

  #compareList(
    prefix: string,
    list: readonly { readonly i: Uint8Array; readonly s: Uint8Array }[],
  ): void {
    const { decided } = this.#book;
    const theirs = new Map(list.map(({ i, s }) => [toHex(i), s]));
    const own = decided.below(prefix);
    const isLong = own.length > TOLD_AT_ONCE_MAX;
    for (let digit = 0; isLong && digit < BRANCHES; digit++) {
      this.#await(prefix + digit.toString(16));
    }
    if (isLong) return;
    for (const person of own) {
      const digest = theirs.get(person);
      if (digest === undefined) this.#tellWhole.add(person);
      else if (!equalBytes(digest, decided.digest(person))) this.#tell.add(person);
    }
    for (const person of theirs.keys()) {
      if (decided.digest(person).length === 0 && person.startsWith(prefix)) this.#want.add(person);
    }
  }

  #await(prefix: string): void {
    if (this.#prefixes.length < PREFIXES_WAITING_MAX && prefix.length <= 32) {
      this.#prefixes.push(prefix);
    }
  }
}

function difference(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ (b[at] ?? 0));
}
