import { utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";

const RENDEZVOUS_LABEL = utf8("peernet rendezvous v1");

/**
 * How close a landmark is to a peer's id, 0 … 2^48-1, larger is closer: highest random weight
 * hashing (Thaler and Ravishankar, 1998).
 */
export function rendezvousOf(suite: CryptoSuite, landmark: Uint8Array, id: Uint8Array): number {
  return firstSix(suite.sha256(RENDEZVOUS_LABEL, landmark, id));
}

function firstSix(hash: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < 6; i++) value = value * 256 + (hash[i] ?? 0);
  return value;
}
