import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { FEED_ID_BYTES, type FeedId } from "../feed/index.ts";
import type { PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import type { Message } from "./types.ts";

/** Prefix of the records that hold everything of a message but its text. */
export const ITEMS = "messages/i/";
/** Key of the record that holds the next free number. */
export const NEXT_NUMBER = "messages/next";

const ID_DIGITS = 12;
const PERSON_ID_BYTES = 16;
const COUNT_MAX = 2 ** 48 - 1;

/** A message as this peer keeps it in memory: everything but the text. */
export interface Item {
  readonly id: string;
  readonly personId: PersonId;
  readonly direction: Message["direction"];
  readonly feedId: FeedId;
  readonly seq: number;
  readonly readable: boolean;
  readonly sentAtMs: number;
  readonly state: Message["state"];
  readonly deliveredAtMs: number | null;
}

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const itemSchema = schema.record({
  v: schema.literal(1),
  a: time,
  f: schema.bytes(FEED_ID_BYTES),
  i: schema.oneOf("in", "out"),
  p: schema.bytes(PERSON_ID_BYTES),
  q: schema.integer(1, COUNT_MAX),
  r: schema.boolean,
  s: schema.oneOf("waiting", "delivered", "unread", "read"),
  t: schema.optional(time),
});
const numberSchema = schema.integer(0, COUNT_MAX);

/** The id of the message with this number; ids sort as numbers do. */
export function idOf(number: number): string {
  return number.toString(16).padStart(ID_DIGITS, "0");
}

/** The record of an item. */
export function itemWrite(item: Item): RecordWrite {
  const value = encodeCbor({
    v: 1,
    a: item.sentAtMs,
    f: must(fromHex(item.feedId), "a feed id is hexadecimal"),
    i: item.direction,
    p: must(fromHex(item.personId), "a person id is hexadecimal"),
    q: item.seq,
    r: item.readable,
    s: item.state,
    t: item.deliveredAtMs ?? undefined,
  });
  return { key: ITEMS + item.id, value };
}

/** @throws WireError where the record is damaged */
export function decodeItem(id: string, bytes: Uint8Array): Item {
  const found = itemSchema(decodeCbor(bytes), "message");
  return {
    id,
    personId: toHex(found.p),
    direction: found.i,
    feedId: toHex(found.f),
    seq: found.q,
    readable: found.r,
    sentAtMs: found.a,
    state: found.s,
    deliveredAtMs: found.t ?? null,
  };
}

/** Key of a message's text. */
export function textKey(id: string): string {
  return `messages/t/${id}`;
}

/** The record of the next free number. */
export function nextNumberWrite(next: number): RecordWrite {
  return { key: NEXT_NUMBER, value: encodeCbor(next) };
}

/** @throws WireError where the record is damaged */
export function decodeNextNumber(bytes: Uint8Array): number {
  return numberSchema(decodeCbor(bytes), "next number");
}
