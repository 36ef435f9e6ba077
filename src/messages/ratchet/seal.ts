import { concatBytes, NO_BYTES } from "../../base/bytes.ts";
import { type CryptoSuite, TAG_BYTES } from "../../crypto/index.ts";
import { SHORT_BIT, SHORT_SEAL_BYTES } from "./layout.ts";

const CIPHER = "chacha20-poly1305";
/** Each key seals one message, so the nonce may stay. */
const NONCE = new Uint8Array(12);
const SHORT_CIPHER = Uint8Array.of(3);
const SHORT_MAC = Uint8Array.of(4);

/** Bytes that the seal of a frame with this head adds. */
export function sealBytes(head: Uint8Array): number {
  return ((head[0] ?? 0) & SHORT_BIT) === 0 ? TAG_BYTES : SHORT_SEAL_BYTES;
}

/**
 * The frame: head, ciphertext, seal; the seal covers the head. Full: ChaCha20-Poly1305 (RFC 8439).
 * Short: ChaCha20, then HMAC-SHA-256 over head and ciphertext cut to 8 bytes, under keys of
 * their own. (Poly1305 cut short would not keep the strength of its length.)
 * @param key 32 bytes, for this one message
 */
export function sealFrame(
  suite: CryptoSuite,
  key: Uint8Array,
  head: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(head.length + plaintext.length + sealBytes(head));
  frame.set(head);
  if (sealBytes(head) === TAG_BYTES) {
    suite.aead(CIPHER, key).sealInto(NONCE, head, plaintext, frame);
    return frame;
  }
  const ciphertext = keystream(suite, key, plaintext);
  frame.set(ciphertext, head.length);
  const mac = shortMac(suite, key, head, ciphertext);
  frame.set(mac, head.length + plaintext.length);
  return frame;
}

/** What is inside a frame, or undefined where anything of it was altered. */
export function openFrame(
  suite: CryptoSuite,
  key: Uint8Array,
  frame: Uint8Array,
  headBytes: number,
): Uint8Array | undefined {
  const head = frame.subarray(0, headBytes);
  const sealed = frame.subarray(headBytes);
  if (sealBytes(head) === TAG_BYTES) return suite.aead(CIPHER, key).open(NONCE, head, sealed);
  if (sealed.length < SHORT_SEAL_BYTES) return undefined;
  const ciphertext = sealed.subarray(0, sealed.length - SHORT_SEAL_BYTES);
  const mac = shortMac(suite, key, head, ciphertext);
  const claimed = sealed.subarray(ciphertext.length);
  let difference = 0;
  for (let i = 0; i < SHORT_SEAL_BYTES; i++) difference |= (mac[i] ?? 0) ^ (claimed[i] ?? 0);
  return difference === 0 ? keystream(suite, key, ciphertext) : undefined;
}

/** Text to ciphertext and back: the stream of ChaCha20, whose Poly1305 tag is left away. */
function keystream(suite: CryptoSuite, key: Uint8Array, text: Uint8Array): Uint8Array {
  const cipher = suite.aead(CIPHER, suite.hmacSha256(key, SHORT_CIPHER));
  return cipher.seal(NONCE, NO_BYTES, text).subarray(0, text.length);
}

function shortMac(
  suite: CryptoSuite,
  key: Uint8Array,
  head: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const macKey = suite.hmacSha256(key, SHORT_MAC);
  return suite.hmacSha256(macKey, concatBytes(head, ciphertext)).subarray(0, SHORT_SEAL_BYTES);
}
