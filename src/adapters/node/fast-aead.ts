import type { AeadName } from "../../crypto/suite.ts";
import type { AeadMaker } from "./native/evp-suite.ts";

/** Bytes of a trial: large enough that the cipher counts and not the call. */
const TRIAL_BYTES = 16_384;
/** Trials of each AEAD; the quickest counts, as others may use the processor meanwhile. */
const TRIALS = 6;
/** How much less time AES must take: in doubt everybody is served well by the other one. */
const AES_SHARE_MAX = 0.9;

/**
 * Which AEAD takes less time here: AES-256-GCM where the processor has instructions for it and the
 * library uses them. Takes about a millisecond, on small processors a few.
 * @param nowUs a clock in microseconds
 */
export function measureFastAead(aead: AeadMaker, nowUs: () => number = clockUs): AeadName {
  const aes = quickestUs(aead, "aes-256-gcm", nowUs);
  const chacha = quickestUs(aead, "chacha20-poly1305", nowUs);
  return aes <= AES_SHARE_MAX * chacha ? "aes-256-gcm" : "chacha20-poly1305";
}

function quickestUs(aead: AeadMaker, name: AeadName, nowUs: () => number): number {
  const key = aead(name, new Uint8Array(32));
  const nonce = new Uint8Array(12);
  const plain = new Uint8Array(TRIAL_BYTES);
  let quickest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIALS; i++) {
    const startUs = nowUs();
    key.seal(nonce, nonce, plain);
    quickest = Math.min(quickest, nowUs() - startUs);
  }
  return quickest;
}

function clockUs(): number {
  return performance.now() * 1_000;
}
