import type { Ffi, NativeFunction } from "./ffi.ts";

/** What hashing a text that lies in memory of known address takes (evp.h of OpenSSL 3). */
export interface EvpDigest {
  /** Address and bytes of the text, where the hash goes, 0, `algorithm`, 0; 1 where it was made. */
  readonly digest: NativeFunction;
  /** SHA-256, fetched once: looking for it by name takes longer than a short hash. */
  readonly algorithm: number;
}

/** @throws Error where this node has another library for cryptography */
export function findDigest(ffi: Ffi): EvpDigest {
  const fetch = ffi.find("EVP_MD_fetch", ["address", "text", "address"], "address");
  const digest = ffi.find("EVP_Digest", [
    ...(["address", "int", "address", "address", "address", "address"] as const),
  ]);
  return { digest, algorithm: fetch(0, "SHA2-256", 0) };
}
