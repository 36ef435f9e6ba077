import { toHex } from "../../base/bytes.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import {
  INTRODUCTION_LIFE_MS,
  LETTERS_MAX,
  LETTERS_PER_PERSON_MAX,
  STRANGER_FRAME_BYTES_MAX,
} from "./limits.ts";
import { idBytes } from "./passages.ts";
import { decodeContent, encodeContent, type StrangerQuestion } from "./protocol.ts";

/** Prefix of the records of what contacts are to be told. */
export const LETTERS = "contacts/s/o/";

const NUMBER_DIGITS = 12;
const letterSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  p: schema.bytes(16),
  q: schema.bytes(1, STRANGER_FRAME_BYTES_MAX),
});

/** A question that waits until a device of a contact has answered it. */
export interface Letter {
  readonly number: number;
  readonly to: PersonId;
  readonly atMs: number;
  readonly question: StrangerQuestion;
}

/** What contacts are to be told about introductions, in the order in which it came up. */
export class LetterBook {
  readonly #byPerson = new Map<PersonId, Letter[]>();
  /** The letter that a device is being told: a contact hears it on one of its devices. */
  readonly #carried = new Map<PeerId, Letter>();
  #size = 0;
  #nextNumber = 1;

  /** @throws WireError where the record is damaged */
  load(key: string, value: Uint8Array): void {
    const found = letterSchema(decodeCbor(value), "letter");
    const question = decodeContent(found.q) as StrangerQuestion;
    const number = Number.parseInt(key.slice(LETTERS.length), 16);
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    this.put({ number, to: toHex(found.p), atMs: found.a, question });
  }

  hasRoomFor(person: PersonId): boolean {
    const waiting = this.#byPerson.get(person)?.length ?? 0;
    return waiting < LETTERS_PER_PERSON_MAX && this.#size < LETTERS_MAX;
  }

  all(): Iterable<Letter> {
    return [...this.#byPerson.values()].flat();
  }

  /** When the oldest letter lapses; Infinity where there is none. */
  nextEndMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [first] of this.#byPerson.values()) {
      if (first !== undefined) nextMs = Math.min(nextMs, first.atMs + INTRODUCTION_LIFE_MS);
    }
    return nextMs;
  }

  make(to: PersonId, question: StrangerQuestion, atMs: number): Letter {
    return { number: this.#nextNumber++, to, atMs, question };
  }

  planPut({ number, to, atMs, question }: Letter): RecordWrite {
    const value = encodeCbor({ v: 1, a: atMs, p: idBytes(to), q: encodeContent(question) });
    return { key: keyOf(number), value };
  }

  planDrop({ number }: Letter): RecordWrite {
    return { key: keyOf(number), value: null };
  }

  put(letter: Letter): void {
    const waiting = this.#byPerson.get(letter.to);
    if (waiting === undefined) this.#byPerson.set(letter.to, [letter]);
    else waiting.push(letter);
    this.#size++;
  }

  drop(letter: Letter): void {
    for (const [device, carried] of this.#carried) {
      if (carried === letter) this.#carried.delete(device);
    }
    // It may have lapsed, or its person been deleted, while an answer to it was on its way to the disk.
    const waiting = this.#byPerson.get(letter.to) ?? [];
    const left = waiting.filter((other) => other !== letter);
    this.#size -= waiting.length - left.length;
    if (left.length === 0) this.#byPerson.delete(letter.to);
    else this.#byPerson.set(letter.to, left);
  }

  /** What to tell a device: what it is being told already, or the first that no other one is. */
  nextFor(person: PersonId, device: PeerId): Letter | undefined {
    const carried = this.#carried.get(device);
    if (carried !== undefined) return carried;
    const taken = new Set(this.#carried.values());
    const letter = this.#byPerson.get(person)?.find((one) => !taken.has(one));
    if (letter !== undefined) this.#carried.set(device, letter);
    return letter;
  }

  /** The letter that a device is being told. */
  carriedBy(device: PeerId): Letter | undefined {
    return this.#carried.get(device);
  }

  /** The device is out of reach: others may be told what it was being told. */
  free(device: PeerId): void {
    this.#carried.delete(device);
  }
}

function keyOf(number: number): string {
  return LETTERS + number.toString(16).padStart(NUMBER_DIGITS, "0");
}
