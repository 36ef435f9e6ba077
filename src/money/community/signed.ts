import { concatBytes, utf8 } from "../../base/bytes.ts";
import { type CryptoSuite, SIGNATURE_BYTES, type SigningKey } from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { MoneyError } from "../errors.ts";
import { readAct } from "./act.ts";
import { readEntry } from "./entry.ts";
import { idBytes } from "./hex.ts";
import { RULES_BYTES_MAX, SEATS_MAX } from "./limits.ts";
import { readRules } from "./rules.ts";
import type { FactId, Matter, Rules, Seat, Signed, Word } from "./types.ts";

const KINDS = ["rules", "entry", "late", "act"] as const;
const MEMBERS = 4;
const LABEL = utf8("peernet community word v1");

/** The id of what is signed. */
export function idOf(matter: Matter): FactId {
  if (matter.t === "rules") return matter.rules.id;
  return matter.t === "act" ? matter.act.id : matter.entry.id;
}

/** The rules whose stewards sign it; "" for the first rules, which those sign whom they bring in. */
export function judgesOf(matter: Matter): FactId {
  if (matter.t === "rules") return matter.rules.base;
  return matter.t === "act" ? matter.act.rules : matter.entry.rules;
}

function wordBytes(matter: Matter): Uint8Array {
  return concatBytes(LABEL, Uint8Array.of(KINDS.indexOf(matter.t)), idBytes(idOf(matter)));
}

/** A steward's word under a matter. */
export function makeWord(key: SigningKey, seat: number, matter: Matter): Word {
  return { seat, signature: key.sign(wordBytes(matter)) };
}

/** Whether a word is of that seat. */
export function isWordOf(
  suite: CryptoSuite,
  word: Word,
  seats: readonly Seat[],
  matter: Matter,
): boolean {
  const seat = seats[word.seat];
  return seat !== undefined && suite.verify(seat.key, wordBytes(matter), word.signature);
}

/** Stewards whom rules bring in, by their places: those must agree themselves. */
export function newcomers(rules: Rules, base: Rules | undefined): readonly number[] {
  const isNew = ({ key }: Seat): boolean =>
    base?.seats.some((seat) => sameKey(seat.key, key)) !== true;
  return rules.seats.flatMap((seat, place) => (isNew(seat) ? [place] : []));
}

function sameKey(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, at) => byte === other[at]);
}

/** Whether so many words are under it that it counts. The words themselves were checked before. */
export function isEnough(signed: Signed, judges: Rules | undefined): boolean {
  const { matter, words, consents } = signed;
  if (words.length < (judges?.need ?? 0)) return false;
  if (matter.t !== "rules") return judges !== undefined;
  const places = new Set(consents.map(({ seat }) => seat));
  return newcomers(matter.rules, judges).every((place) => places.has(place));
}

/** @throws MoneyError("bad-signature") where a word is of nobody who may give it, or given twice */
export function checkWords(suite: CryptoSuite, signed: Signed, judges: Rules | undefined): void {
  const { matter, words, consents } = signed;
  const own = matter.t === "rules" ? matter.rules.seats : [];
  for (const [list, seats] of [
    [words, judges?.seats ?? []],
    [consents, own],
  ] as const) {
    const places = new Set(list.map(({ seat }) => seat));
    const isGood = list.every((word) => isWordOf(suite, word, seats, matter));
    if (!isGood || places.size !== list.length) {
      throw new MoneyError("bad-signature", "A steward's signature is not theirs.");
    }
  }
}

/** The same matter with the words of both, each seat's once. */
export function joined(one: Signed, other: Signed): Signed {
  const both = (a: readonly Word[], b: readonly Word[]): Word[] =>
    [...a, ...b.filter(({ seat }) => !a.some((word) => word.seat === seat))].sort(
      (x, y) => x.seat - y.seat,
    );
  return {
    matter: one.matter,
    words: both(one.words, other.words),
    consents: both(one.consents, other.consents),
  };
}

/** A matter with its words as bytes. */
export function encodeSigned({ matter, words, consents }: Signed): Uint8Array {
  const content =
    matter.t === "rules"
      ? matter.rules.content
      : matter.t === "act"
        ? matter.act.content
        : matter.entry.content;
  const writer = new CborArrayWriter(512).array(MEMBERS).uint(KINDS.indexOf(matter.t));
  writer.bytes(content);
  for (const list of [words, consents]) {
    writer.array(2 * list.length);
    for (const { seat, signature } of list) writer.uint(seat).bytes(signature);
  }
  return writer.done();
}

/** Reads a matter with words, which are not checked. @throws MoneyError("bad-rules" | "bad-entry"), WireError */
export function decodeSigned(suite: CryptoSuite, bytes: Uint8Array): Signed {
  const reader = new CborArrayReader(bytes);
  if (reader.array(MEMBERS) !== MEMBERS) throw new WireError("malformed", "Other members.");
  const t = KINDS[reader.uint(255)];
  if (t === undefined) throw new WireError("version", "Something of a kind not known here.");
  const content = reader.bytes(1, RULES_BYTES_MAX);
  const matter: Matter =
    t === "rules"
      ? { t, rules: readRules(suite, content) }
      : t === "act"
        ? { t, act: readAct(suite, content) }
        : { t, entry: readEntry(suite, content) };
  const words = readWords(reader);
  const consents = readWords(reader);
  reader.end();
  return { matter, words, consents };
}

function readWords(reader: CborArrayReader): Word[] {
  const count = reader.array(2 * SEATS_MAX);
  if (count % 2 !== 0) throw new WireError("malformed", "A list is cut.");
  return Array.from({ length: count / 2 }, () => ({
    seat: reader.uint(SEATS_MAX - 1),
    signature: reader.bytes(SIGNATURE_BYTES).slice(),
  }));
}
