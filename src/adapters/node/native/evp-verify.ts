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

/** Ed25519 signatures looked at by OpenSSL itself: most keys are seen once, and none is kept. */
export class EvpVerify {
  readonly #memory: Pinned;
  readonly #functions: ReturnType<typeof findFunctions>;
  readonly #context: number;
  readonly #large: Verifier;

  /**
   * @param large takes what is not copied
   * @throws Error where this node has another library for cryptography
   */
  constructor(ffi: Ffi, large: Verifier) {
    this.#functions = findFunctions(ffi);
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
    const { newPublic, freeKey, init, verify, reset, clearErrors } = this.#functions;
    const { address, bytes } = this.#memory;
    bytes.set(publicKey, KEY_AT);
    bytes.set(signature, SIGNATURE_AT);
    bytes.set(message, TEXT_AT);
    const key = newPublic(ED25519, 0, address + KEY_AT, KEY_BYTES);
    const [signed, text] = [address + SIGNATURE_AT, address + TEXT_AT];
    const isRight =
      key !== 0 &&
      init(this.#context, 0, 0, 0, key) === 1 &&
      verify(this.#context, signed, SIGNATURE_BYTES, text, message.length) === 1;
    reset(this.#context);
    freeKey(key);
    // Or the next failure of node:crypto would be told with the words of this one.
    if (!isRight) clearErrors();
    return isRight;
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
