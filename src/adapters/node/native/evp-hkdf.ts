import { assert } from "../../../base/errors.ts";
import { EVP_SMALL_BYTES } from "../limits.ts";
import { findDigest } from "./evp-digest.ts";
import type { Ffi, NativeFunction } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

const HASH_BYTES = 32;
/** Bytes that SHA-256 takes in at a time; a key of HMAC is filled up to as many (RFC 2104). */
const BLOCK_BYTES = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const INNER_PAD = 0x3636_3636;
const OUTER_PAD = 0x5c5c_5c5c;
const KEY_AT = 0;
const OUTER_AT = KEY_AT + BLOCK_BYTES;
const RESULT_AT = OUTER_AT + BLOCK_BYTES + HASH_BYTES;
const INNER_AT = RESULT_AT + HASH_BYTES;
const TEXT_AT = INNER_AT + BLOCK_BYTES;
/** A block before, and the number of this one; whole words. */
const EXTRA_BYTES = HASH_BYTES + 4;

/**
 * HKDF with SHA-256 by OpenSSL itself: one array for each block that comes out, nothing for the steps in
 * between, and the key is filled up once for all blocks. Handshakes are mostly this, beside the curves.
 */
export class EvpHkdf {
  readonly #digest: NativeFunction;
  readonly #algorithm: number;
  readonly #memory: Pinned;

  /** @throws Error where this node has another library for cryptography */
  constructor(ffi: Ffi) {
    const { digest, algorithm } = findDigest(ffi);
    this.#digest = digest;
    this.#algorithm = algorithm;
    this.#memory = new Pinned(ffi, TEXT_AT + EVP_SMALL_BYTES + EXTRA_BYTES);
  }

  /** As `CryptoSuite.hkdf` says; undefined for what is too long to be copied. */
  blocks(
    salt: Uint8Array,
    secret: Uint8Array,
    count: number,
    info: Uint8Array,
  ): Uint8Array[] | undefined {
    if (salt.length > BLOCK_BYTES || Math.max(secret.length, info.length) > EVP_SMALL_BYTES) {
      return undefined;
    }
    const { bytes } = this.#memory;
    bytes.set(salt, KEY_AT);
    this.#useKey();
    bytes.set(secret, TEXT_AT);
    this.#mac(secret.length, KEY_AT);
    if (salt.length > HASH_BYTES) bytes.fill(0, KEY_AT + HASH_BYTES, KEY_AT + salt.length);
    this.#useKey();
    const made: Uint8Array[] = [];
    let at = TEXT_AT;
    for (let number = 1; number <= count; number++) {
      bytes.set(info, at);
      bytes[at + info.length] = number;
      this.#mac(at + info.length + 1 - TEXT_AT, RESULT_AT);
      made.push(bytes.slice(RESULT_AT, RESULT_AT + HASH_BYTES));
      // Each further one begins with the one before.
      at = TEXT_AT + HASH_BYTES;
      bytes.copyWithin(TEXT_AT, RESULT_AT, RESULT_AT + HASH_BYTES);
    }
    bytes.fill(0, 0, TEXT_AT + Math.max(secret.length, EXTRA_BYTES + info.length));
    return made;
  }

  /** Fills up the key of HMAC for both of its hashes. */
  #useKey(): void {
    const { words } = this.#memory;
    for (let i = 0; i < BLOCK_WORDS; i++) {
      const word = words[KEY_AT / 4 + i] ?? 0;
      words[INNER_AT / 4 + i] = word ^ INNER_PAD;
      words[OUTER_AT / 4 + i] = word ^ OUTER_PAD;
    }
  }

  /** HMAC of so many bytes of text. */
  #mac(textBytes: number, resultAt: number): void {
    this.#hash(INNER_AT, BLOCK_BYTES + textBytes, OUTER_AT + BLOCK_BYTES);
    this.#hash(OUTER_AT, BLOCK_BYTES + HASH_BYTES, resultAt);
  }

  #hash(at: number, sizeBytes: number, resultAt: number): void {
    const { address } = this.#memory;
    const made = this.#digest(address + at, sizeBytes, address + resultAt, 0, this.#algorithm, 0);
    assert(made === 1, "OpenSSL hashes whatever it is given");
  }
}
