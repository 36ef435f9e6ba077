import { fromHex, fromUtf8, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { checkFile, type FileNote, MARK_BYTES } from "../body.ts";
import {
  FILE_LINK_BYTES_MAX,
  FILE_NAME_BYTES_MAX,
  HISTORY_ITEMS_PER_LETTER_MAX,
  MEDIA_TYPE_BYTES_MAX,
  TEXT_BYTES_MAX,
} from "../limits.ts";
import { checkText } from "../text.ts";
import type { Message } from "../types.ts";

const ID_BYTES = 16;
const FLAGS = { last: 1, live: 2 } as const;
const BITS = { out: 1, read: 2, reply: 4, file: 8 } as const;
/** Where a message stands: the conversation with a person. Others are of a newer Peernet. */
const OF_PERSON = 0;

/** A message as one own device tells it to another. */
export interface OldMessage extends Pick<Message, "personId" | "direction" | "text" | "file"> {
  readonly isRead: boolean;
  /** Hexadecimal. */
  readonly mark: string;
  readonly replyTo: string | undefined;
  readonly sentAtMs: number;
}

/** What one letter of kind `history` says. */
export interface HistoryPage {
  /** Whether older ones do not follow. */
  readonly isLast: boolean;
  /** Whether it came just now; else messages of the past, the newest first. */
  readonly isLive: boolean;
  readonly messages: readonly OldMessage[];
}

/**
 * Flags (1: 1 the last, 2 live), then for each message: 0, person (16), bits (1: 1 sent by us, 2 read,
 * 4 an answer, 8 a file), mark (6), sent at (6, milliseconds), the mark that it answers (6), the file (link,
 * name, media type, each a varint and UTF-8, size (varint)), text (varint, UTF-8).
 */
export function encodePage({ isLast, isLive, messages }: HistoryPage): Uint8Array {
  const writer = new Writer(256);
  writer.u8((isLast ? FLAGS.last : 0) | (isLive ? FLAGS.live : 0));
  for (const message of messages) writer.bytes(encodeOld(message));
  return writer.done();
}

/** Bytes of one message in a page. */
export function encodeOld(message: OldMessage): Uint8Array {
  const { direction, isRead, replyTo, file } = message;
  const bits =
    (direction === "out" ? BITS.out : 0) |
    (isRead ? BITS.read : 0) |
    (replyTo === undefined ? 0 : BITS.reply) |
    (file === undefined ? 0 : BITS.file);
  const writer = new Writer(message.text.length + 128);
  writer.u8(OF_PERSON).bytes(hex(message.personId)).u8(bits);
  writer.bytes(hex(message.mark)).u48(Math.max(0, Math.floor(message.sentAtMs)));
  if (replyTo !== undefined) writer.bytes(hex(replyTo));
  if (file !== undefined) {
    writer.text(file.link).text(file.name).text(file.mediaType).varint(file.sizeBytes);
  }
  const text = utf8(message.text);
  return writer.varint(text.length).bytes(text).done();
}

/** @throws WireError | MessagesError for what no Peernet would have written */
export function decodePage(content: Uint8Array): HistoryPage {
  const reader = new Reader(content);
  const flags = reader.u8();
  const messages: OldMessage[] = [];
  while (reader.left > 0) {
    if (messages.length >= HISTORY_ITEMS_PER_LETTER_MAX) {
      throw new WireError("too-large", "A letter has too many messages of the past.");
    }
    messages.push(readOld(reader));
  }
  return {
    isLast: (flags & FLAGS.last) !== 0,
    isLive: (flags & FLAGS.live) !== 0,
    messages,
  };
}

function readOld(reader: Reader): OldMessage {
  if (reader.u8() !== OF_PERSON) throw new WireError("out-of-range", "A place of no known kind.");
  const personId = toHex(reader.bytes(ID_BYTES));
  const bits = reader.u8();
  const mark = toHex(reader.bytes(MARK_BYTES));
  const sentAtMs = reader.u48();
  const replyTo = bits & BITS.reply ? toHex(reader.bytes(MARK_BYTES)) : undefined;
  const file = bits & BITS.file ? readFile(reader) : undefined;
  const text = textOf(reader, TEXT_BYTES_MAX);
  if (text !== "" || file === undefined) checkText(text);
  return {
    ...{ personId, mark, sentAtMs, replyTo, file, text },
    direction: bits & BITS.out ? "out" : "in",
    isRead: (bits & BITS.read) !== 0,
  };
}

function readFile(reader: Reader): FileNote {
  const file = {
    link: textOf(reader, FILE_LINK_BYTES_MAX),
    name: textOf(reader, FILE_NAME_BYTES_MAX),
    mediaType: textOf(reader, MEDIA_TYPE_BYTES_MAX),
    sizeBytes: reader.varint(),
  };
  checkFile(file);
  return file;
}

function textOf(reader: Reader, bytesMax: number): string {
  const length = reader.varint();
  if (length > bytesMax) throw new WireError("too-large", "A field of an old message is too long.");
  const text = fromUtf8(reader.bytes(length));
  if (text === undefined) throw new WireError("malformed", "A text is not UTF-8.");
  return text;
}

function hex(digits: string): Uint8Array {
  return must(fromHex(digits), "ids and marks are hexadecimal");
}
