import { toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";

const LABEL = utf8("peernet store extensions v1");

/** The extension "a holder gives paths": leaf hashes of some stripes with what proves them. */
export const EXTENSION_PATHS = 0;

/** What is spoken here beyond the first form of the protocol, ascending. */
export const EXTENSIONS: readonly number[] = [EXTENSION_PATHS];

/**
 * The locate id by which a holder is asked for its extensions instead of its fragments: no object
 * has it, so one that knows of no extensions answers that it has nothing. 32 hexadecimal digits.
 */
export function extensionsId(suite: CryptoSuite): string {
  return toHex(suite.sha256(LABEL).subarray(0, 16));
}
