import { utf8 } from "../base/bytes.ts";
import { type LocalIdentity, proofOf } from "../identity/index.ts";
import { isAmount } from "./amount.ts";
import { MoneyError } from "./errors.ts";
import { limits } from "./line/index.ts";
import type { LineEntry } from "./line-entry.ts";

/** @throws MoneyError("bad-amount") */
export function checkLimit(limit: number): void {
  if (limit === 0 || isAmount(limit)) return;
  throw new MoneyError("bad-amount", "A limit is a whole number, 0 to 10^15.");
}

/** A memo as it is; a longer one nobody could read, its author not either. @throws MoneyError("bad-batch") */
export function checkedMemo(memo: string): string {
  if (utf8(memo).length <= limits.MEMO_BYTES_MAX) return memo;
  throw new MoneyError(
    "bad-batch",
    `A memo has at most ${limits.MEMO_BYTES_MAX} bytes. Shorten it.`,
  );
}

/** The number of a lock of the partner's by its id. @throws MoneyError */
export function lockOf({ core }: LineEntry, id: Uint8Array): number {
  return core.full.lockNumber(core.theirSide, id);
}

/** What shows a partner that this device acts for its person. */
export function credentialsOf({ signKey, certificate }: LocalIdentity): {
  readonly key: Uint8Array;
  readonly proof: Uint8Array;
} {
  return { key: signKey.publicKey, proof: proofOf(certificate) };
}
