import { multiply } from "../erasure/field.ts";

let shared: Uint8Array | undefined;

/** All products of GF(2^8): a times b at `256 * a + b`. Made when first needed, then kept. */
export function products(): Uint8Array {
  shared ??= Uint8Array.from({ length: 65_536 }, (_, at) => multiply(at >> 8, at & 255));
  return shared;
}
