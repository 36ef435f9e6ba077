import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import {
  type AeadKey,
  type AeadName,
  type CryptoSuite,
  type DhKey,
  type SigningKey,
  TAG_BYTES,
} from "../crypto/suite.ts";

const SIGN = utf8("toy sign");
const DH = utf8("toy dh");

/**
 * A suite that hides and protects NOTHING: never for real peers. It looks like the real one from
 * outside (sizes, agreement of both sides, refusal of whatever was altered by accident), so that
 * simulations that are about everything else cost less time. Anybody can forge and read.
 * @param real its hash is used as it is
 */
export function createToySuite(real: Pick<CryptoSuite, "sha256">): CryptoSuite {
  // One call with everything in one piece is much cheaper than several updates.
  const one = (...parts: readonly Uint8Array[]): Uint8Array => real.sha256(concatBytes(...parts));
  const signature = (publicKey: Uint8Array, message: Uint8Array): Uint8Array => {
    const half = one(SIGN, publicKey, message);
    return concatBytes(half, half);
  };
  return {
    fastAead: "chacha20-poly1305",
    sha256: one,
    hmacSha256: (key, ...parts) => one(key, ...parts),
    signingKey: (seed): SigningKey => {
      const publicKey = one(SIGN, seed);
      return { publicKey, sign: (message) => signature(publicKey, message) };
    },
    verify: (publicKey, message, given) => equalBytes(given, signature(publicKey, message)),
    dhKey: (secret): DhKey => {
      const publicKey = one(DH, secret);
      // Both sides arrive at the same bytes; so would everybody else.
      return { publicKey, dh: (theirs) => one(DH, mixed(publicKey, theirs)) };
    },
    aead: (_: AeadName, key) => new ToyAead(key),
  };
}

/** The sum of two keys, byte by byte: the same from either side. */
function mixed(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte + (b[at] ?? 0));
}

/** The text as it is, and a checksum that depends on key, nonce, associated data and text. */
class ToyAead implements AeadKey {
  readonly #seed: Uint32Array;

  constructor(key: Uint8Array) {
    this.#seed = absorb(Uint32Array.of(1, 2, 3, 4), key);
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    sealed.set(plaintext);
    sealed.set(this.#tag(nonce, associatedData, plaintext), plaintext.length);
    return sealed;
  }

  sealInto(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
  ): void {
    const sealed = this.seal(nonce, associatedData, plaintext);
    out.set(sealed, out.length - sealed.length);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined {
    const length = ciphertext.length - TAG_BYTES;
    if (length < 0) return undefined;
    const tag = this.#tag(nonce, associatedData, ciphertext.subarray(0, length));
    return equalBytes(tag, ciphertext.subarray(length)) ? ciphertext.slice(0, length) : undefined;
  }

  #tag(nonce: Uint8Array, associatedData: Uint8Array, text: Uint8Array): Uint8Array {
    const state = absorb(absorb(absorb(this.#seed.slice(), nonce), associatedData), text);
    return new Uint8Array(state.buffer);
  }
}

/** Stirs bytes and their number into four words; every bit counts. */
function absorb(state: Uint32Array, bytes: Uint8Array): Uint32Array {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let at = 0; at < bytes.length; at += 4) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    const word = low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    const next = Math.imul(a ^ word, 0x9e3779b1) ^ (d >>> 15);
    a = b;
    b = c;
    c = d;
    d = next ^ (next >>> 13);
  }
  for (let round = 0; round < 8; round++) {
    const next = Math.imul(a ^ bytes.length ^ round, 0x85ebca6b) ^ (d >>> 15);
    a = b;
    b = c;
    c = d;
    d = next ^ (next >>> 16);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
  return state;
}
