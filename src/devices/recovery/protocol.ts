import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../../wire/index.ts";
import type { Framing } from "../framed.ts";
import { FRIENDS_MAX, RECOVERY_FRAME_BYTES_MAX, SET_BYTES_MAX } from "../limits.ts";
import { COMMITMENT_BYTES, COMPARISON_NONCE_BYTES } from "../pairing/comparison.ts";
import { SET_ID_BYTES, SHARE_BYTES } from "./set.ts";

/** Name of the session service by which shares are given to friends. */
export const KEEPING_SERVICE = "recovery";
/** Name of the session service by which friends give shares back to whoever asks for help. */
export const RESCUE_SERVICE = "rescue";

const set = schema.bytes(1, SET_BYTES_MAX);
const share = schema.bytes(SHARE_BYTES);
const nonce = schema.bytes(COMPARISON_NONCE_BYTES);
const id = schema.bytes(SET_ID_BYTES);

const keepingSchema = schema.union({
  keep: schema.record({ t: schema.literal("keep"), h: share, s: set }),
  drop: schema.record({ t: schema.literal("drop"), i: id }),
  kept: schema.record({ t: schema.literal("kept"), i: id }),
  refused: schema.record({
    t: schema.literal("refused"),
    r: schema.oneOf("older", "full", "disk"),
  }),
});

const rescueSchema = schema.union({
  offer: schema.record({
    t: schema.literal("offer"),
    c: schema.bytes(COMMITMENT_BYTES),
    k: schema.bytes(32),
    n: schema.text(limits.NAME_BYTES_MAX),
  }),
  nonce: schema.record({ t: schema.literal("nonce"), r: nonce }),
  open: schema.record({ t: schema.literal("open"), r: nonce }),
  share: schema.record({ t: schema.literal("share"), h: share, s: set }),
  taken: schema.record({
    t: schema.literal("taken"),
    h: schema.integer(1, FRIENDS_MAX),
    n: schema.integer(1, FRIENDS_MAX),
  }),
  refused: schema.record({
    t: schema.literal("refused"),
    r: schema.oneOf("wrong-link", "bad-share", "busy"),
  }),
});

/** One frame of the keeping service: `keep` and `drop` come from the owner. */
export type KeepingFrame =
  | { readonly t: "keep"; readonly h: Uint8Array; readonly s: Uint8Array }
  | { readonly t: "drop"; readonly i: Uint8Array }
  | { readonly t: "kept"; readonly i: Uint8Array }
  | { readonly t: "refused"; readonly r: "older" | "full" | "disk" };

/** One frame of a rescue: `offer`, `open` and `share` come from the friend. */
export type RescueFrame =
  | {
      readonly t: "offer";
      readonly c: Uint8Array;
      readonly k: Uint8Array;
      readonly n: string;
    }
  | { readonly t: "nonce"; readonly r: Uint8Array }
  | { readonly t: "open"; readonly r: Uint8Array }
  | { readonly t: "share"; readonly h: Uint8Array; readonly s: Uint8Array }
  /** So many shares are there now, so many are needed. */
  | { readonly t: "taken"; readonly h: number; readonly n: number }
  | { readonly t: "refused"; readonly r: "wrong-link" | "bad-share" | "busy" };

/** Frames between owner and friend. */
export const KEEPING_FRAMING: Framing<KeepingFrame> = {
  frameBytesMax: RECOVERY_FRAME_BYTES_MAX,
  decode: (content) => keepingSchema(decodeCbor(content), "frame"),
  encode: (frame) => frameOf(encodeCbor(frame)),
};

/** Frames between friend and whoever asks for help. */
export const RESCUE_FRAMING: Framing<RescueFrame> = {
  frameBytesMax: RECOVERY_FRAME_BYTES_MAX,
  decode: (content) => rescueSchema(decodeCbor(content), "frame"),
  encode: (frame) => frameOf(encodeCbor(frame)),
};
