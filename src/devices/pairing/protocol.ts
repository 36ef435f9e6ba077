import { KEY_BYTES, SIGNATURE_BYTES } from "../../crypto/index.ts";
import { frameOf } from "../../feed/index.ts";
import { VOUCHERS_MAX } from "../../identity/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../../wire/index.ts";
import { COPIED_RECORD_BYTES_MAX, OP_BYTES_MAX, OPS_PER_FRAME_MAX } from "../limits.ts";
import { COMMITMENT_BYTES, COMPARISON_NONCE_BYTES } from "./comparison.ts";

/** Name of the session service by which a new device joins its person. */
export const PAIRING_SERVICE = "pairing";

/** Records in one frame. */
export const RECORDS_PER_FRAME_MAX = 256;

const KEY_CHARS_MAX = 128;
const nonce = schema.bytes(COMPARISON_NONCE_BYTES);
const name = schema.text(limits.NAME_BYTES_MAX);
const key = schema.bytes(KEY_BYTES);
const signature = schema.bytes(SIGNATURE_BYTES);

const frameSchema = schema.union({
  ask: schema.record({
    t: schema.literal("ask"),
    c: schema.optional(schema.bytes(COMMITMENT_BYTES)),
    k: schema.optional(schema.bytes(32)),
    n: name,
  }),
  nonce: schema.record({ t: schema.literal("nonce"), r: nonce }),
  open: schema.record({ t: schema.literal("open"), r: nonce }),
  refused: schema.record({
    t: schema.literal("refused"),
    r: schema.oneOf("not-open", "busy", "wrong-link", "words-differ", "failed"),
  }),
  grant: schema.record({
    t: schema.literal("grant"),
    a: schema.list(schema.record({ k: key, s: signature }), VOUCHERS_MAX),
    d: key,
    k: key,
    n: name,
    s: signature,
  }),
  ops: schema.record({
    t: schema.literal("ops"),
    l: schema.list(schema.bytes(1, OP_BYTES_MAX), OPS_PER_FRAME_MAX),
  }),
  records: schema.record({
    t: schema.literal("records"),
    l: schema.list(
      schema.record({ k: schema.text(KEY_CHARS_MAX), v: schema.bytes(0, COPIED_RECORD_BYTES_MAX) }),
      RECORDS_PER_FRAME_MAX,
    ),
  }),
  end: schema.record({ t: schema.literal("end") }),
  done: schema.record({ t: schema.literal("done") }),
});

/** Why a device was not taken in. */
export type PairingRefusal = "not-open" | "busy" | "wrong-link" | "words-differ" | "failed";

/** A record that the new device copies. */
export type CopiedRecord = { readonly k: string; readonly v: Uint8Array };

/** One frame of a pairing. */
export type PairingFrame =
  /** New device: let me in; `c` commits to its number for words, `k` proves a link's secret. */
  | {
      readonly t: "ask";
      readonly c?: Uint8Array;
      readonly k?: Uint8Array;
      readonly n: string;
    }
  /** Standing device: its number for the words. */
  | { readonly t: "nonce"; readonly r: Uint8Array }
  /** New device: the number it is committed to. */
  | { readonly t: "open"; readonly r: Uint8Array }
  | { readonly t: "refused"; readonly r: PairingRefusal }
  /** Standing device: the certificate (`k`, `d`, `s`, vouchers `a`) and its own name. */
  | {
      readonly t: "grant";
      readonly a: readonly { readonly k: Uint8Array; readonly s: Uint8Array }[];
      readonly d: Uint8Array;
      readonly k: Uint8Array;
      readonly n: string;
      readonly s: Uint8Array;
    }
  /** Standing device: the person's device log. */
  | { readonly t: "ops"; readonly l: readonly Uint8Array[] }
  | { readonly t: "records"; readonly l: readonly CopiedRecord[] }
  | { readonly t: "end" }
  /** New device: all of it is on disk. */
  | { readonly t: "done" };

/** The frame with its length field. */
export function encodeFrame(frame: PairingFrame): Uint8Array {
  return frameOf(encodeCbor(frame));
}

/** @throws WireError for anything that is no frame of this protocol */
export function decodeFrame(content: Uint8Array): PairingFrame {
  return frameSchema(decodeCbor(content), "frame");
}
