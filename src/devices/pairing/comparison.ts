import { concatBytes, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { SPOKEN_WORDS, spokenWords } from "../../identity/index.ts";

/** Bytes of the random number that each side adds. */
export const COMPARISON_NONCE_BYTES = 16;
/** Bytes of the commitment of the side that begins. */
export const COMMITMENT_BYTES = 32;

const COMMITMENT = utf8("peernet words commitment v1");
const WORDS = utf8("peernet words v1");

/** Both sides of a comparison: sign keys of the devices, as their session has proven them. */
export interface ComparisonKeys {
  /** The device that opened the stream. */
  readonly opener: Uint8Array;
  readonly acceptor: Uint8Array;
}

/**
 * What the opener sends before it has seen the acceptor's number: whoever stands in between, with a
 * session to each, has to choose its numbers before it can know which words they give, so that
 * it hits the same words on both sides once in 2^44 tries (short authentication strings with a
 * commitment, as in ZRTP, RFC 6189 section 4.4.1.1); and there is one try per pairing.
 */
export function commitmentOf(
  suite: CryptoSuite,
  keys: ComparisonKeys,
  openerNonce: Uint8Array,
): Uint8Array {
  return suite.sha256(COMMITMENT, keys.opener, keys.acceptor, openerNonce);
}

/** The four words that both sides see if nobody stands between them. */
export function comparisonWords(
  suite: CryptoSuite,
  keys: ComparisonKeys,
  nonces: { readonly opener: Uint8Array; readonly acceptor: Uint8Array },
): readonly string[] {
  return spokenWords(
    suite.sha256(concatBytes(WORDS, keys.opener, keys.acceptor, nonces.opener, nonces.acceptor)),
  );
}

/** Whether what somebody typed are these words; capitals and blanks do not matter. */
export function areSameWords(typed: readonly string[], words: readonly string[]): boolean {
  const plain = typed.flatMap((text) => text.trim().toLowerCase().split(/\s+/)).filter(Boolean);
  return plain.length === SPOKEN_WORDS && plain.every((word, at) => word === words[at]);
}
