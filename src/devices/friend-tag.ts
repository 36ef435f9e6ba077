import { fromHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PersonId } from "../identity/index.ts";
import { VOUCHER_TAG_BYTES } from "./log/op.ts";

const LABEL = utf8("peernet friend v1");

/**
 * A friend's id as a device log names it: those who know the friend recognise it, to others it
 * says only that it is somebody. Whoever guesses who it might be can test that guess.
 */
export function friendTag(
  suite: CryptoSuite,
  personSignKey: Uint8Array,
  friend: PersonId,
): Uint8Array {
  const id = must(fromHex(friend), "a person id is hexadecimal");
  return suite.sha256(LABEL, personSignKey, id).subarray(0, VOUCHER_TAG_BYTES);
}
