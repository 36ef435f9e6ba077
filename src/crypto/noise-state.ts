import { concatBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import { hkdfSha256 } from "./hkdf.ts";
import { noiseNonce } from "./noise-nonce.ts";
import type { NoisePattern } from "./noise-patterns.ts";
import { type AeadKey, type AeadName, CryptoError, type CryptoSuite } from "./suite.ts";

const HASH_BYTES = 32;
const CIPHER_NAMES: Readonly<Record<AeadName, string>> = {
  "chacha20-poly1305": "ChaChaPoly",
  "aes-256-gcm": "AESGCM",
};

/** Everything that a message changes; its parts are replaced, never written into. */
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
 * with SHA-256. `save` and `restore` cost one reference, so a forged message can be undone.
 */
export class NoiseSymmetricState {
  readonly #suite: CryptoSuite;
  readonly #cipherName: AeadName;
  #now: Transcript;

  constructor(suite: CryptoSuite, pattern: NoisePattern, cipherName: AeadName) {
    this.#suite = suite;
    this.#cipherName = cipherName;
    // No name that can come up here is longer than the hash; a longer one would be hashed.
    const hash = new Uint8Array(HASH_BYTES);
    hash.set(utf8(`Noise_${pattern}_25519_${CIPHER_NAMES[cipherName]}_SHA256`));
    this.#now = { chainingKey: hash, hash, cipher: undefined, counter: 0 };
  }

  /** The hash over all that was said: the same on both sides, and only there. */
  get hash(): Uint8Array {
    return this.#now.hash;
  }

  /** Whether a key has been agreed on, so that what follows is sealed. */
  get hasKey(): boolean {
    return this.#now.cipher !== undefined;
  }

  save(): Transcript {
    return this.#now;
  }

  restore(saved: Transcript): void {
    this.#now = saved;
  }

  mixHash(data: Uint8Array): void {
    this.#now = { ...this.#now, hash: this.#suite.sha256(this.#now.hash, data) };
  }

  mixKey(secret: Uint8Array): void {
    const { chainingKey, key } = this.#derive(secret);
    const cipher = this.#suite.aead(this.#cipherName, key);
    this.#now = { chainingKey, hash: this.#now.hash, cipher, counter: 0 };
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const { cipher, counter, hash } = this.#now;
    const sealed = cipher?.seal(noiseNonce(counter, this.#cipherName), hash, plaintext);
    this.mixHash(sealed ?? plaintext);
    if (sealed !== undefined) this.#now = { ...this.#now, counter: counter + 1 };
    return sealed ?? plaintext;
  }

  /** @throws CryptoError("decrypt") where the bytes are not what the other side sealed */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const { cipher, counter, hash } = this.#now;
    if (cipher === undefined) {
      this.mixHash(ciphertext);
      return ciphertext;
    }
    const plaintext = cipher.open(noiseNonce(counter, this.#cipherName), hash, ciphertext);
    if (plaintext === undefined) {
      throw new CryptoError(
        "decrypt",
        "The handshake message was altered or is meant for another.",
      );
    }
    this.mixHash(ciphertext);
    this.#now = { ...this.#now, counter: counter + 1 };
    return plaintext;
  }

  /**
   * The two transport keys, what the initiator seals with and then the responder, and a secret from
   * which further keys may be made: HKDF with three outputs (section 4.3), whose first two are
   * those of Split().
   * @param cipher for which AEAD the keys are; the handshake's own where nothing is said
   */
  split(cipher: AeadName = this.#cipherName): NoiseSplit {
    const output = hkdfSha256(
      this.#suite,
      this.#now.chainingKey,
      NO_BYTES,
      3 * HASH_BYTES,
      NO_BYTES,
    );
    const key = (at: number) =>
      this.#suite.aead(cipher, output.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
    return { first: key(0), second: key(1), secret: output.slice(2 * HASH_BYTES) };
  }

  /** A secret of 32 bytes bound to all that was said so far; see `NoiseHandshake.exportSecret`. */
  exportSecret(label: Uint8Array): Uint8Array {
    const { chainingKey, hash } = this.#now;
    return hkdfSha256(this.#suite, chainingKey, NO_BYTES, HASH_BYTES, concatBytes(label, hash));
  }

  #derive(secret: Uint8Array): { readonly chainingKey: Uint8Array; readonly key: Uint8Array } {
    const output = hkdfSha256(this.#suite, this.#now.chainingKey, secret, 2 * HASH_BYTES, NO_BYTES);
    return { chainingKey: output.subarray(0, HASH_BYTES), key: output.subarray(HASH_BYTES) };
  }
}
