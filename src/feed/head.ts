import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { NO_PREVIOUS } from "./entry.ts";
import { SEQ_MAX } from "./limits.ts";

/** The last entry of a feed as far as it is persisted here. */
export interface Head {
  /** 0 where there is no entry yet. */
  readonly seq: number;
  /** SHA-256 of the entry's encoding; 32 zero bytes where there is none. */
  readonly hash: Uint8Array;
}

/** The head of a feed without entries. */
export const NO_HEAD: Head = { seq: 0, hash: NO_PREVIOUS };

const headSchema = schema.record({ q: schema.integer(1, SEQ_MAX), h: schema.bytes(32) });
const ackSchema = schema.record({ q: schema.integer(1, SEQ_MAX) });
const forkSchema = schema.record({
  a: schema.bytes(1, 1 << 17),
  b: schema.bytes(1, 1 << 17),
  q: schema.integer(1, SEQ_MAX),
});

/** The record of a head. */
export function encodeHead(head: Head): Uint8Array {
  return encodeCbor({ q: head.seq, h: head.hash });
}

/** @throws WireError where the record is damaged */
export function decodeHead(bytes: Uint8Array): Head {
  const found = headSchema(decodeCbor(bytes), "head");
  return { seq: found.q, hash: found.h };
}

/** The record of an acknowledged seq. */
export function encodeAck(seq: number): Uint8Array {
  return encodeCbor({ q: seq });
}

/** @throws WireError where the record is damaged */
export function decodeAck(bytes: Uint8Array): number {
  return ackSchema(decodeCbor(bytes), "acknowledgement").q;
}

/** The record of a fork: the seq and both encoded entries. */
export function encodeFork(seq: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  return encodeCbor({ a: first, b: second, q: seq });
}

/** @throws WireError where the record is damaged */
export function decodeFork(bytes: Uint8Array): {
  seq: number;
  first: Uint8Array;
  second: Uint8Array;
} {
  const found = forkSchema(decodeCbor(bytes), "fork");
  return { seq: found.q, first: found.a, second: found.b };
}
