import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import {
  isAllZero,
  isLowOrderDhKey,
  isUnusableSignKey,
  KEY_BYTES,
  SIGNATURE_BYTES,
} from "../crypto/points.ts";
import {
  type AeadKey,
  type AeadName,
  CryptoError,
  type CryptoSuite,
  type DhKey,
  type SigningKey,
  TAG_BYTES,
} from "../crypto/suite.ts";

/**
 * The suite computed by @noble, pure JavaScript: slow, but it shares no line of code with the
 * native one, so the two check each other. Only for tests.
 */
export function createReferenceSuite(): CryptoSuite {
  return {
    fastAead: "chacha20-poly1305",
    sha256: (...parts) => sha256(concatBytes(...parts)),
    hmacSha256: (key, ...parts) => hmac(sha256, key, concatBytes(...parts)),
    signingKey,
    verify,
    dhKey,
    aead,
  };
}

const ORDER = ed25519.Point.Fn.ORDER;

function signingKey(seed: Uint8Array): SigningKey {
  checkLength(seed);
  return { publicKey: ed25519.getPublicKey(seed), sign: (message) => ed25519.sign(message, seed) };
}

/**
 * The check of RFC 8032 section 5.1.7 without the cofactor, as OpenSSL and libsodium do it. The
 * library's own `verify` multiplies by the cofactor and would accept a little more.
 */
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || isUnusableSignKey(publicKey)) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  try {
    const key = ed25519.Point.fromBytes(publicKey);
    const challenge = littleEndian(sha512(concatBytes(r, publicKey, message))) % ORDER;
    const expected = ed25519.Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge));
    return equalBytes(expected.toBytes(), r);
  } catch {
    return false;
  }
}

function dhKey(secret: Uint8Array): DhKey {
  checkLength(secret);
  return {
    publicKey: x25519.getPublicKey(secret),
    dh(theirPublicKey) {
      checkLength(theirPublicKey);
      if (isLowOrderDhKey(theirPublicKey)) throw new CryptoError("low-order", LOW_ORDER);
      const shared = x25519.getSharedSecret(secret, theirPublicKey);
      if (isAllZero(shared)) throw new CryptoError("low-order", LOW_ORDER);
      return shared;
    },
  };
}

function aead(name: AeadName, key: Uint8Array): AeadKey {
  checkLength(key);
  const cipher = name === "aes-256-gcm" ? gcm : chacha20poly1305;
  return {
    seal(nonce, associatedData, plaintext) {
      assert(nonce.length === 12, "an AEAD nonce has 12 bytes");
      return cipher(key, nonce, associatedData).encrypt(plaintext);
    },
    sealInto(nonce, associatedData, plaintext, out) {
      const sealed = cipher(key, nonce, associatedData).encrypt(plaintext);
      out.set(sealed, out.length - sealed.length);
    },
    open(nonce, associatedData, ciphertext) {
      assert(nonce.length === 12, "an AEAD nonce has 12 bytes");
      if (ciphertext.length < TAG_BYTES) return undefined;
      try {
        return cipher(key, nonce, associatedData).decrypt(ciphertext);
      } catch {
        return undefined;
      }
    },
  };
}

const LOW_ORDER = "The other side's key would make a secret that everybody knows; it is refused.";

function checkLength(key: Uint8Array): void {
  if (key.length === KEY_BYTES) return;
  throw new CryptoError("bad-key", `A key has ${KEY_BYTES} bytes, not ${key.length}.`);
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
