import { concatBytes, fromHex, NO_BYTES } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { type AeadKey, type CryptoSuite, TAG_BYTES } from "../crypto/index.ts";
import { logKey } from "./capability.ts";

const NONCE_BYTES = 12;

/** Seals and opens the bodies of a folder's entries; each log has a key of its own. */
export class BodySeal {
  readonly #suite: CryptoSuite;
  readonly #readKey: Uint8Array;
  readonly #keys = new Map<string, AeadKey>();

  constructor(suite: CryptoSuite, readKey: Uint8Array) {
    this.#suite = suite;
    this.#readKey = readKey;
  }

  /** A nonce of 12 bytes, then the body under ChaCha20-Poly1305. */
  seal(log: string, nonce: Uint8Array, body: Uint8Array): Uint8Array {
    return concatBytes(nonce, this.#key(log).seal(nonce, NO_BYTES, body));
  }

  /** Bytes of a sealed body. */
  sealedBytes(bodyBytes: number): number {
    return NONCE_BYTES + bodyBytes + TAG_BYTES;
  }

  /** The same as `seal` into memory of `sealedBytes`. */
  sealInto(log: string, nonce: Uint8Array, body: Uint8Array, into: Uint8Array): void {
    into.set(nonce);
    this.#key(log).sealInto(nonce, NO_BYTES, body, into);
  }

  /** The body, or undefined where it was not sealed for this log of this folder. */
  open(log: string, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < NONCE_BYTES) return undefined;
    const nonce = sealed.subarray(0, NONCE_BYTES);
    return this.#key(log).open(nonce, NO_BYTES, sealed.subarray(NONCE_BYTES));
  }

  #key(log: string): AeadKey {
    let key = this.#keys.get(log);
    if (key === undefined) {
      const id = must(fromHex(log), "a log id is hexadecimal");
      key = this.#suite.aead("chacha20-poly1305", logKey(this.#suite, this.#readKey, id));
      this.#keys.set(log, key);
    }
    return key;
  }
}
