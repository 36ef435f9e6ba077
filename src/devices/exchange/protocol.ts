import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { HEADS_TOLD_MAX, OP_BYTES_MAX, OPS_PER_FRAME_MAX } from "../limits.ts";
import { OP_ID_BYTES } from "../log/op.ts";

/** Name of the session service by which devices of contacts tell each other their logs. */
export const DEVICES_SERVICE = "devices";

const heads = schema.list(schema.bytes(OP_ID_BYTES), HEADS_TOLD_MAX);
const frameSchema = schema.union({
  hello: schema.record({ t: schema.literal("hello"), m: heads, y: heads }),
  ops: schema.record({
    t: schema.literal("ops"),
    l: schema.list(schema.bytes(1, OP_BYTES_MAX), OPS_PER_FRAME_MAX),
    p: schema.oneOf("mine", "yours"),
  }),
  end: schema.record({ t: schema.literal("end") }),
});

/** Whose log is meant, as the sender sees it. */
export type Whose = "mine" | "yours";

/** One frame of an exchange. */
export type ExchangeFrame =
  /** Heads of the sender's own log, and of the copy that it has of the receiver's. */
  | { readonly t: "hello"; readonly m: readonly Uint8Array[]; readonly y: readonly Uint8Array[] }
  | { readonly t: "ops"; readonly p: Whose; readonly l: readonly Uint8Array[] }
  | { readonly t: "end" };

/** The frame with its length field. */
export function encodeFrame(frame: ExchangeFrame): Uint8Array {
  return frameOf(encodeCbor(frame));
}

/** @throws WireError for anything that is no frame of this protocol */
export function decodeFrame(content: Uint8Array): ExchangeFrame {
  return frameSchema(decodeCbor(content), "frame");
}
