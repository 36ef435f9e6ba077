import { utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";

const LOTTERY_LABEL = utf8("peernet landmark lottery v1");
const RENDEZVOUS_LABEL = utf8("peernet rendezvous v1");

/**
 * A peer's number in the lottery of landmarks, 0 … 2^48-1: the smallest are landmarks. It is
 * fixed. A lottery per epoch would need clocks that agree, and peers whose clocks are wrong would
 * then not find each other. Who grinds keys for a small number wins only the right to relay first
 * packets, among hundreds, and each locator names up to five landmarks.
 */
export function lotteryOf(suite: CryptoSuite, idBytes: Uint8Array): number {
  return firstSix(suite.sha256(LOTTERY_LABEL, idBytes));
}

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
