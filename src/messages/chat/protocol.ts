import { utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { frameOf } from "../../feed/index.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import { decodeCbor, encodeCbor, Reader, schema, WireError, Writer } from "../../wire/index.ts";
import type { Schema } from "../../wire/schema.ts";
import type { Conversation, Seen, SeenRange } from "./conversation.ts";
import { hexBytes } from "./entries.ts";
import {
  CARD_BYTES_MAX,
  CARDS_PER_FRAME_MAX,
  CHAT_ENTRY_BYTES_MAX,
  ENTRIES_PER_FRAME_MAX,
  LINES_PER_FRAME_MAX,
  SEEN_FEEDS_MAX,
} from "./limits.ts";

/** Name of the session service. */
export const CHAT_SERVICE = "group-chat";
/** Bytes of the nonce in a hello, and of the tag that goes with it. */
export const HELLO_BYTES = 16;

const HELLO = utf8("peernet group chat hello v1");
const DIGEST_BYTES = 16;
const LINE_BYTES = 26;
const SEEN_BYTES = 14;
/** In a line: all feeds of the device up to this one are not wanted. */
const DROPPED = 0xffff_ffff;

/** One frame on a stream of the service. */
export type ChatFrame =
  /** The opener: about this group. `g` is a tag that only who knows the group recognises. */
  | { readonly t: "hello"; readonly v: 1; readonly n: Uint8Array; readonly g: Uint8Array }
  /** No such group here, or you are no member as far as is known. */
  | { readonly t: "refused" }
  /** The digest of all that I have. */
  | { readonly t: "state"; readonly d: Uint8Array }
  /** What I have, in lines; `e`: nothing more follows. */
  | { readonly t: "have"; readonly l: Uint8Array; readonly e: boolean }
  | { readonly t: "cards"; readonly l: readonly Uint8Array[] }
  | { readonly t: "entries"; readonly l: readonly Uint8Array[] }
  /** One frame with cards or entries was dealt with. */
  | { readonly t: "took" }
  /** What I have opened of what you wrote. */
  | { readonly t: "seen"; readonly l: Uint8Array };

const frameSchema: Schema<ChatFrame> = schema.union({
  hello: schema.record({
    t: schema.literal("hello"),
    v: schema.literal(1),
    n: schema.bytes(HELLO_BYTES),
    g: schema.bytes(HELLO_BYTES),
  }),
  refused: schema.record({ t: schema.literal("refused") }),
  state: schema.record({ t: schema.literal("state"), d: schema.bytes(DIGEST_BYTES) }),
  have: schema.record({
    t: schema.literal("have"),
    l: schema.bytes(0, LINES_PER_FRAME_MAX * LINE_BYTES),
    e: schema.boolean,
  }),
  cards: schema.record({
    t: schema.literal("cards"),
    l: schema.list(schema.bytes(1, CARD_BYTES_MAX), CARDS_PER_FRAME_MAX),
  }),
  entries: schema.record({
    t: schema.literal("entries"),
    l: schema.list(schema.bytes(1, CHAT_ENTRY_BYTES_MAX), ENTRIES_PER_FRAME_MAX),
  }),
  took: schema.record({ t: schema.literal("took") }),
  seen: schema.record({
    t: schema.literal("seen"),
    l: schema.bytes(0, SEEN_FEEDS_MAX * SEEN_BYTES),
  }),
});

/** The frame with its length field, ready for a stream. */
export function encodeChatFrame(frame: ChatFrame): Uint8Array {
  return frameOf(encodeCbor(frame));
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeChatFrame(content: Uint8Array): ChatFrame {
  return frameSchema(decodeCbor(content), "frame");
}

/** By which the other side recognises a group that it knows, and nobody else does. */
export function chatHelloTag(
  suite: CryptoSuite,
  group: string,
  place: { readonly from: PeerId; readonly to: PeerId; readonly nonce: Uint8Array },
): Uint8Array {
  const { from, to, nonce } = place;
  const tag = suite.hmacSha256(
    hexBytes(group),
    ...[HELLO, nonce, peerIdToBytes(from), peerIdToBytes(to)],
  );
  return tag.subarray(0, HELLO_BYTES);
}

/** What a peer has of one device: a card (generation 0), a feed up to an entry, or no more wanted. */
export interface Line {
  readonly device: PeerId;
  readonly generation: number;
  /** Number of the last entry; of a card, its time in seconds. */
  readonly end: number;
}

/** All that is here, in no order that matters. Devices that are heard no more are left out. */
export function linesOf(chat: Conversation, isHeard: (device: PeerId) => boolean): Line[] {
  const lines: Line[] = [];
  for (const { device, atMs } of chat.cards.values()) {
    if (!isHeard(device)) continue;
    lines.push({ device, generation: 0, end: cardSeconds(atMs) });
    for (const { generation, count } of chat.feedsOf(device)) {
      lines.push({ device, generation, end: count });
    }
    const floor = chat.floors.get(device);
    if (floor !== undefined) lines.push({ device, generation: floor, end: DROPPED });
  }
  return lines;
}

/** A card's version in a line. */
export function cardSeconds(atMs: number): number {
  return Math.min(DROPPED - 1, Math.floor(atMs / 1_000));
}

/** 16 bytes that are the same where the same is here: the heads of feeds count, too. */
export function digestOf(
  suite: CryptoSuite,
  chat: Conversation,
  isHeard: (device: PeerId) => boolean,
): Uint8Array {
  const words: string[] = [];
  for (const { device, atMs } of chat.cards.values()) {
    if (!isHeard(device)) continue;
    words.push(`${device} ${cardSeconds(atMs)}`);
    for (const feed of chat.feedsOf(device)) words.push(`${feed.id} ${feed.count} ${feed.head}`);
  }
  return suite.sha256(utf8(words.sort().join("\n"))).subarray(0, DIGEST_BYTES);
}

/** Device (16), generation (6) and end (4) of each, in as many frames as it takes. */
export function haveFrames(lines: readonly Line[]): readonly ChatFrame[] {
  const frames: ChatFrame[] = [];
  for (let at = 0; at === 0 || at < lines.length; at += LINES_PER_FRAME_MAX) {
    const some = lines.slice(at, at + LINES_PER_FRAME_MAX);
    const writer = new Writer(some.length * LINE_BYTES);
    for (const { device, generation, end } of some) {
      writer.bytes(peerIdToBytes(device)).u48(generation).u32(end);
    }
    const isLast = at + some.length >= lines.length;
    frames.push({ t: "have", l: writer.done(), e: isLast });
  }
  return frames;
}

/** @throws WireError */
export function readLines(bytes: Uint8Array): Line[] {
  if (bytes.length % LINE_BYTES !== 0) throw new WireError("truncated", "A line is cut short.");
  const reader = new Reader(bytes);
  return Array.from({ length: bytes.length / LINE_BYTES }, () => ({
    device: peerIdFromBytes(reader.bytes(16)),
    generation: reader.u48(),
    end: reader.u32(),
  }));
}

/** What the other side has, as it said and as was sent to it since. */
export class Theirs {
  readonly #ends = new Map<string, number>();
  readonly #floors = new Map<PeerId, number>();

  put({ device, generation, end }: Line): void {
    if (end === DROPPED) {
      this.#floors.set(device, Math.max(generation, this.#floors.get(device) ?? -1));
      return;
    }
    const key = `${device}/${generation}`;
    this.#ends.set(key, Math.max(end, this.#ends.get(key) ?? 0));
  }

  /** The last entry of a feed that is there, or the version of a card. */
  end(device: PeerId, generation: number): number {
    if (generation > 0 && generation <= (this.#floors.get(device) ?? -1)) return DROPPED;
    return this.#ends.get(`${device}/${generation}`) ?? 0;
  }

  get size(): number {
    return this.#ends.size + this.#floors.size;
  }
}

/** Generation (6), first entry (4) and last entry (4) of each. */
export function encodeSeen(seen: Seen): Uint8Array {
  const writer = new Writer(seen.size * SEEN_BYTES + 1);
  for (const [generation, { from, to }] of seen) writer.u48(generation).u32(from).u32(to);
  return writer.done();
}

/** @throws WireError */
export function decodeSeen(bytes: Uint8Array): Seen {
  const reader = new Reader(bytes);
  const seen = new Map<number, SeenRange>();
  while (reader.left > 0) seen.set(reader.u48(), { from: reader.u32(), to: reader.u32() });
  return seen;
}

/** What this device has opened of a device's feeds; of the newest ones. */
export function seenOf(chat: Conversation, device: PeerId): Seen {
  const open = [...chat.feedsOf(device)].filter(({ readsFrom }) => readsFrom > 0);
  const newest = open.sort((a, b) => b.generation - a.generation).slice(0, SEEN_FEEDS_MAX);
  return new Map(
    newest.map(({ generation, readsFrom, openedTo }) => [
      generation,
      { from: readsFrom, to: openedTo },
    ]),
  );
}
