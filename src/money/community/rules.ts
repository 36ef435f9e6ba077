import { toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES } from "../../crypto/index.ts";
import {
  type PersonId,
  PROOF_BYTES,
  PROOF_BYTES_MAX,
  personOfProof,
} from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { type Currency, readCurrency } from "../currency/definition.ts";
import { DEFINITION_BYTES_MAX } from "../currency/limits.ts";
import { MoneyError } from "../errors.ts";
import { HASH_BYTES, ID_BYTES, idBytes, optionalId } from "./hex.ts";
import {
  DEMURRAGE_PPM_MAX,
  EXCEPTIONS_MAX,
  LEVY_PPM_MAX,
  RULES_BYTES_MAX,
  RULES_MAX,
  SEATS_MAX,
  TELLERS_MAX,
} from "./limits.ts";
import type { Rules, RuleTerms, Seat, Teller } from "./types.ts";

const VERSION = 1;
const MEMBERS = 20;
const LABEL = utf8("peernet community rules v1");
const TIME_MAX = 2 ** 40;

/** Rules before they have an id. */
export type RulesDraft = RuleTerms &
  Pick<Rules, "number" | "base" | "currency" | "group" | "madeAtS"> & {
    /** "" for the first ones. */
    readonly community: string;
    readonly nonce: Uint8Array;
  };

/** Writes a version of the rules. @throws MoneyError("bad-rules") that says what is wrong with them */
export function makeRules(suite: CryptoSuite, draft: RulesDraft): Rules {
  checkTerms(draft);
  const writer = new CborArrayWriter(2_048).array(MEMBERS).uint(VERSION);
  writer.bytes(idBytes(draft.community)).uint(draft.number).bytes(idBytes(draft.base));
  writer.bytes(draft.nonce).uint(draft.madeAtS).bytes(draft.currency.bytes);
  writer
    .bytes(idBytes(draft.group))
    .uint(draft.need)
    .array(2 * draft.seats.length);
  for (const { key, proof } of draft.seats) writer.bytes(key).bytes(proof);
  writer.array(4 * draft.tellers.length);
  for (const { key, proof, exposure, perMember } of draft.tellers) {
    writer.bytes(key).bytes(proof).uint(exposure).uint(perMember);
  }
  writer
    .uint(draft.admission === "group" ? 0 : 1)
    .uint(draft.creditLimit)
    .uint(draft.softLimit);
  writer.array(2 * draft.exceptions.length);
  for (const { person, limit } of draft.exceptions) writer.bytes(idBytes(person)).uint(limit);
  writer.uint(draft.levyPpm).uint(draft.demurragePpm).uint(draft.demurrageFree);
  writer.uint(draft.visibility === "members" ? 0 : 1).uint(draft.bearer === "community" ? 0 : 1);
  return readRules(suite, writer.done());
}

/** Reads rules; nobody's signature is looked at. @throws MoneyError("bad-rules") */
export function readRules(suite: CryptoSuite, content: Uint8Array): Rules {
  try {
    return read(suite, content);
  } catch (cause) {
    if (!(cause instanceof TypedError) || cause.code === "bad-rules") throw cause;
    throw new MoneyError("bad-rules", "These are no rules of a community.", { cause });
  }
}

function read(suite: CryptoSuite, content: Uint8Array): Rules {
  if (content.length > RULES_BYTES_MAX) throw new WireError("too-large", "Too long.");
  const reader = new CborArrayReader(content);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "Rules of another version. Please update Peernet.");
  }
  const named = optionalId(reader.bytes(0, ID_BYTES), ID_BYTES);
  const number = reader.uint(RULES_MAX);
  const base = optionalId(reader.bytes(0, HASH_BYTES), HASH_BYTES);
  reader.bytes(ID_BYTES);
  const madeAtS = reader.uint(TIME_MAX);
  const currency = readCurrency(suite, reader.bytes(1, DEFINITION_BYTES_MAX));
  const group = toHex(reader.bytes(ID_BYTES));
  const terms = readTerms(suite, reader);
  reader.end();
  const isFirst = number === 1;
  if (number === 0 || isFirst !== (named === "") || isFirst !== (base === "")) {
    throw new WireError("out-of-range", "Rules whose number does not fit.");
  }
  checkTerms(terms);
  const id = toHex(suite.sha256(LABEL, content));
  const community = isFirst ? id.slice(0, 2 * ID_BYTES) : named;
  return {
    ...{ ...terms, id, community, number, base, currency, group, madeAtS },
    content: content.slice(),
  };
}

function readTerms(suite: CryptoSuite, reader: CborArrayReader): RuleTerms {
  const need = reader.uint(SEATS_MAX);
  const seats = readMany(reader, 2, SEATS_MAX, () => readSeat(suite, reader));
  const tellers = readMany(reader, 4, TELLERS_MAX, (): Teller => {
    const seat = readSeat(suite, reader);
    return { ...seat, exposure: reader.uint(AMOUNT_MAX), perMember: reader.uint(AMOUNT_MAX) };
  });
  const admission = reader.uint(1) === 0 ? "group" : "stewards";
  const [creditLimit, softLimit] = [reader.uint(AMOUNT_MAX), reader.uint(AMOUNT_MAX)];
  const exceptions = readMany(reader, 2, EXCEPTIONS_MAX, () => ({
    person: toHex(reader.bytes(ID_BYTES)),
    limit: reader.uint(AMOUNT_MAX),
  }));
  const [levyPpm, demurragePpm] = [reader.uint(LEVY_PPM_MAX), reader.uint(DEMURRAGE_PPM_MAX)];
  const demurrageFree = reader.uint(AMOUNT_MAX);
  const visibility = reader.uint(1) === 0 ? "members" : "stewards";
  const bearer = reader.uint(1) === 0 ? "community" : "teller";
  return {
    ...{ need, seats, tellers, admission, creditLimit, softLimit, exceptions },
    ...{ levyPpm, demurragePpm, demurrageFree, visibility, bearer },
  };
}

function readMany<T>(reader: CborArrayReader, width: number, max: number, one: () => T): T[] {
  const count = reader.array(width * max);
  if (count % width !== 0) throw new WireError("malformed", "A list is cut.");
  return Array.from({ length: count / width }, one);
}

function readSeat(suite: CryptoSuite, reader: CborArrayReader): Seat {
  const key = reader.bytes(KEY_BYTES).slice();
  const proof = reader.bytes(PROOF_BYTES, PROOF_BYTES_MAX).slice();
  const person = personOfProof(suite, key, proof);
  if (person === undefined) throw bad("A steward's or teller's device has no valid certificate.");
  return { person, key, proof };
}

/** @throws MoneyError("bad-rules") */
function checkTerms(terms: RuleTerms): void {
  const { need, seats, tellers, exceptions, creditLimit, softLimit } = terms;
  if (seats.length < 1 || seats.length > SEATS_MAX) {
    throw bad(`A community has 1 to ${SEATS_MAX} stewards.`);
  }
  if (!Number.isInteger(need) || need > seats.length || 2 * need <= seats.length) {
    throw bad(
      `Of ${seats.length} stewards more than half must sign together: say so with --of ${Math.floor(seats.length / 2) + 1} or more.`,
    );
  }
  if (tellers.length > TELLERS_MAX) throw bad(`At most ${TELLERS_MAX} tellers.`);
  if (exceptions.length > EXCEPTIONS_MAX) {
    throw bad(`At most ${EXCEPTIONS_MAX} members have a limit of their own.`);
  }
  for (const people of [seats, tellers, exceptions]) {
    const names = new Set<PersonId>(people.map(({ person }) => person));
    if (names.size !== people.length) throw bad("Somebody is named twice.");
  }
  if (softLimit > creditLimit) throw bad("The soft limit is at most the credit limit.");
  checkRange(terms.levyPpm, LEVY_PPM_MAX, "The levy is 0 to 10 % of a payment.");
  checkRange(terms.demurragePpm, DEMURRAGE_PPM_MAX, "The demurrage is 0 to 1 % a day.");
  const amounts = [creditLimit, softLimit, terms.demurrageFree, ...exceptions.map((e) => e.limit)];
  for (const { exposure, perMember } of tellers) amounts.push(exposure, perMember);
  for (const amount of amounts)
    checkRange(amount, AMOUNT_MAX, "An amount in the rules is too large.");
}

function checkRange(value: number, max: number, words: string): void {
  if (!Number.isInteger(value) || value < 0 || value > max) throw bad(words);
}

function bad(words: string): MoneyError {
  return new MoneyError("bad-rules", words);
}

/** How far below zero somebody may be under these rules. */
export function limitOf(rules: Rules, account: string): number {
  const own = rules.exceptions.find(({ person }) => person === account);
  return own?.limit ?? rules.creditLimit;
}

/** What a payer gives to the community besides a payment. */
export function levyOn(rules: RuleTerms, amount: number): number {
  return Number((BigInt(amount) * BigInt(rules.levyPpm)) / 1_000_000n);
}

/** What a balance loses to the community within so many days. */
export function demurrageOn(rules: RuleTerms, balance: bigint, days: number): bigint {
  const above = balance - BigInt(rules.demurrageFree);
  if (above <= 0n || days <= 0 || rules.demurragePpm === 0) return 0n;
  const due = (above * BigInt(rules.demurragePpm) * BigInt(days)) / 1_000_000n;
  return due > above ? above : due;
}

/** Whether these rules bring in a currency that is another one than before; no change may. */
export function isSameCurrency(
  one: { readonly currency: Currency },
  other: { readonly currency: Currency },
): boolean {
  return one.currency.id === other.currency.id;
}
