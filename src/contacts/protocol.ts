import { frameOf } from "../feed/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../wire/index.ts";
import { TOKEN_BYTES } from "./invite.ts";
import { CONTACT_FRAME_BYTES_MAX } from "./limits.ts";
import type { Talk } from "./talk.ts";
import type { ContactRefusal } from "./types.ts";
import { VOW_BYTES_MAX, VOW_BYTES_MIN } from "./vow.ts";

/** Name of the session service. */
export const CONTACT_SERVICE = "contact";

const vow = schema.bytes(VOW_BYTES_MIN, VOW_BYTES_MAX);
const name = schema.text(limits.NAME_BYTES_MAX);
/** What a frame may say. */
export const frameSchema: schema.Schema<ContactFrame> = schema.union({
  request: schema.record({
    t: schema.literal("request"),
    k: schema.bytes(TOKEN_BYTES),
    n: name,
    w: vow,
  }),
  known: schema.record({ t: schema.literal("known"), n: name, o: vow, w: vow }),
  accepted: schema.record({ t: schema.literal("accepted"), w: vow }),
  refused: schema.record({
    t: schema.literal("refused"),
    r: schema.oneOf("unknown-token", "expired", "used-up", "busy", "full"),
  }),
});

/** What opens an exchange; `w` is the asking person's vow, `n` what the person calls itself. */
export type Opening =
  /** `k` is the token of an invite. */
  | { readonly t: "request"; readonly k: Uint8Array; readonly n: string; readonly w: Uint8Array }
  /** `o` is the asked person's own vow, shown back to one of its devices. */
  | { readonly t: "known"; readonly n: string; readonly o: Uint8Array; readonly w: Uint8Array };

/** What answers it: the asked person's vow, or why not. */
export type Answer =
  | { readonly t: "accepted"; readonly w: Uint8Array }
  | { readonly t: "refused"; readonly r: ContactRefusal };

/** One frame on a contact stream. */
export type ContactFrame = Opening | Answer;

/** The frame with its length field. */
export function encodeFrame(frame: ContactFrame): Uint8Array {
  return frameOf(encodeCbor(frame));
}

/** @throws WireError for anything that is no frame of this protocol */
export function decodeFrame(content: Uint8Array): ContactFrame {
  return frameSchema(decodeCbor(content), "frame");
}

/** What is said on the streams of the `contact` service. */
export const CONTACT_TALK: Talk<Opening, Answer> = {
  service: CONTACT_SERVICE,
  frameBytesMax: CONTACT_FRAME_BYTES_MAX,
  encode: encodeFrame,
  decode: decodeFrame,
  isQuestion: (frame) => frame.t === "request" || frame.t === "known",
};
