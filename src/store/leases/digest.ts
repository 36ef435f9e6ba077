import { concatBytes, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { hexBytes } from "../fields.ts";

const LABEL = utf8("peernet lease set v1");

/** What a set of objects is recognised by. @param roots in ascending order */
export function leaseDigest(suite: CryptoSuite, roots: readonly string[]): Uint8Array {
  return suite.sha256(LABEL, concatBytes(...roots.map(hexBytes)));
}
