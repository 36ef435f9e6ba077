import type { AeadName } from "../../../crypto/suite.ts";
import type { Ffi, NativeFunction } from "./ffi.ts";

/** One direction of EVP (OpenSSL 3, evp.h). */
export interface EvpDirection {
  /** (context, cipher, 0, key, nonce): 1 where it worked. */
  readonly init: NativeFunction;
  /** (context, out, length out, in, bytes): 1 where it worked. */
  readonly update: NativeFunction;
  /** The same with byte arrays for out and in. */
  readonly updateBytes: NativeFunction;
  /** The same with a byte array for in alone: associated data has no out. */
  readonly updateFrom: NativeFunction;
  /** (context, out, length out): 1 where it worked and the tag is right. */
  readonly final: NativeFunction;
}

/** The functions of OpenSSL that an AEAD takes; node itself exports them. */
export interface EvpFunctions {
  readonly seal: EvpDirection;
  readonly open: EvpDirection;
  readonly newContext: NativeFunction;
  readonly freeContext: NativeFunction;
  readonly control: NativeFunction;
  readonly clearErrors: NativeFunction;
  /** Addresses of the ciphers. */
  readonly ciphers: Readonly<Record<AeadName, number>>;
}

/**
 * Finds them all.
 * @throws Error where this node has another library for cryptography
 */
export function findEvp(ffi: Ffi): EvpFunctions {
  const direction = (name: "Encrypt" | "Decrypt"): EvpDirection => {
    const update = `EVP_${name}Update`;
    return {
      init: ffi.find(`EVP_${name}Init_ex`, ["address", "address", "address", "address", "address"]),
      update: ffi.find(update, ["address", "address", "address", "address", "int"]),
      updateBytes: ffi.find(update, ["address", "bytes", "address", "bytes", "int"]),
      updateFrom: ffi.find(update, ["address", "address", "address", "bytes", "int"]),
      final: ffi.find(`EVP_${name}Final_ex`, ["address", "address", "address"]),
    };
  };
  // A cipher that was not fetched is looked up again for every key.
  const fetch = ffi.find("EVP_CIPHER_fetch", ["address", "text", "address"], "address");
  return {
    seal: direction("Encrypt"),
    open: direction("Decrypt"),
    newContext: ffi.find("EVP_CIPHER_CTX_new", [], "address"),
    freeContext: ffi.find("EVP_CIPHER_CTX_free", ["address"]),
    control: ffi.find("EVP_CIPHER_CTX_ctrl", ["address", "int", "int", "address"]),
    clearErrors: ffi.find("ERR_clear_error", []),
    ciphers: {
      "aes-256-gcm": fetch(0, "AES-256-GCM", 0),
      "chacha20-poly1305": fetch(0, "ChaCha20-Poly1305", 0),
    },
  };
}
