import { NO_BYTES, utf8 } from "../base/bytes.ts";
import { hkdfPair } from "./hkdf.ts";
import { noiseNonce } from "./noise-nonce.ts";
import type { NoisePattern } from "./noise-patterns.ts";
import { type AeadKey, type AeadName, CryptoError, type CryptoSuite } from "./suite.ts";

const HASH_BYTES = 32;
const CIPHER_NAMES: Readonly<Record<AeadName, string>> = {
  "chacha20-poly1305": "ChaChaPoly",
  "aes-256-gcm": "AESGCM",
};

/** Everything that a message changes; the arrays in it are replaced, never written into. */
interface Transcript {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
  readonly cipher: AeadKey | undefined;
  readonly counter: number;
}

/**
 * The SymmetricState and CipherState of a handshake (Noise revision 34, sections 5.1 and 5.2)
 * with SHA-256. `save` and `restore` undo a forged message.
 */
export class NoiseSymmetricState {
  readonly #suite: CryptoSuite;
  readonly #cipherName: AeadName;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: AeadKey | undefined;
  #counter = 0;

  constructor(suite: CryptoSuite, pattern: NoisePattern, cipherName: AeadName) {
    this.#suite = suite;
    this.#cipherName = cipherName;
    this.#hash = firstHash(pattern, cipherName);
    this.#chainingKey = this.#hash;
  }

  /** The hash over all that was said: the same on both sides, and only there. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Whether a key has been agreed on, so that what follows is sealed. */
  get hasKey(): boolean {
    return this.#cipher !== undefined;
  }

  save(): Transcript {
    return {
      chainingKey: this.#chainingKey,
      hash: this.#hash,
      cipher: this.#cipher,
      counter: this.#counter,
    };
  }

  restore(saved: Transcript): void {
    this.#chainingKey = saved.chainingKey;
    this.#hash = saved.hash;
    this.#cipher = saved.cipher;
    this.#counter = saved.counter;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#suite.sha256(this.#hash, data);
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = hkdfPair(this.#suite, this.#chainingKey, secret);
    this.#chainingKey = chainingKey;
    this.#cipher = this.#suite.aead(this.#cipherName, key);
    this.#counter = 0;
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const nonce = noiseNonce(this.#counter, this.#cipherName);
    const sealed = this.#cipher?.seal(nonce, this.#hash, plaintext);
    this.mixHash(sealed ?? plaintext);
    if (sealed !== undefined) this.#counter++;
    return sealed ?? plaintext;
  }

  /** @throws CryptoError("decrypt") where the bytes are not what the other side sealed */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    if (this.#cipher === undefined) {
      this.mixHash(ciphertext);
      return ciphertext;
    }
    const nonce = noiseNonce(this.#counter, this.#cipherName);
    const plaintext = this.#cipher.open(nonce, this.#hash, ciphertext);
    if (plaintext === undefined) {
      throw new CryptoError(
        "decrypt",
        "The handshake message was altered or is meant for another.",
      );
    }
    this.mixHash(ciphertext);
    this.#counter++;
    return plaintext;
  }

  /** The two transport keys: what the initiator seals with, then the responder. */
  split(): readonly [AeadKey, AeadKey] {
    const [first, second] = hkdfPair(this.#suite, this.#chainingKey, NO_BYTES);
    return [this.#suite.aead(this.#cipherName, first), this.#suite.aead(this.#cipherName, second)];
  }
}

const firstHashes: Map<string, Uint8Array> = new Map();

/** The protocol's name, filled up: none that can come up here is longer than the hash. */
function firstHash(pattern: NoisePattern, cipherName: AeadName): Uint8Array {
  const name = `Noise_${pattern}_25519_${CIPHER_NAMES[cipherName]}_SHA256`;
  let hash = firstHashes.get(name);
  if (hash === undefined) {
    hash = new Uint8Array(HASH_BYTES);
    hash.set(utf8(name));
    firstHashes.set(name, hash);
  }
  return hash;
}
