import { assert } from "../../../base/errors.ts";
import type { Hashes } from "../crypto-hash.ts";
import { EVP_SMALL_BYTES } from "../limits.ts";
import { findDigest } from "./evp-digest.ts";
import type { Ffi, NativeFunction } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

const HASH_BYTES = 32;
/** Bytes that SHA-256 takes in at a time; a key of HMAC is filled up to as many (RFC 2104). */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const RESULT_AT = 0;
const OUTER_AT = RESULT_AT + HASH_BYTES;
const INNER_AT = OUTER_AT + BLOCK_BYTES + HASH_BYTES;
const TEXT_AT = INNER_AT + BLOCK_BYTES;

/**
 * SHA-256 by OpenSSL itself, a call for each short hash: node:crypto takes two to ten times as
 * long. Long texts are hashed where they lie.
 */
export class EvpHashes implements Hashes {
  readonly #digest: NativeFunction;
  readonly #digestBytes: NativeFunction;
  readonly #algorithm: number;
  readonly #memory: Pinned;
  readonly #large: Hashes;
  /** A hash in several calls: where it is kept, and the functions of its steps. */
  readonly #context: number;
  /** One that goes on after its hash was asked for. */
  readonly #longer: number;
  readonly #copy: NativeFunction;
  readonly #begin: NativeFunction;
  readonly #update: NativeFunction;
  readonly #end: NativeFunction;

  /**
   * @param large takes the long texts of HMAC
   * @throws Error where this node has another library for cryptography
   */
  constructor(ffi: Ffi, large: Hashes) {
    const { digest, algorithm } = findDigest(ffi);
    this.#digest = digest;
    this.#algorithm = algorithm;
    this.#digestBytes = ffi.find("EVP_Digest", [
      ...(["bytes", "address", "address", "address", "address", "address"] as const),
    ]);
    const newContext = ffi.find("EVP_MD_CTX_new", [], "address");
    [this.#context, this.#longer] = [newContext(), newContext()];
    assert(this.#context !== 0 && this.#longer !== 0, "OpenSSL has no memory left");
    this.#copy = ffi.find("EVP_MD_CTX_copy_ex", ["address", "address"]);
    this.#begin = ffi.find("EVP_DigestInit_ex", ["address", "address", "address"]);
    this.#update = ffi.find("EVP_DigestUpdate", ["address", "bytes", "address"]);
    this.#end = ffi.find("EVP_DigestFinal_ex", ["address", "address", "address"]);
    this.#memory = new Pinned(ffi, TEXT_AT + EVP_SMALL_BYTES);
    this.#large = large;
  }

  sha256(...parts: readonly Uint8Array[]): Uint8Array {
    const bytes = this.#put(parts);
    const [first] = parts;
    if (bytes === undefined && parts.length === 1 && first !== undefined) this.#hashOne(first);
    else if (bytes === undefined) this.#hashParts(parts);
    else this.#hash(TEXT_AT, bytes, RESULT_AT);
    return this.#memory.bytes.slice(RESULT_AT, RESULT_AT + HASH_BYTES);
  }

  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
    const bytes = key.length > BLOCK_BYTES ? undefined : this.#put(parts);
    if (bytes === undefined) return this.#large.hmacSha256(key, ...parts);
    const memory = this.#memory.bytes;
    const { length } = key;
    for (let i = 0; i < length; i++) {
      const byte = key[i] ?? 0;
      memory[INNER_AT + i] = byte ^ INNER_PAD;
      memory[OUTER_AT + i] = byte ^ OUTER_PAD;
    }
    memory.fill(INNER_PAD, INNER_AT + length, INNER_AT + BLOCK_BYTES);
    memory.fill(OUTER_PAD, OUTER_AT + length, OUTER_AT + BLOCK_BYTES);
    this.#hash(INNER_AT, BLOCK_BYTES + bytes, OUTER_AT + BLOCK_BYTES);
    this.#hash(OUTER_AT, BLOCK_BYTES + HASH_BYTES, RESULT_AT);
    const result = memory.slice(RESULT_AT, RESULT_AT + HASH_BYTES);
    // Keys and secrets go in here, and come out.
    memory.fill(0, 0, TEXT_AT + bytes);
    return result;
  }

  sha256Longer(text: Uint8Array, more: (hash: Uint8Array) => Uint8Array): Uint8Array {
    const resultAt = this.#memory.address + RESULT_AT;
    const result = (): Uint8Array => this.#memory.bytes.slice(RESULT_AT, RESULT_AT + HASH_BYTES);
    let made = this.#begin(this.#longer, this.#algorithm, 0);
    made &= this.#update(this.#longer, text, text.length);
    made &= this.#copy(this.#context, this.#longer);
    made &= this.#end(this.#context, resultAt, 0);
    const rest = more(result());
    made &= this.#update(this.#longer, rest, rest.length);
    made &= this.#end(this.#longer, resultAt, 0);
    assert(made === 1, "OpenSSL hashes whatever it is given");
    return result();
  }

  #hashOne(text: Uint8Array): void {
    const resultAt = this.#memory.address + RESULT_AT;
    const made = this.#digestBytes(text, text.length, resultAt, 0, this.#algorithm, 0);
    assert(made === 1, "OpenSSL hashes whatever it is given");
  }

  #hashParts(parts: readonly Uint8Array[]): void {
    let made = this.#begin(this.#context, this.#algorithm, 0);
    for (const part of parts) made &= this.#update(this.#context, part, part.length);
    made &= this.#end(this.#context, this.#memory.address + RESULT_AT, 0);
    assert(made === 1, "OpenSSL hashes whatever it is given");
  }

  /** Lays the parts where the text goes; undefined where they do not fit. */
  #put(parts: readonly Uint8Array[]): number | undefined {
    let bytes = 0;
    for (const part of parts) {
      if (bytes + part.length > EVP_SMALL_BYTES) return undefined;
      this.#memory.bytes.set(part, TEXT_AT + bytes);
      bytes += part.length;
    }
    return bytes;
  }

  #hash(at: number, bytes: number, resultAt: number): void {
    const { address } = this.#memory;
    const made = this.#digest(address + at, bytes, address + resultAt, 0, this.#algorithm, 0);
    assert(made === 1, "OpenSSL hashes whatever it is given");
  }
}
