import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { Talk } from "../talk.ts";
import { PICTURE_BYTES_MAX, PICTURE_FRAME_BYTES_MAX } from "./limits.ts";

/** Name of the session service. */
export const PICTURE_SERVICE = "picture";

const time = schema.integer(1, Number.MAX_SAFE_INTEGER);
const frameSchema = schema.union({
  have: schema.record({ t: schema.literal("have"), a: time }),
  give: schema.record({
    t: schema.literal("give"),
    a: time,
    b: schema.bytes(0, PICTURE_BYTES_MAX),
  }),
  want: schema.record({ t: schema.literal("want") }),
  same: schema.record({ t: schema.literal("same") }),
});

/** What opens an exchange: since when the own picture is as it is, and the picture itself; empty: none any more. */
export type PictureOffer =
  | { readonly t: "have"; readonly a: number }
  | { readonly t: "give"; readonly a: number; readonly b: Uint8Array };

/** What answers it: it is to be given, or nothing is to be given any more. */
export type PictureAnswer = { readonly t: "want" } | { readonly t: "same" };

/** What is said on the streams of the `picture` service. */
export const PICTURE_TALK: Talk<PictureOffer, PictureAnswer> = {
  service: PICTURE_SERVICE,
  frameBytesMax: PICTURE_FRAME_BYTES_MAX,
  encode: (frame) => frameOf(encodeCbor(frame)),
  decode: (content) => frameSchema(decodeCbor(content), "frame"),
  isQuestion: (frame) => frame.t === "have" || frame.t === "give",
};
