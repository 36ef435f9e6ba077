import { cutParts } from "../../../base/bytes.ts";
import { assert } from "../../../base/errors.ts";
import { TAG_BYTES } from "../../../crypto/suite.ts";
import { EVP_ASSOCIATED_BYTES, EVP_SLAB_BYTES, EVP_SMALL_BYTES } from "../limits.ts";
import type { Ffi } from "./ffi.ts";

const NONCE_AT = 0;
const KEY_AT = 16;
const TAG_AT = 48;
const LENGTH_AT = 64;
const ASSOCIATED_AT = 128;
const INPUT_AT = ASSOCIATED_AT + EVP_ASSOCIATED_BYTES;
const OUTPUT_AT: number = INPUT_AT + EVP_SMALL_BYTES;

/** What is copied byte by byte. */
const COPIED_BYTES_MAX = 128;

/**
 * Memory whose address is known, so that no call has to ask for one: a scratch for what goes into
 * OpenSSL, and slabs that small results are cut from, because an array of its own would take
 * longer to make than its bytes to encrypt. Each result keeps its whole slab alive.
 */
export class EvpMemory {
  readonly scratch: Uint8Array = new Uint8Array(OUTPUT_AT + EVP_SMALL_BYTES);
  readonly nonce: number;
  readonly key: number;
  readonly tag: number;
  readonly length: number;
  readonly associated: number;
  readonly input: number;
  /** Where a small result may be put, to be copied on by `copyOutput`. */
  readonly output: number;
  readonly #ffi: Ffi;
  #slab: Uint8Array = new Uint8Array(EVP_SLAB_BYTES);
  #slabAddress: number;
  #used = 0;

  constructor(ffi: Ffi) {
    this.#ffi = ffi;
    const start = ffi.addressOf(this.scratch);
    this.nonce = start + NONCE_AT;
    this.key = start + KEY_AT;
    this.tag = start + TAG_AT;
    this.length = start + LENGTH_AT;
    this.associated = start + ASSOCIATED_AT;
    this.input = start + INPUT_AT;
    this.output = start + OUTPUT_AT;
    this.#slabAddress = ffi.addressOf(this.#slab);
  }

  /** Lays the nonce where `nonce` points; the others do the same. */
  putNonce(bytes: Uint8Array): void {
    this.scratch.set(bytes, NONCE_AT);
  }

  putKey(bytes: Uint8Array): void {
    this.scratch.set(bytes, KEY_AT);
  }

  /** The tag is at the end of them. */
  putTagOf(sealed: Uint8Array): void {
    const at = sealed.length - TAG_BYTES;
    for (let i = 0; i < TAG_BYTES; i++) this.scratch[TAG_AT + i] = sealed[at + i] ?? 0;
  }

  putAssociated(bytes: Uint8Array): void {
    this.scratch.set(bytes, ASSOCIATED_AT);
  }

  putInput(bytes: Uint8Array): void {
    this.scratch.set(bytes, INPUT_AT);
  }

  /** Copies so many bytes from `output`. Short ones byte by byte: a view of them would cost more. */
  copyOutput(bytes: number, into: Uint8Array, at: number): void {
    const { scratch } = this;
    if (bytes > COPIED_BYTES_MAX) into.set(scratch.subarray(OUTPUT_AT, OUTPUT_AT + bytes), at);
    else for (let i = 0; i < bytes; i++) into[at + i] = scratch[OUTPUT_AT + i] ?? 0;
  }

  /** Copies the tag out of the scratch. */
  copyTag(into: Uint8Array, at: number): void {
    for (let i = 0; at + i < into.length; i++) into[at + i] = this.scratch[TAG_AT + i] ?? 0;
  }

  /** Copies the tag into parts that are taken for one array, from its byte `from` on. */
  spreadTag(parts: readonly Uint8Array[], from: number): void {
    let copied = 0;
    for (const part of cutParts(parts, from, from + TAG_BYTES)) {
      part.set(this.scratch.subarray(TAG_AT + copied, TAG_AT + copied + part.length));
      copied += part.length;
    }
    assert(copied === TAG_BYTES, "there is room for text and tag");
  }

  /** Where the next small result of this size will be; `cut` hands it out. */
  room(bytes: number): number {
    if (this.#used + bytes > EVP_SLAB_BYTES) {
      this.#slab = new Uint8Array(EVP_SLAB_BYTES);
      this.#slabAddress = this.#ffi.addressOf(this.#slab);
      this.#used = 0;
    }
    return this.#slabAddress + this.#used;
  }

  /** The result that was written to `room`. */
  cut(bytes: number): Uint8Array {
    const result = new Uint8Array(this.#slab.buffer, this.#used, bytes);
    this.#used += bytes;
    return result;
  }
}
