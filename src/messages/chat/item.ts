import { toHex } from "../../base/bytes.ts";
import {
  type PeerId,
  type PersonId,
  peerIdFromBytes,
  peerIdToBytes,
} from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { type FileNote, MARK_BYTES } from "../body.ts";
import { FILE_LINK_BYTES_MAX, FILE_NAME_BYTES_MAX, MEDIA_TYPE_BYTES_MAX } from "../limits.ts";
import { hexBytes } from "./entries.ts";
import type { GroupMessage } from "./types.ts";

/** Prefix of messages of groups, without their texts. */
export const CHAT_ITEMS = "messages/chat/r/m/";
/** Prefix of their texts. */
export const CHAT_TEXTS = "messages/chat/t/";

const ID_DIGITS = 12;
const COUNT_MAX = 2 ** 48 - 1;
const MEMBERS_MAX = 4_096;

/** A message of a group as it is kept in memory: everything but the text; a value. */
export interface ChatItem {
  readonly id: string;
  readonly author: PersonId;
  readonly device: PeerId;
  /** The generation of the feed that it came in, and the number of its entry there. */
  readonly generation: number;
  readonly seq: number;
  readonly kind: GroupMessage["kind"];
  readonly sentAtMs: number;
  /** Names it on all devices, hexadecimal. */
  readonly mark: string;
  readonly replyTo: string | undefined;
  readonly file: FileNote | undefined;
  /** Of what others wrote. */
  readonly isUnread: boolean;
  /** Other members when this device wrote it. */
  readonly memberCount: number;
}

const itemSchema = schema.record({
  v: schema.literal(1),
  a: schema.bytes(16),
  d: schema.bytes(16),
  e: schema.optional(schema.bytes(MARK_BYTES)),
  g: schema.integer(0, COUNT_MAX),
  k: schema.oneOf("text", "file", "unreadable", "newer"),
  l: schema.optional(
    schema.record({
      u: schema.text(FILE_LINK_BYTES_MAX),
      n: schema.text(FILE_NAME_BYTES_MAX),
      y: schema.text(MEDIA_TYPE_BYTES_MAX),
      z: schema.integer(0, Number.MAX_SAFE_INTEGER),
    }),
  ),
  m: schema.bytes(MARK_BYTES),
  n: schema.integer(0, MEMBERS_MAX),
  q: schema.integer(1, COUNT_MAX),
  s: schema.integer(0, Number.MAX_SAFE_INTEGER),
  u: schema.boolean,
});

/** The id of the message with this number; ids sort as numbers do. */
export function chatItemId(number: number): string {
  return `g${number.toString(16).padStart(ID_DIGITS, "0")}`;
}

/** The number of an id. */
export function chatItemNumber(id: string): number {
  return Number.parseInt(id.slice(1), 16);
}

/** Key of a message. */
export function chatItemKey(group: string, id: string): string {
  return `${CHAT_ITEMS}${group}/${id}`;
}

/** Key of a message's text; of a kind that is not known here, the content as it came. */
export function chatTextKey(group: string, id: string): string {
  return `${CHAT_TEXTS}${group}/${id}`;
}

/** The record of a message. */
export function chatItemWrite(group: string, item: ChatItem): RecordWrite {
  const { file } = item;
  const value = encodeCbor({
    v: 1,
    a: hexBytes(item.author),
    d: peerIdToBytes(item.device),
    e: item.replyTo === undefined ? undefined : hexBytes(item.replyTo),
    g: item.generation,
    k: item.kind,
    l: file && { u: file.link, n: file.name, y: file.mediaType, z: file.sizeBytes },
    m: hexBytes(item.mark),
    n: item.memberCount,
    q: item.seq,
    s: item.sentAtMs,
    u: item.isUnread,
  });
  return { key: chatItemKey(group, item.id), value };
}

/** @throws WireError where the record is damaged */
export function decodeChatItem(id: string, bytes: Uint8Array): ChatItem {
  const found = itemSchema(decodeCbor(bytes), "group message");
  const { l } = found;
  return {
    id,
    author: toHex(found.a),
    device: peerIdFromBytes(found.d),
    generation: found.g,
    seq: found.q,
    kind: found.k,
    sentAtMs: found.s,
    mark: toHex(found.m),
    replyTo: found.e && toHex(found.e),
    file: l && { link: l.u, name: l.n, mediaType: l.y, sizeBytes: l.z },
    isUnread: found.u,
    memberCount: found.n,
  };
}
