import { fromHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { frameOf } from "../feed/index.ts";
import type { PeerId } from "../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import type { Schema } from "../wire/schema.ts";
import { LEASE_BYTES_MAX } from "./lease.ts";
import {
  IDS_PER_FRAME_MAX,
  LEASES_PER_FRAME_MAX,
  LINK_CHARS_MAX,
  OPS_PER_FRAME_MAX,
} from "./limits.ts";
import { limits } from "./log/index.ts";
import { BUCKETS, SHORT_ID_BYTES, SUM_BYTES } from "./sums.ts";

/** Name of the session service. */
export const GROUP_SERVICE = "group";
/** Bytes of the nonce in a hello, and of the tag that goes with it. */
export const HELLO_BYTES = 16;

const TAG_LABEL = utf8("peernet group hello v1");

/** One frame on a stream of the service. */
export type GroupFrame =
  /** The opener: I know a group. `g` is a tag that only who knows the group recognises. */
  | { readonly t: "hello"; readonly v: 1; readonly n: Uint8Array; readonly g: Uint8Array }
  /** No such group here, or you do not belong to it. */
  | { readonly t: "refused" }
  /** You do not belong to the group as it is known here: show that you do. */
  | { readonly t: "prove" }
  /** That was all that shows it. */
  | { readonly t: "proved" }
  /** The digest of all that I have. */
  | { readonly t: "state"; readonly d: Uint8Array }
  | { readonly t: "sums"; readonly s: Uint8Array }
  /** What I have in these parts (a bit each); `e`: nothing more follows. */
  | { readonly t: "have"; readonly b: Uint8Array; readonly h: Uint8Array; readonly e: boolean }
  | { readonly t: "ops"; readonly o: readonly Uint8Array[] }
  | { readonly t: "leases"; readonly l: readonly Uint8Array[] }
  /** You belong to a group of which you do not know yet. */
  | { readonly t: "offer"; readonly l: string };

const frameSchema: Schema<GroupFrame> = schema.union({
  hello: schema.record({
    t: schema.literal("hello"),
    v: schema.literal(1),
    n: schema.bytes(HELLO_BYTES),
    g: schema.bytes(HELLO_BYTES),
  }),
  refused: schema.record({ t: schema.literal("refused") }),
  prove: schema.record({ t: schema.literal("prove") }),
  proved: schema.record({ t: schema.literal("proved") }),
  state: schema.record({ t: schema.literal("state"), d: schema.bytes(16) }),
  sums: schema.record({ t: schema.literal("sums"), s: schema.bytes(BUCKETS * SUM_BYTES) }),
  have: schema.record({
    t: schema.literal("have"),
    b: schema.bytes(BUCKETS / 8),
    h: schema.bytes(0, IDS_PER_FRAME_MAX * SHORT_ID_BYTES),
    e: schema.boolean,
  }),
  ops: schema.record({
    t: schema.literal("ops"),
    o: schema.list(schema.bytes(1, limits.OP_BYTES_MAX), OPS_PER_FRAME_MAX),
  }),
  leases: schema.record({
    t: schema.literal("leases"),
    l: schema.list(schema.bytes(1, LEASE_BYTES_MAX), LEASES_PER_FRAME_MAX),
  }),
  offer: schema.record({ t: schema.literal("offer"), l: schema.text(LINK_CHARS_MAX) }),
});

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: GroupFrame): Uint8Array {
  return frameOf(encodeCbor(frame));
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeFrame(content: Uint8Array): GroupFrame {
  return frameSchema(decodeCbor(content), "frame");
}

/** By which the other side recognises a group that it knows, and nobody else does. */
export function helloTag(
  suite: CryptoSuite,
  group: string,
  place: { readonly from: PeerId; readonly to: PeerId; readonly nonce: Uint8Array },
  label: Uint8Array = TAG_LABEL,
): Uint8Array {
  const bytes = (hex: string): Uint8Array => must(fromHex(hex), "ids are hexadecimal");
  const key = bytes(group);
  const tag = suite.hmacSha256(key, label, place.nonce, bytes(place.from), bytes(place.to));
  return tag.subarray(0, HELLO_BYTES);
}
