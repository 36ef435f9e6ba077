import { type AeadName, TAG_BYTES } from "../../crypto/suite.ts";
import type { AeadMaker } from "./native/evp-suite.ts";

/** Bytes of a trial: about a large packet, so that the cipher counts and not the call. */
const TRIAL_BYTES = 65_536;
/** Trials of each AEAD, in turns; the quickest counts, as others may use the processor meanwhile. */
const TRIALS = 16;
/** Slow processors are not kept longer than this and two trials; theirs are long enough. */
const TRIALS_US = 8_000;
/** How much less time AES must take: in doubt everybody is served well by the other one. */
const AES_SHARE_MAX = 0.9;

/**
 * Which AEAD takes less time here: AES-256-GCM where the processor has instructions for it and the
 * library uses them. Takes about a millisecond, on small processors ten.
 * @param nowUs a clock in microseconds
 */
export function measureFastAead(aead: AeadMaker, nowUs: () => number = clockUs): AeadName {
  const [aes, chacha] = [trialOf(aead, "aes-256-gcm"), trialOf(aead, "chacha20-poly1305")];
  let [aesUs, chachaUs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // Not by the clock: others who use the processor would leave it at two trials.
  for (let i = 0; i < TRIALS && (i < 2 || i * (aesUs + chachaUs) < TRIALS_US); i++) {
    aesUs = Math.min(aesUs, timeUs(aes, nowUs));
    chachaUs = Math.min(chachaUs, timeUs(chacha, nowUs));
  }
  return aesUs <= AES_SHARE_MAX * chachaUs ? "aes-256-gcm" : "chacha20-poly1305";
}

/** Seals where memory is there and written already: new pages cost more than either cipher. */
function trialOf(aead: AeadMaker, name: AeadName): () => void {
  const key = aead(name, new Uint8Array(32));
  const nonce = new Uint8Array(12);
  const plain = new Uint8Array(TRIAL_BYTES).fill(1);
  const out = new Uint8Array(TRIAL_BYTES + TAG_BYTES).fill(1);
  return () => key.sealInto(nonce, nonce, plain, out);
}

function timeUs(run: () => void, nowUs: () => number): number {
  const startUs = nowUs();
  run();
  return nowUs() - startUs;
}

function clockUs(): number {
  return performance.now() * 1_000;
}
