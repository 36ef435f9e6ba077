import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { FEED_ID_BYTES } from "./feed-id.ts";
import { frameOf } from "./frame-splitter.ts";
import type { Head } from "./head.ts";
import { ENTRY_BYTES_MAX, FEEDS_PER_FRAME_MAX, SEQ_MAX } from "./limits.ts";
import type { FeedId } from "./types.ts";

/** Name of the session service. */
export const FEED_SERVICE = "feed";

/** A feed and where it ends for whoever says so. */
export interface Summary extends Head {
  readonly feedId: FeedId;
}

/** Why a reader takes no more of a feed for now. */
export type StopReason = "unwanted" | "forked" | "disk" | "bad";

/** One frame on a feed stream, in either direction. */
export type FeedFrame =
  | { readonly t: "offer" | "have"; readonly feeds: readonly Summary[] }
  | { readonly t: "entry"; readonly bytes: Uint8Array }
  | { readonly t: "ack"; readonly feedId: FeedId; readonly seq: number }
  | { readonly t: "stop"; readonly feedId: FeedId; readonly reason: StopReason };

const feedId = schema.bytes(FEED_ID_BYTES);
const summary = schema.record({
  f: feedId,
  h: schema.bytes(32),
  q: schema.integer(0, SEQ_MAX),
});
const feeds = schema.list(summary, FEEDS_PER_FRAME_MAX);
const frameSchema = schema.union({
  offer: schema.record({ t: schema.literal("offer"), l: feeds }),
  have: schema.record({ t: schema.literal("have"), l: feeds }),
  entry: schema.record({ t: schema.literal("entry"), e: schema.bytes(64, ENTRY_BYTES_MAX) }),
  ack: schema.record({ t: schema.literal("ack"), f: feedId, q: schema.integer(1, SEQ_MAX) }),
  stop: schema.record({
    t: schema.literal("stop"),
    f: feedId,
    r: schema.oneOf("unwanted", "forked", "disk", "bad"),
  }),
});

function idBytes(id: FeedId): Uint8Array {
  return must(fromHex(id), "a feed id is hexadecimal");
}

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: FeedFrame): Uint8Array {
  switch (frame.t) {
    case "offer":
    case "have": {
      const l = frame.feeds.map(({ feedId: id, hash, seq }) => ({
        f: idBytes(id),
        h: hash,
        q: seq,
      }));
      return frameOf(encodeCbor({ t: frame.t, l }));
    }
    case "entry":
      return frameOf(encodeCbor({ t: "entry", e: frame.bytes }));
    case "ack":
      return frameOf(encodeCbor({ t: "ack", f: idBytes(frame.feedId), q: frame.seq }));
    case "stop":
      return frameOf(encodeCbor({ t: "stop", f: idBytes(frame.feedId), r: frame.reason }));
  }
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeFrame(content: Uint8Array): FeedFrame {
  const found = frameSchema(decodeCbor(content), "frame");
  switch (found.t) {
    case "offer":
    case "have":
      return {
        t: found.t,
        feeds: found.l.map(({ f, h, q }) => ({ feedId: toHex(f), hash: h, seq: q })),
      };
    case "entry":
      return { t: "entry", bytes: found.e };
    case "ack":
      return { t: "ack", feedId: toHex(found.f), seq: found.q };
    case "stop":
      return { t: "stop", feedId: toHex(found.f), reason: found.r };
  }
}
