import { KEY_BYTES } from "../../crypto/index.ts";
import { Reader, varintBytes, WireError, Writer } from "../../wire/index.ts";
import { RatchetError } from "./errors.ts";
import {
  BUCKET_BYTES,
  BUCKET_OFFSET,
  FLAG_KEY,
  FLAG_KNOWN,
  FLAG_LENGTH,
  FLAG_RESERVED,
  INNER_HEAD_BYTES,
  OLD_BUCKET_OFFSET,
  PADDING_MASK,
} from "./layout.ts";

/** What is sealed in a frame. */
export interface Inner {
  /** The sender's new ratchet key, 32 bytes, until it is acknowledged. */
  readonly ratchetKey: Uint8Array | undefined;
  /** How many frames the sender's chain before this one had, until it is known over there. */
  readonly lastLength: number | undefined;
  /** Whether the sender knows the ratchet key after this chain's. */
  readonly known: boolean;
  /** The lowest 8 bits of how many frames, from the first on without a gap, the sender has opened. */
  readonly acknowledged: number;
  readonly body: Uint8Array;
}

/** The plaintext of a frame, filled up with zero bytes to the next of 2, 18, 34 … bytes. */
export function writeInner(inner: Inner): Uint8Array {
  const { ratchetKey, lastLength, body } = inner;
  const keyBytes = ratchetKey === undefined ? 0 : KEY_BYTES;
  const lengthBytes = lastLength === undefined ? 0 : varintBytes(lastLength);
  const bytes = INNER_HEAD_BYTES + keyBytes + lengthBytes + body.length;
  const padding = paddingOf(bytes);
  const flags =
    (ratchetKey === undefined ? 0 : FLAG_KEY) |
    (lastLength === undefined ? 0 : FLAG_LENGTH) |
    (inner.known ? FLAG_KNOWN : 0);
  const plaintext = new Uint8Array(bytes + padding);
  plaintext[0] = flags | padding;
  plaintext[1] = inner.acknowledged;
  if (ratchetKey !== undefined) plaintext.set(ratchetKey, INNER_HEAD_BYTES);
  if (lastLength !== undefined) {
    plaintext.set(new Writer(lengthBytes).varint(lastLength).done(), INNER_HEAD_BYTES + keyBytes);
  }
  plaintext.set(body, bytes - body.length);
  return plaintext;
}

/**
 * What a plaintext says; byte fields are views of it.
 * @throws RatchetError("malformed")
 */
export function readInner(plaintext: Uint8Array): Inner {
  try {
    const reader = new Reader(plaintext);
    const flags = reader.u8();
    const acknowledged = reader.u8();
    if ((flags & FLAG_RESERVED) !== 0) throw malformed("It has a flag that is not known.");
    const ratchetKey = (flags & FLAG_KEY) === 0 ? undefined : reader.bytes(KEY_BYTES);
    const lastLength = (flags & FLAG_LENGTH) === 0 ? undefined : reader.varint();
    const rest = reader.rest();
    const known = (flags & FLAG_KNOWN) !== 0;
    const body = withoutPadding(plaintext, rest);
    return { ratchetKey, lastLength, known, acknowledged, body };
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw malformed("It is cut short.", cause);
  }
}

/** How many zero bytes fill a plaintext up. */
export function paddingOf(bytes: number): number {
  return (BUCKET_BYTES + BUCKET_OFFSET - (bytes % BUCKET_BYTES)) % BUCKET_BYTES;
}

/**
 * The body at the end of a plaintext, whose first byte says how much of `rest` is padding.
 * @throws RatchetError("malformed")
 */
export function withoutPadding(plaintext: Uint8Array, rest: Uint8Array): Uint8Array {
  const bodyBytes = rest.length - ((plaintext[0] ?? 0) & PADDING_MASK);
  const over = plaintext.length % BUCKET_BYTES;
  if (bodyBytes < 0 || (over !== BUCKET_OFFSET && over !== OLD_BUCKET_OFFSET)) {
    throw malformed("It is not filled up as it should be.");
  }
  for (let i = bodyBytes; i < rest.length; i++) {
    if (rest[i] !== 0) throw malformed("It is not filled up with zero bytes.");
  }
  return rest.subarray(0, bodyBytes);
}

/** Authentic, and against the rules all the same. */
export function malformed(what: string, cause?: unknown): RatchetError {
  const text = `A message frame of a known device breaks the format. ${what}`;
  return new RatchetError("malformed", text, { cause });
}
