import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { ID_BYTES, type PersonId } from "../../identity/index.ts";
import { type CborValue, decodeCbor, encodeCbor, schema, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  ADVERT_PROOF_BYTES_MAX,
  BUCKET_MAX,
  CURRENCY_CHARS_MAX,
  HINT_LINES_MAX,
  HINT_PEOPLE_MAX,
  ROUTING_MESSAGE_BYTES_MAX,
} from "./limits.ts";
import type { Advert, Hint, RoutingMessage } from "./types.ts";

const KEY_BYTES = 32;
const id = schema.bytes(ID_BYTES);
const bucket = schema.integer(0, BUCKET_MAX);
const currency = schema.text(CURRENCY_CHARS_MAX);
const place = schema.integer(0, HINT_PEOPLE_MAX - 1);

const messageSchema = schema.union({
  advert: schema.record({
    t: schema.literal("advert"),
    c: currency,
    o: id,
    k: schema.bytes(KEY_BYTES),
    q: schema.integer(0, Number.MAX_SAFE_INTEGER),
    h: schema.integer(0, ADVERT_HOPS_MAX - 1),
    l: schema.list(schema.record({ p: id, o: bucket, i: bucket }), ADVERT_LINES_MAX),
    s: schema.bytes(0, ADVERT_PROOF_BYTES_MAX),
  }),
  "ask-hint": schema.record({
    t: schema.literal("ask-hint"),
    c: currency,
    a: schema.integer(1, AMOUNT_MAX),
    m: schema.integer(1, HINT_LINES_MAX),
  }),
  hint: schema.record({
    t: schema.literal("hint"),
    c: currency,
    y: schema.boolean,
    p: schema.list(id, HINT_PEOPLE_MAX),
    l: schema.list(schema.record({ f: place, t: place, w: bucket }), HINT_LINES_MAX),
  }),
});

/** Bytes of a message, at most ROUTING_MESSAGE_BYTES_MAX. */
export function encodeRoutingMessage(message: RoutingMessage): Uint8Array {
  switch (message.t) {
    case "advert":
      return encodeCbor({ ...signedPart(message), h: message.hopsLeft, s: message.proof });
    case "ask-hint":
      return encodeCbor({
        t: message.t,
        c: message.currency,
        a: message.amount,
        m: message.linesMax,
      });
    case "hint":
      return encodeCbor(hintPart(message));
  }
}

/** What the proof of an advert covers: all of it but the hops left, which change on the way. */
export function advertToProve(advert: Omit<Advert, "proof" | "hopsLeft">): Uint8Array {
  return encodeCbor(signedPart(advert));
}

function signedPart(advert: Omit<Advert, "proof" | "hopsLeft">): Record<string, CborValue> {
  return {
    t: "advert",
    c: advert.currency,
    o: idBytes(advert.origin),
    k: advert.dhKey,
    q: advert.seq,
    l: advert.lines.map((line) => ({ p: idBytes(line.partner), o: line.out, i: line.in })),
  };
}

/** People are named once, lines by the places of their two people in that list. */
function hintPart({ currency: c, canTake, lines }: Hint): Record<string, CborValue> {
  const places = new Map<PersonId, number>();
  const placeOf = (person: PersonId): number => {
    const known = places.get(person);
    if (known !== undefined) return known;
    places.set(person, places.size);
    return places.size - 1;
  };
  const l = lines.map(({ from, to, width }) => ({ f: placeOf(from), t: placeOf(to), w: width }));
  return { t: "hint", c, y: canTake, p: [...places.keys()].map(idBytes), l };
}

/**
 * The message of these bytes. Whether an advert's proof holds is looked at by whoever takes it in.
 * @throws WireError for anything that `encodeRoutingMessage` would not have written
 */
export function decodeRoutingMessage(bytes: Uint8Array): RoutingMessage {
  if (bytes.length > ROUTING_MESSAGE_BYTES_MAX) {
    throw new WireError("too-large", `A message of ${bytes.length} bytes is above the limit.`);
  }
  const found = messageSchema(decodeCbor(bytes), "message");
  if (found.t === "ask-hint") {
    return { t: "ask-hint", currency: found.c, amount: found.a, linesMax: found.m };
  }
  if (found.t === "hint") {
    const personAt = (at: number): PersonId => {
      const person = found.p[at];
      if (person === undefined) throw new WireError("out-of-range", "A line of nobody.");
      return toHex(person);
    };
    const lines = found.l.map(({ f, t, w }) => ({ from: personAt(f), to: personAt(t), width: w }));
    return { t: "hint", currency: found.c, canTake: found.y, lines };
  }
  return {
    t: "advert",
    currency: found.c,
    origin: toHex(found.o),
    dhKey: found.k,
    seq: found.q,
    hopsLeft: found.h,
    lines: found.l.map((line) => ({ partner: toHex(line.p), out: line.o, in: line.i })),
    proof: found.s,
  };
}

function idBytes(person: PersonId): Uint8Array {
  return must(fromHex(person), "a person's id is hexadecimal");
}
