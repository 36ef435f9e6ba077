import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { CHECKPOINT_BYTES_MAX, WORD_BYTES_MAX, WORDS_PER_FRAME_MAX } from "./limits.ts";

const VERSION = 1;

/** The checkpoint with which this device began, until the history behind it is here. */
export interface KeptCheckpoint {
  readonly words: readonly Uint8Array[];
  readonly skeleton: Uint8Array;
  /** When it was taken, by this wall clock, milliseconds since 1970. */
  readonly atMs: number;
}

const keptSchema = schema.record({
  v: schema.literal(VERSION),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  w: schema.list(schema.bytes(1, WORD_BYTES_MAX), WORDS_PER_FRAME_MAX),
  s: schema.bytes(1, CHECKPOINT_BYTES_MAX),
});

/** Key of the checkpoint with which a group began here. */
export function checkpointKey(group: string): string {
  return `groups/checkpoint/${group}`;
}

/** The checkpoint as it is kept. */
export function encodeKept({ words, skeleton, atMs }: KeptCheckpoint): Uint8Array {
  return encodeCbor({ v: VERSION, a: atMs, w: [...words], s: skeleton });
}

/** @throws WireError where it is damaged */
export function decodeKept(bytes: Uint8Array): KeptCheckpoint {
  const { a, w, s } = keptSchema(decodeCbor(bytes), "checkpoint");
  return { words: w, skeleton: s, atMs: a };
}
