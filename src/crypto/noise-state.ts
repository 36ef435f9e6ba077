import { concatBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { hkdfBlocks, hkdfSha256 } from "./hkdf.ts";
import { noiseNonce } from "./noise-nonce.ts";
import type { NoisePattern } from "./noise-patterns.ts";
import { type AeadKey, type AeadName, CryptoError, type CryptoSuite } from "./suite.ts";

const HASH_BYTES = 32;
const TWO_BLOCKS = "HKDF gives two blocks where two are asked for";
const THREE_BLOCKS = "HKDF gives three blocks where three are asked for";
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

/** What a handshake leaves behind. */
export interface NoiseSplit {
  readonly first: AeadKey;
  readonly second: AeadKey;
  /** 32 bytes that say nothing about the keys. */
  readonly secret: Uint8Array;
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
    const [chainingKey, key] = hkdfBlocks(this.#suite, this.#chainingKey, secret, 2, NO_BYTES);
    this.#chainingKey = must(chainingKey, TWO_BLOCKS);
    this.#cipher = this.#suite.aead(this.#cipherName, must(key, TWO_BLOCKS));
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

  /**
   * The two transport keys, what the initiator seals with and then the responder, and a secret from
   * which further keys may be made: HKDF with three outputs (section 4.3), whose first two are
   * those of Split().
   * @param cipher for which AEAD the keys are; the handshake's own where nothing is said
   */
  split(cipher: AeadName = this.#cipherName): NoiseSplit {
    const [first, second, secret] = hkdfBlocks(
      this.#suite,
      this.#chainingKey,
      NO_BYTES,
      3,
      NO_BYTES,
    );
    return {
      first: this.#suite.aead(cipher, must(first, THREE_BLOCKS)),
      second: this.#suite.aead(cipher, must(second, THREE_BLOCKS)),
      secret: must(secret, THREE_BLOCKS),
    };
  }

  /** A secret of 32 bytes bound to all that was said so far; see `NoiseHandshake.exportSecret`. */
  exportSecret(label: Uint8Array): Uint8Array {
    const info = concatBytes(label, this.#hash);
    return hkdfSha256(this.#suite, this.#chainingKey, NO_BYTES, HASH_BYTES, info);
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
