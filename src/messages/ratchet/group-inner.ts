import { SIGNATURE_BYTES } from "../../crypto/index.ts";
import { malformed, paddingOf, withoutPadding } from "./inner.ts";
import { PADDING_MASK } from "./layout.ts";

const FLAG_SIGNED = 0x80;
const HEAD_BYTES = 1;

/** What is sealed in a frame to a group. */
export interface GroupInner {
  readonly body: Uint8Array;
  /** 64 bytes, by the sender's device. */
  readonly signature: Uint8Array | undefined;
}

/** The plaintext of a frame to a group: flags and padding, signature, body, zero bytes. */
export function writeGroupInner(body: Uint8Array, signature: Uint8Array | undefined): Uint8Array {
  const bodyAt = HEAD_BYTES + (signature?.length ?? 0);
  const padding = paddingOf(bodyAt + body.length);
  const plaintext = new Uint8Array(bodyAt + body.length + padding);
  plaintext[0] = (signature === undefined ? 0 : FLAG_SIGNED) | padding;
  if (signature !== undefined) plaintext.set(signature, HEAD_BYTES);
  plaintext.set(body, bodyAt);
  return plaintext;
}

/** Views of the plaintext. @throws RatchetError("malformed") */
export function readGroupInner(plaintext: Uint8Array): GroupInner {
  const flags = plaintext[0] ?? 0;
  if ((flags & ~(FLAG_SIGNED | PADDING_MASK)) !== 0) {
    throw malformed("It has a flag that is not known.");
  }
  const isSigned = (flags & FLAG_SIGNED) !== 0;
  const bodyAt = HEAD_BYTES + (isSigned ? SIGNATURE_BYTES : 0);
  if (plaintext.length < bodyAt) throw malformed("It is cut short.");
  const signature = isSigned ? plaintext.subarray(HEAD_BYTES, bodyAt) : undefined;
  return { body: withoutPadding(plaintext, plaintext.subarray(bodyAt)), signature };
}
