import { utf8 } from "../../base/bytes.ts";
import { INVOICE_MEMO_BYTES_MAX } from "../payments/limits.ts";

const MARK = " (payer's words)";
const ROOM_BYTES: number = INVOICE_MEMO_BYTES_MAX - utf8(`""${MARK}`).length;

/**
 * The memo of a request that a device signs by itself, of what the payer wants it to say: in quotes and marked as the
 * payer's, since the payee has not read what is signed in the payee's name. Quotes in it become single ones, so that nothing seems to
 * stand outside; what is too long is cut.
 */
export function payerWords(memo: string): string {
  if (memo === "") return "";
  let words = "";
  let sizeBytes = 0;
  for (const letter of memo.replaceAll('"', "'")) {
    sizeBytes += utf8(letter).length;
    if (sizeBytes > ROOM_BYTES) break;
    words += letter;
  }
  return `"${words}"${MARK}`;
}
