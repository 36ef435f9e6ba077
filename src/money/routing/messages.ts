import { concatBytes, fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { isLowOrderDhKey } from "../../crypto/index.ts";
import { ID_BYTES, type PersonId } from "../../identity/index.ts";
import {
  type CborValue,
  decodeCbor,
  encodeCbor,
  Reader,
  schema,
  WireError,
  Writer,
} from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  ADVERT_PROOF_BYTES_MAX,
  ADVERT_SEQ_MAX,
  ASK_PROOF_BYTES_MAX,
  BUCKET_MAX,
  CURRENCY_CHARS_MAX,
  HAVE_MAX,
  HINT_LINES_MAX,
  HINT_PEOPLE_MAX,
  ROUTING_MESSAGE_BYTES_MAX,
} from "./limits.ts";
import type { Advert, AdvertNumber, Hint, HintLine, RoutingMessage, ToldLine } from "./types.ts";

const KEY_BYTES = 32;
/** A partner and a bucket each way. */
const TOLD_LINE_BYTES = ID_BYTES + 2;
const SEQ_BYTES = 6;
const NUMBER_BYTES = ID_BYTES + SEQ_BYTES;
/** Two places and a bucket. */
const HINT_LINE_BYTES = 5;
const id = schema.bytes(ID_BYTES);
const currency = schema.text(CURRENCY_CHARS_MAX);

const messageSchema = schema.union({
  advert: schema.record({
    t: schema.literal("advert"),
    c: currency,
    o: id,
    k: schema.bytes(KEY_BYTES),
    q: schema.integer(0, ADVERT_SEQ_MAX),
    h: schema.integer(0, ADVERT_HOPS_MAX - 1),
    l: schema.bytes(0, ADVERT_LINES_MAX * TOLD_LINE_BYTES),
    s: schema.bytes(0, ADVERT_PROOF_BYTES_MAX),
  }),
  have: schema.record({
    t: schema.literal("have"),
    a: schema.boolean,
    c: currency,
    l: schema.bytes(0, HAVE_MAX * NUMBER_BYTES),
  }),
  want: schema.record({
    t: schema.literal("want"),
    c: currency,
    l: schema.bytes(0, HAVE_MAX * ID_BYTES),
  }),
  "ask-hint": schema.record({
    t: schema.literal("ask-hint"),
    c: currency,
    a: schema.integer(1, AMOUNT_MAX),
    i: schema.bytes(1, ASK_PROOF_BYTES_MAX),
    m: schema.integer(1, HINT_LINES_MAX),
  }),
  hint: schema.record({
    t: schema.literal("hint"),
    c: currency,
    y: schema.boolean,
    k: schema.bytes(0, HINT_PEOPLE_MAX * KEY_BYTES),
    p: schema.bytes(0, HINT_PEOPLE_MAX * ID_BYTES),
    l: schema.bytes(0, HINT_LINES_MAX * HINT_LINE_BYTES),
  }),
});

/** Bytes of a message, at most ROUTING_MESSAGE_BYTES_MAX. */
export function encodeRoutingMessage(message: RoutingMessage): Uint8Array {
  const { t, currency: c } = message;
  switch (message.t) {
    case "advert":
      return encodeCbor({ ...signedPart(message), h: message.hopsLeft, s: message.proof });
    case "have":
      return encodeCbor({ t, a: message.asks, c, l: numbersOf(message.adverts) });
    case "want":
      return encodeCbor({ t, c, l: concatBytes(...message.origins.map(idBytes)) });
    case "ask-hint":
      return encodeCbor({ t, c, a: message.amount, i: message.proof, m: message.linesMax });
    case "hint":
      return encodeCbor(hintPart(message));
  }
}

/** What the proof of an advert covers: all of it but the hops left, which change on the way. */
export function advertToProve(advert: Omit<Advert, "proof" | "hopsLeft">): Uint8Array {
  return encodeCbor(signedPart(advert));
}

function signedPart(advert: Omit<Advert, "proof" | "hopsLeft">): Record<string, CborValue> {
  const lines = new Writer();
  for (const { partner, out, in: back } of advert.lines) {
    lines.bytes(idBytes(partner)).u8(out).u8(back);
  }
  return {
    t: "advert",
    c: advert.currency,
    o: idBytes(advert.origin),
    k: advert.dhKey,
    q: advert.seq,
    l: lines.done(),
  };
}

function numbersOf(adverts: readonly AdvertNumber[]): Uint8Array {
  const writer = new Writer();
  for (const { origin, seq } of adverts) {
    writer.bytes(idBytes(origin)).u48(seq);
  }
  return writer.done();
}

/** People are named once, those whose key is known first; lines by the places of their two people. */
function hintPart({ currency: c, canTake, keys, lines }: Hint): Record<string, CborValue> {
  const all = [...new Set(lines.flatMap(({ from, to }) => [from, to]))];
  const people = [...all.filter((one) => keys.has(one)), ...all.filter((one) => !keys.has(one))];
  const places = new Map(people.map((person, place) => [person, place]));
  const l = new Writer();
  for (const { from, to, width } of lines) {
    l.u16(places.get(from) ?? 0)
      .u16(places.get(to) ?? 0)
      .u8(width);
  }
  const k = concatBytes(...people.flatMap((person) => keys.get(person) ?? []));
  return { t: "hint", c, y: canTake, k, p: concatBytes(...people.map(idBytes)), l: l.done() };
}

/**
 * The message of these bytes. Whether an advert's proof holds is looked at by whoever takes it in.
 * @throws WireError for anything that is no such message
 */
export function decodeRoutingMessage(bytes: Uint8Array): RoutingMessage {
  if (bytes.length > ROUTING_MESSAGE_BYTES_MAX) {
    throw new WireError("too-large", `A message of ${bytes.length} bytes is above the limit.`);
  }
  const found = messageSchema(decodeCbor(bytes), "message");
  const { t, c } = found;
  switch (found.t) {
    case "ask-hint":
      return { t: "ask-hint", currency: c, amount: found.a, linesMax: found.m, proof: found.i };
    case "hint":
      return readHint(found);
    case "have":
      return { t: "have", currency: c, asks: found.a, adverts: readNumbers(found.l) };
    case "want":
      return { t: "want", currency: c, origins: readIds(found.l) };
    case "advert":
      return {
        ...{ t: "advert", currency: c, origin: toHex(found.o), dhKey: usable(found.k) },
        seq: found.q,
        ...{ hopsLeft: found.h, lines: readToldLines(found.l), proof: found.s },
      };
    default:
      throw new WireError("malformed", `A message of a kind that is not known: ${String(t)}.`);
  }
}

function readHint(found: {
  readonly c: string;
  readonly y: boolean;
  readonly k: Uint8Array;
  readonly p: Uint8Array;
  readonly l: Uint8Array;
}): Hint {
  const people = readIds(found.p);
  const count = itemsIn(found.k, KEY_BYTES);
  if (count > people.length || new Set(people).size < people.length) throw outOfRange();
  const keys = new Map<PersonId, Uint8Array>();
  for (const [at, person] of people.slice(0, count).entries()) {
    keys.set(person, usable(found.k.slice(at * KEY_BYTES, (at + 1) * KEY_BYTES)));
  }
  const reader = new Reader(found.l);
  const personAt = (at: number): PersonId => {
    const person = people[at];
    if (person === undefined) throw outOfRange();
    return person;
  };
  const lines: HintLine[] = [];
  for (let left = itemsIn(found.l, HINT_LINE_BYTES); left > 0; left--) {
    const [from, to] = [personAt(reader.u16()), personAt(reader.u16())];
    lines.push({ from, to, width: readBucket(reader) });
  }
  return { t: "hint", currency: found.c, canTake: found.y, lines, keys };
}

function readToldLines(bytes: Uint8Array): ToldLine[] {
  const reader = new Reader(bytes);
  return Array.from({ length: itemsIn(bytes, TOLD_LINE_BYTES) }, () => {
    const partner = toHex(reader.bytes(ID_BYTES));
    const out = readBucket(reader);
    return { partner, out, in: readBucket(reader) };
  });
}

function readNumbers(bytes: Uint8Array): AdvertNumber[] {
  const reader = new Reader(bytes);
  return Array.from({ length: itemsIn(bytes, NUMBER_BYTES) }, () => {
    const origin = toHex(reader.bytes(ID_BYTES));
    return { origin, seq: reader.u48() };
  });
}

function readIds(bytes: Uint8Array): PersonId[] {
  const reader = new Reader(bytes);
  return Array.from({ length: itemsIn(bytes, ID_BYTES) }, () => toHex(reader.bytes(ID_BYTES)));
}

function readBucket(reader: Reader): number {
  const bucket = reader.u8();
  if (bucket > BUCKET_MAX) throw outOfRange();
  return bucket;
}

/** How many items of one size there are. @throws WireError where a part of one is left */
function itemsIn(bytes: Uint8Array, sizeBytes: number): number {
  if (bytes.length % sizeBytes !== 0) throw outOfRange();
  return bytes.length / sizeBytes;
}

/** A key that onions can be wrapped for. @throws WireError */
function usable(dhKey: Uint8Array): Uint8Array {
  if (!isLowOrderDhKey(dhKey)) return dhKey;
  throw new WireError("malformed", "A key of routing gives no secrecy.");
}

function outOfRange(): WireError {
  return new WireError("out-of-range", "A list of routing is not whole, or names nobody.");
}

function idBytes(person: PersonId): Uint8Array {
  return must(fromHex(person), "a person's id is hexadecimal");
}
