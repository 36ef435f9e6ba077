import { fromHex, fromUtf8, NO_BYTES, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PersonId } from "../identity/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { MessagesError } from "./errors.ts";
import {
  BODY_BYTES_MAX,
  FILE_LINK_BYTES_MAX,
  FILE_NAME_BYTES_MAX,
  MEDIA_TYPE_BYTES_MAX,
  TEXT_BYTES_MAX,
} from "./limits.ts";
import type { RatchetDoor } from "./ratchet/types.ts";
import { checkText } from "./text.ts";

/** Kinds of letters that this Peernet can show; others are kept and shown as from a newer one. */
export const KIND = {
  /** A text. */
  text: 1,
  /** A text that answers another message. */
  reply: 2,
  /** A link to an object of the store, with its name and size. */
  file: 3,
  /** Everything up to a number has been read. */
  receipt: 4,
  /** What I wrote to somebody, for my own other devices. */
  copy: 5,
  /** Who holds letters for me. */
  anchors: 6,
  /** A text that an older Peernet left in a feed: its place there tells whether it came already. */
  moved: 7,
  /** What I have read, for my own other devices. */
  seen: 8,
  /** What was written of late, for a new device of mine. */
  history: 9,
  /** Who writes by an invite, and the answer to that: how people meet without a session. */
  greeting: 10,
} as const;

/** First kind that other rooms may take for themselves; up to 127. */
export const KIND_FOREIGN_MIN = 32;
/** Highest kind. */
export const KIND_MAX = 127;

/** Bytes of a mark: what names a message on all devices of both sides. */
export const MARK_BYTES = 6;
const LINK_PREFIX = "peernet:object/";
const MARK_CONTEXT = utf8("peernet message mark v1");
const IS_FIRST = 0x80;
const PERSON_ID_BYTES = 16;
const FEED_ID_BYTES = 16;

/** Where an older Peernet kept a message: a place in a feed. */
export interface OldPlace {
  /** 32 hexadecimal digits. */
  readonly feedId: string;
  readonly seq: number;
}

/** A file as a message tells of it. */
export interface FileNote {
  /** Link of an object of the store. */
  readonly link: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** As its sender believes; may be empty. */
  readonly mediaType: string;
}

/** What people say to each other. */
export interface Words {
  readonly text: string;
  /** Mark of the message that this answers, hexadecimal. */
  readonly replyTo?: string | undefined;
  readonly file?: FileNote | undefined;
}

/** What one device tells another inside a channel. */
export interface Body {
  /** 1 … 127. */
  readonly kind: number;
  /** 1, 2, 3 … in each direction between two devices, whatever channels carry them. */
  readonly number: number;
  /** Whether no letter with a lower number will come any more: all of them were acknowledged. */
  readonly isFirst: boolean;
  /** What it means depends on the kind. */
  readonly content: Uint8Array;
}

/**
 * A body as it goes into a channel: kind (7 bits) below the bit of `isFirst`, number, content.
 * Numbers are QUIC varints (RFC 9000 section 16).
 */
export function encodeBody({ kind, number, isFirst, content }: Body): Uint8Array {
  const writer = new Writer(content.length + 16);
  return writer
    .u8(kind | (isFirst ? IS_FIRST : 0))
    .varint(number)
    .bytes(content)
    .done();
}

/** @throws WireError for anything that is no body */
export function decodeBody(bytes: Uint8Array): Body {
  if (bytes.length > BODY_BYTES_MAX) throw new WireError("too-large", "A body is too large.");
  const reader = new Reader(bytes);
  const first = reader.u8();
  const kind = first & KIND_MAX;
  const number = reader.varint();
  if (kind === 0 || number === 0) throw new WireError("out-of-range", "Letters count from 1.");
  return { kind, number, isFirst: first >= IS_FIRST, content: reader.rest().slice() };
}

/** How texts travel in fewer bytes. */
export type TextPacker = Pick<RatchetDoor, "packText" | "unpackText">;

/** A kind and what belongs to it. */
export interface Content {
  readonly kind: number;
  readonly content: Uint8Array;
}

/** The kind and content of what somebody says; `sentAtMs` is cut to whole seconds. */
export function contentOf(packer: TextPacker, words: Words, sentAtMs: number): Content {
  const writer = new Writer(words.text.length + 64).u32(secondsOf(sentAtMs));
  const { file, replyTo } = words;
  const packed = words.text === "" ? NO_BYTES : packer.packText(words.text);
  if (file !== undefined) {
    writer.u8(replyTo === undefined ? 0 : 1).bytes(markBytes(replyTo));
    writer.text(file.link).text(file.name).text(file.mediaType).varint(file.sizeBytes);
    return { kind: KIND.file, content: writer.bytes(packed).done() };
  }
  if (replyTo !== undefined) writer.bytes(markBytes(replyTo));
  const kind = replyTo === undefined ? KIND.text : KIND.reply;
  return { kind, content: writer.bytes(packed).done() };
}

/** Words and when they were sent, by the sender's clock, in milliseconds since 1970. */
export interface Spoken extends Words {
  readonly sentAtMs: number;
}

/** Whether letters of a kind are what people say. */
export function isSpoken(kind: number): boolean {
  return kind === KIND.text || kind === KIND.reply || kind === KIND.file;
}

/**
 * What a content of kind text, reply or file says; undefined for other kinds.
 * @throws WireError | RatchetError | MessagesError for what no Peernet would have written
 */
export function spokenOf(packer: TextPacker, { kind, content }: Content): Spoken | undefined {
  if (!isSpoken(kind)) return undefined;
  const reader = new Reader(content);
  const sentAtMs = reader.u32() * 1_000;
  if (kind === KIND.file) {
    const replyTo = reader.u8() === 0 ? undefined : toHex(reader.bytes(MARK_BYTES));
    const file: FileNote = {
      link: field(reader, FILE_LINK_BYTES_MAX),
      name: field(reader, FILE_NAME_BYTES_MAX),
      mediaType: field(reader, MEDIA_TYPE_BYTES_MAX),
      sizeBytes: reader.varint(),
    };
    checkFile(file);
    const packed = reader.rest();
    const text = packed.length === 0 ? "" : packer.unpackText(packed, TEXT_BYTES_MAX);
    if (packed.length > 0) checkText(text);
    return { sentAtMs, file, replyTo, text };
  }
  const replyTo = kind === KIND.text ? undefined : toHex(reader.bytes(MARK_BYTES));
  const text = packer.unpackText(reader.rest(), TEXT_BYTES_MAX);
  checkText(text);
  return { sentAtMs, replyTo, text };
}

/** @throws MessagesError("bad-file") for a note that may not be sent, and is not shown */
export function checkFile({ link, name, mediaType }: FileNote): void {
  const fits =
    utf8(link).length <= FILE_LINK_BYTES_MAX &&
    utf8(name).length <= FILE_NAME_BYTES_MAX &&
    utf8(mediaType).length <= MEDIA_TYPE_BYTES_MAX;
  // People type what stands in a link into their shells.
  const isLink = link.startsWith(LINK_PREFIX) && /^[a-z0-9]+$/.test(link.slice(LINK_PREFIX.length));
  if (fits && isLink && name !== "" && !/\p{Cc}/u.test(name + mediaType)) return;
  throw new MessagesError(
    "bad-file",
    `A file needs a link that is '${LINK_PREFIX}' and letters and digits, and a name of 1 to ${FILE_NAME_BYTES_MAX} bytes.`,
  );
}

/**
 * Names a message on all devices of both sides: the first 6 bytes, in hexadecimal, of SHA-256 over
 * "peernet message mark v1", the sender's person id, the kind and the content.
 */
export function markOf(suite: CryptoSuite, sender: PersonId, { kind, content }: Content): string {
  const person = must(fromHex(sender), "a person id is hexadecimal");
  const head = new Writer(1).u8(kind).done();
  return toHex(suite.sha256(MARK_CONTEXT, person, head, content).subarray(0, MARK_BYTES));
}

/** Whole seconds since 1970 that fit four bytes: a clock before 1970 counts as 1970. */
function secondsOf(ms: number): number {
  return Math.max(0, Math.min(0xffff_ffff, Math.floor(ms / 1_000)));
}

function markBytes(mark: string | undefined): Uint8Array {
  return mark === undefined ? NO_BYTES : must(fromHex(mark), "a mark is hexadecimal");
}

function field(reader: Reader, bytesMax: number): string {
  const length = reader.varint();
  if (length > bytesMax) throw new WireError("too-large", "A field of a file note is too long.");
  return textOf(reader.bytes(length));
}

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new WireError("malformed", "A text is not UTF-8.");
  return text;
}

/** What I wrote to somebody, for my own other devices. */
export interface Copied extends Content {
  readonly to: PersonId;
}

/** The content of a `copy`. */
export function copyContent({ to, kind, content }: Copied): Uint8Array {
  const person = must(fromHex(to), "a person id is hexadecimal");
  return new Writer(content.length + 17).bytes(person).u8(kind).bytes(content).done();
}

/** @throws WireError */
export function readCopy(content: Uint8Array): Copied {
  const reader = new Reader(content);
  return { to: toHex(reader.bytes(PERSON_ID_BYTES)), kind: reader.u8(), content: reader.rest() };
}

/** The content of a `receipt`: all letters up to this number have been read. */
export function receiptContent(number: number): Uint8Array {
  return new Writer(8).varint(number).done();
}

/** @throws WireError */
export function readReceipt(content: Uint8Array): number {
  const reader = new Reader(content);
  const number = reader.varint();
  reader.end();
  return number;
}

/** The content of a `moved`: where the text was before, and the content that it has now. */
export function movedContent(place: OldPlace, content: Uint8Array): Uint8Array {
  const feedId = must(fromHex(place.feedId), "a feed id is hexadecimal");
  return new Writer(content.length + 22).bytes(feedId).u48(place.seq).bytes(content).done();
}

/** @throws WireError */
export function readMoved(content: Uint8Array): { place: OldPlace; content: Uint8Array } {
  const reader = new Reader(content);
  const place = { feedId: toHex(reader.bytes(FEED_ID_BYTES)), seq: reader.u48() };
  return { place, content: reader.rest() };
}
