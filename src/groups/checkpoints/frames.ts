import { utf8 } from "../../base/bytes.ts";
import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { Schema } from "../../wire/schema.ts";
import { OPS_PER_FRAME_MAX } from "../limits.ts";
import { limits } from "../log/index.ts";
import { HELLO_BYTES } from "../protocol.ts";
import { WORDS_DIGEST_BYTES } from "./book.ts";
import { PART_BYTES_MAX, WORD_BYTES_MAX, WORDS_PER_FRAME_MAX } from "./limits.ts";

/** Name of the session service. */
export const CHECKPOINT_SERVICE = "group-checkpoint";
/** What the tag in a hello is made for. */
export const CHECKPOINT_TAG_LABEL: Uint8Array = utf8("peernet group checkpoint hello v1");

/** One frame on a stream of the service. */
export type CheckpointFrame =
  /**
   * The opener knows a group, by the tag `g`, and words with the digest `d`. `w`: it is a newcomer
   * and wants a checkpoint.
   */
  | {
      readonly t: "hello";
      readonly v: 1;
      readonly n: Uint8Array;
      readonly g: Uint8Array;
      readonly d: Uint8Array;
      readonly w: boolean;
    }
  /** Owners' words on checkpoints. */
  | { readonly t: "words"; readonly l: readonly Uint8Array[] }
  /** The next bytes of the checkpoint that the words before are about. */
  | { readonly t: "part"; readonly b: Uint8Array }
  /** Operations that are younger, or by which the asker belongs to the group. */
  | { readonly t: "ops"; readonly o: readonly Uint8Array[] }
  /** Nothing follows. `w`: whoever says so has the whole history. */
  | { readonly t: "done"; readonly w: boolean };

const frameSchema: Schema<CheckpointFrame> = schema.union({
  hello: schema.record({
    t: schema.literal("hello"),
    v: schema.literal(1),
    n: schema.bytes(HELLO_BYTES),
    g: schema.bytes(HELLO_BYTES),
    d: schema.bytes(WORDS_DIGEST_BYTES),
    w: schema.boolean,
  }),
  words: schema.record({
    t: schema.literal("words"),
    l: schema.list(schema.bytes(1, WORD_BYTES_MAX), WORDS_PER_FRAME_MAX),
  }),
  part: schema.record({ t: schema.literal("part"), b: schema.bytes(1, PART_BYTES_MAX) }),
  ops: schema.record({
    t: schema.literal("ops"),
    o: schema.list(schema.bytes(1, limits.OP_BYTES_MAX), OPS_PER_FRAME_MAX),
  }),
  done: schema.record({ t: schema.literal("done"), w: schema.boolean }),
});

/** The frame with its length field, ready for a stream. */
export function encodeCheckpointFrame(frame: CheckpointFrame): Uint8Array {
  return frameOf(encodeCbor(frame));
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeCheckpointFrame(content: Uint8Array): CheckpointFrame {
  return frameSchema(decodeCbor(content), "frame");
}
