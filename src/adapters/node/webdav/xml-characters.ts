/** Anything that XML 1.0 does not count as a character (section 2.2): most controls, halves of pairs. */
const NO_CHARACTER = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Cs}/u;
const EACH = new RegExp(NO_CHARACTER, "gu");

/** Whether XML can say a text. */
export function isSayable(text: string): boolean {
  return !NO_CHARACTER.test(text);
}

/** A text that XML can say: U+FFFD stands for what it cannot. */
export function sayable(text: string): string {
  return text.replace(EACH, "\ufffd");
}
