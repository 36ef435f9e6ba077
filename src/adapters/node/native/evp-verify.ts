import { assert } from "../../../base/errors.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "../../../crypto/points.ts";
import type { Verifier } from "../crypto-verify.ts";
import { EVP_SMALL_BYTES } from "../limits.ts";
import type { Ffi, NativeFunction } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

/** EVP_PKEY_ED25519 (evp.h). */
const ED25519 = 1087;
const KEY_AT = 0;
const SIGNATURE_AT = KEY_AT + KEY_BYTES;
const TEXT_AT = SIGNATURE_AT + SIGNATURE_BYTES;

/** No variant, no context, the usual library: what newer versions of `ossl_ed25519_verify` ask for further. */
const PLAIN = [0, 0, 0, 0, 0, 0, 0] as const;

/**
 * Ed25519 signatures looked at by OpenSSL itself: most keys are seen once, and none is kept. By the curve alone where this
 * OpenSSL lets others call it: an object for each key takes a tenth of the time.
 */
export class EvpVerify {
  readonly #memory: Pinned;
  readonly #functions: ReturnType<typeof findFunctions>;
  readonly #context: number;
  readonly #large: Verifier;
  readonly #once: NativeFunction | undefined;

  /**
   * @param large takes what is not copied
   * @param once whether the curve alone may be called: an internal function, so who uses it compares what it says first
   * @throws Error where this node has another library for cryptography
   */
  constructor(ffi: Ffi, large: Verifier, once: boolean) {
    this.#functions = findFunctions(ffi);
    this.#once = once ? findOnce(ffi) : undefined;
    this.#memory = new Pinned(ffi, TEXT_AT + EVP_SMALL_BYTES);
    this.#context = this.#functions.newContext();
    assert(this.#context !== 0, "OpenSSL has no memory left");
    this.#large = large;
  }

  /** As `Verifier` says. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (message.length > EVP_SMALL_BYTES) return this.#large(publicKey, message, signature);
    assert(publicKey.length === KEY_BYTES, "an Ed25519 key has 32 bytes");
    assert(signature.length === SIGNATURE_BYTES, "an Ed25519 signature has 64 bytes");
    const { bytes } = this.#memory;
    bytes.set(publicKey, KEY_AT);
    bytes.set(signature, SIGNATURE_AT);
    bytes.set(message, TEXT_AT);
    const isRight =
      this.#once === undefined ? this.#verify(message.length) : this.#verifyOnce(message.length);
    // Or the next failure of node:crypto would be told with the words of this one.
    if (!isRight) this.#functions.clearErrors();
    return isRight;
  }

  #verifyOnce(textBytes: number): boolean {
    const { address } = this.#memory;
    const [signed, text] = [address + SIGNATURE_AT, address + TEXT_AT];
    return this.#once?.(text, textBytes, signed, address + KEY_AT, ...PLAIN) === 1;
  }

  #verify(textBytes: number): boolean {
    const { newPublic, freeKey, init, verify, reset } = this.#functions;
    const { address } = this.#memory;
    const key = newPublic(ED25519, 0, address + KEY_AT, KEY_BYTES);
    const [signed, text] = [address + SIGNATURE_AT, address + TEXT_AT];
    const isRight =
      key !== 0 &&
      init(this.#context, 0, 0, 0, key) === 1 &&
      verify(this.#context, signed, SIGNATURE_BYTES, text, textBytes) === 1;
    reset(this.#context);
    freeKey(key);
    return isRight;
  }
}

/**
 * (text, bytes of it, signature, key, and what is 0 here): OpenSSL 3.0 and 3.1 read 6 of them, later versions all 11.
 * What is passed beyond those that a function reads is not looked at.
 */
function findOnce(ffi: Ffi): NativeFunction | undefined {
  // Of an internal function nobody promises that a later version still takes what it took: 3.5 was the last that was looked at.
  if (!/^3\.[0-5]\./.test(process.versions.openssl ?? "")) return undefined;
  const four = ["address", "address", "address", "address"] as const;
  const rest = [
    "address",
    "address",
    "address",
    "address",
    "address",
    "address",
    "address",
  ] as const;
  try {
    return ffi.find("ossl_ed25519_verify", [...four, ...rest]);
  } catch {
    return undefined;
  }
}

/** What a look at a signature takes (evp.h of OpenSSL 3). */
function findFunctions(
  ffi: Ffi,
): Readonly<
  Record<
    "newPublic" | "freeKey" | "newContext" | "init" | "verify" | "reset" | "clearErrors",
    NativeFunction
  >
> {
  const five = ["address", "address", "address", "address", "address"] as const;
  return {
    newPublic: ffi.find(
      "EVP_PKEY_new_raw_public_key",
      ["int", "address", "address", "address"],
      "address",
    ),
    freeKey: ffi.find("EVP_PKEY_free", ["address"]),
    newContext: ffi.find("EVP_MD_CTX_new", [], "address"),
    init: ffi.find("EVP_DigestVerifyInit", five),
    verify: ffi.find("EVP_DigestVerify", five),
    reset: ffi.find("EVP_MD_CTX_reset", ["address"]),
    clearErrors: ffi.find("ERR_clear_error", []),
  };
}
