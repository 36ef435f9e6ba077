import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { type PeerId, type PersonId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { type FileNote, MARK_BYTES, type OldPlace } from "./body.ts";
import {
  DEVICES_PER_PERSON_MAX,
  FILE_LINK_BYTES_MAX,
  FILE_NAME_BYTES_MAX,
  HOLDERS_PER_LETTER_MAX,
  MEDIA_TYPE_BYTES_MAX,
} from "./limits.ts";
import type { Message } from "./types.ts";

/** Prefix of the records that hold everything of a message but its text. */
export const ITEMS = "messages/i/";
/** Key of the record that holds the next free number. */
export const NEXT_NUMBER = "messages/next";
/** Key of the record that says when this home had no message yet. */
export const NEW_SINCE = "messages/new";
/** Number of the first message of a home: those that another device tells of the past go before it. */
export const FIRST_NUMBER: number = 2 ** 24;

const ID_DIGITS = 12;
const PERSON_ID_BYTES = 16;
const PEER_ID_BYTES = 16;
const FEED_ID_BYTES = 16;
const COUNT_MAX = 2 ** 48 - 1;

/** Somebody who holds a letter for its recipient, and since when (wall clock, milliseconds). */
export interface Holding {
  readonly holder: PeerId;
  readonly sinceMs: number;
}

/** How far a message is on its way to one device. */
export interface Sending {
  readonly device: PeerId;
  /** Its number in the channel to that device. */
  readonly number: number;
  readonly holders: readonly Holding[];
  /** Wall-clock time at which the device said that it has it; undefined before. */
  readonly deliveredAtMs: number | undefined;
  /** Wall-clock time at which it was told to be read there; undefined before, and where nobody tells. */
  readonly readAtMs: number | undefined;
}

/** A message as this peer keeps it in memory: everything but the text. */
export interface Item {
  readonly id: string;
  readonly personId: PersonId;
  readonly direction: Message["direction"];
  readonly kind: Message["kind"];
  readonly sentAtMs: number;
  readonly state: Message["state"];
  /** Names it on all devices of both sides, hexadecimal; undefined where a feed brought it. */
  readonly mark: string | undefined;
  /** Mark of the message that it answers. */
  readonly replyTo: string | undefined;
  readonly file: FileNote | undefined;
  /** The device that sent it, and its number there; undefined for what is ours or came by a feed. */
  readonly from: { readonly device: PeerId; readonly number: number } | undefined;
  /** One for each device that is to have it; empty for what came in. */
  readonly sendings: readonly Sending[];
  readonly deliveredAtMs: number | null;
  readonly oldPlace: OldPlace | undefined;
}

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const count = schema.integer(1, COUNT_MAX);
const peer = schema.bytes(PEER_ID_BYTES);
const direction = schema.oneOf("in", "out");
/** As Peernet wrote it when messages were entries of feeds. */
const oldSchema = schema.record({
  v: schema.literal(1),
  a: time,
  f: schema.bytes(FEED_ID_BYTES),
  i: direction,
  p: schema.bytes(PERSON_ID_BYTES),
  q: count,
  r: schema.boolean,
  s: schema.oneOf("waiting", "delivered", "unread", "read"),
  t: schema.optional(time),
});
const itemSchema = schema.record({
  v: schema.literal(2),
  a: time,
  c: schema.optional(schema.record({ c: peer, n: count })),
  d: schema.list(
    schema.record({
      c: peer,
      h: schema.list(schema.record({ c: peer, a: time }), HOLDERS_PER_LETTER_MAX),
      n: count,
      r: schema.optional(time),
      t: schema.optional(time),
    }),
    2 * DEVICES_PER_PERSON_MAX,
  ),
  e: schema.optional(schema.bytes(MARK_BYTES)),
  f: schema.optional(schema.bytes(FEED_ID_BYTES)),
  i: direction,
  k: schema.oneOf("text", "file", "unreadable", "newer"),
  l: schema.optional(
    schema.record({
      u: schema.text(FILE_LINK_BYTES_MAX),
      n: schema.text(FILE_NAME_BYTES_MAX),
      y: schema.text(MEDIA_TYPE_BYTES_MAX),
      z: time,
    }),
  ),
  m: schema.optional(schema.bytes(MARK_BYTES)),
  p: schema.bytes(PERSON_ID_BYTES),
  q: schema.optional(count),
  s: schema.oneOf("waiting", "delivered", "sent", "unread", "read"),
  t: schema.optional(time),
});
const versionSchema = schema.integer(1, COUNT_MAX);
const numberSchema = schema.integer(0, COUNT_MAX);

/** The id of the message with this number; ids sort as numbers do. */
export function idOf(number: number): string {
  return number.toString(16).padStart(ID_DIGITS, "0");
}

/** The record of an item. */
export function itemWrite(item: Item): RecordWrite {
  const { file, from, oldPlace, mark, replyTo } = item;
  const value = encodeCbor({
    v: 2,
    a: item.sentAtMs,
    c: from && { c: peerIdToBytes(from.device), n: from.number },
    d: item.sendings.map(sendingValue),
    e: replyTo === undefined ? undefined : hex(replyTo),
    f: oldPlace && hex(oldPlace.feedId),
    i: item.direction,
    k: item.kind,
    l: file && { u: file.link, n: file.name, y: file.mediaType, z: file.sizeBytes },
    m: mark === undefined ? undefined : hex(mark),
    p: hex(item.personId),
    q: oldPlace?.seq,
    s: item.state,
    t: item.deliveredAtMs ?? undefined,
  });
  return { key: ITEMS + item.id, value };
}

function sendingValue(sending: Sending) {
  return {
    c: peerIdToBytes(sending.device),
    h: sending.holders.map(({ holder, sinceMs }) => ({ c: peerIdToBytes(holder), a: sinceMs })),
    n: sending.number,
    r: sending.readAtMs,
    t: sending.deliveredAtMs,
  };
}

/** @throws WireError where the record is damaged */
export function decodeItem(id: string, bytes: Uint8Array): Item {
  const value = decodeCbor(bytes);
  if (versionOf(value) === 1) return oldItem(id, value);
  const found = itemSchema(value, "message");
  return {
    id,
    personId: toHex(found.p),
    direction: found.i,
    kind: found.k,
    sentAtMs: found.a,
    state: found.s,
    mark: found.m && toHex(found.m),
    replyTo: found.e && toHex(found.e),
    file: found.l && {
      link: found.l.u,
      name: found.l.n,
      mediaType: found.l.y,
      sizeBytes: found.l.z,
    },
    from: found.c && { device: peerIdFromBytes(found.c.c), number: found.c.n },
    sendings: found.d.map(({ c, h, n, r, t }) => ({
      device: peerIdFromBytes(c),
      number: n,
      holders: h.map((one) => ({ holder: peerIdFromBytes(one.c), sinceMs: one.a })),
      deliveredAtMs: t,
      readAtMs: r,
    })),
    deliveredAtMs: found.t ?? null,
    oldPlace: found.f && found.q ? { feedId: toHex(found.f), seq: found.q } : undefined,
  };
}

function versionOf(value: unknown): number {
  const version = value !== null && typeof value === "object" && "v" in value ? value.v : undefined;
  return versionSchema(version, "message.v");
}

function oldItem(id: string, value: unknown): Item {
  const found = oldSchema(value, "message");
  return {
    id,
    personId: toHex(found.p),
    direction: found.i,
    kind: found.r ? "text" : "unreadable",
    sentAtMs: found.a,
    state: found.s,
    mark: undefined,
    replyTo: undefined,
    file: undefined,
    from: undefined,
    sendings: [],
    deliveredAtMs: found.t ?? null,
    oldPlace: { feedId: toHex(found.f), seq: found.q },
  };
}

/** Key of a message's text; of a kind that is not known here, the content as it came. */
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

/** The record that says when this home had no message yet, wall-clock time. */
export function newSinceWrite(wallMs: number): RecordWrite {
  return { key: NEW_SINCE, value: encodeCbor(Math.max(0, Math.floor(wallMs))) };
}

/** @throws WireError where the record is damaged */
export function decodeNewSince(bytes: Uint8Array): number {
  return time(decodeCbor(bytes), "new since");
}

function hex(text: string): Uint8Array {
  return must(fromHex(text), "ids and marks are hexadecimal");
}
