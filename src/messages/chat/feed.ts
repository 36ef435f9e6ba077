import { toHex } from "../../base/bytes.ts";
import type { FeedId } from "../../feed/index.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { EPOCH_BYTES, hexBytes } from "./entries.ts";
import { ENTRIES_PER_FEED_MAX, FEED_BYTES_MAX } from "./limits.ts";

/** Prefix of the heads of feeds. */
export const FEEDS = "messages/chat/r/f/";
/** Prefix of the entries of feeds. */
export const ENTRIES = "messages/chat/e/";

const KEY_BYTES_MAX = 32_768;
const GENERATION_MAX = 2 ** 48 - 1;

/** What one device wrote to a group under one sender key, as it is kept in memory; a value. */
export interface ChatFeed {
  readonly id: FeedId;
  readonly device: PeerId;
  /** Orders the feeds of a device: milliseconds since 1970 by its clock when it was begun. */
  readonly generation: number;
  readonly epoch: Uint8Array;
  /** Entries that are here, from the first on without a gap. */
  readonly count: number;
  /** SHA-256 of the last one, hexadecimal. */
  readonly head: string;
  readonly sizeBytes: number;
  /** The device signed something else than what is here: nothing more is taken. */
  readonly isForked: boolean;
  /** The sender key as it is saved, where this device was given it. */
  readonly key: Uint8Array | undefined;
  /** The first entry that it may open; 0 without a key. */
  readonly readsFrom: number;
  /** The last entry that was opened, or needed no opening. */
  readonly openedTo: number;
}

const feedSchema = schema.record({
  v: schema.literal(1),
  b: schema.integer(0, FEED_BYTES_MAX),
  d: schema.bytes(16),
  e: schema.bytes(EPOCH_BYTES),
  f: schema.boolean,
  g: schema.integer(0, GENERATION_MAX),
  h: schema.bytes(32),
  k: schema.optional(schema.bytes(1, KEY_BYTES_MAX)),
  n: schema.integer(1, ENTRIES_PER_FEED_MAX),
  o: schema.integer(0, ENTRIES_PER_FEED_MAX),
  r: schema.integer(0, ENTRIES_PER_FEED_MAX),
});

/** The record of a feed's head. */
export function feedWrite(group: string, feed: ChatFeed): RecordWrite {
  const value = encodeCbor({
    v: 1,
    b: feed.sizeBytes,
    d: peerIdToBytes(feed.device),
    e: feed.epoch,
    f: feed.isForked,
    g: feed.generation,
    h: hexBytes(feed.head),
    k: feed.key,
    n: feed.count,
    o: feed.openedTo,
    r: feed.readsFrom,
  });
  return { key: `${FEEDS}${group}/${feed.id}`, value };
}

/** @throws WireError where the record is damaged */
export function decodeFeed(id: FeedId, bytes: Uint8Array): ChatFeed {
  const { b, d, e, f, g, h, k, n, o, r } = feedSchema(decodeCbor(bytes), "group feed");
  return {
    ...{ id, device: peerIdFromBytes(d), generation: g, epoch: e, count: n, head: toHex(h) },
    ...{ sizeBytes: b, isForked: f, key: k, readsFrom: r, openedTo: o },
  };
}

/** Prefix of the entries of one feed. */
export function entriesPrefix(group: string, id: FeedId): string {
  return `${ENTRIES}${group}/${id}/`;
}

/** Key of an entry; sorts as numbers do. */
export function entryKeyOf(group: string, id: FeedId, seq: number): string {
  return entriesPrefix(group, id) + seq.toString(16).padStart(4, "0");
}
