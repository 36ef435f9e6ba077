import { isBlank } from "../base/blank.ts";
import { utf8 } from "../base/bytes.ts";
import { MessagesError } from "./errors.ts";
import { TEXT_BYTES_MAX } from "./limits.ts";

/** Control characters, line feed and tab left out. */
const CONTROLS = /(?![\n\t])\p{Cc}/u;
/** Half of a pair of UTF-16 alone, which has no UTF-8. */
const BROKEN = /\p{Cs}/u;
/** Bytes of UTF-8 that a unit of UTF-16 takes at most. */
const UNIT_BYTES_MAX = 3;

/**
 * Checks what a person wants to send: also that something of it can be seen.
 * @throws MessagesError("empty" | "too-long" | "bad-characters")
 */
export function checkSaid(text: string): void {
  checkText(text);
  if (isBlank(text)) {
    const words = "The message shows nothing: it has only spaces or invisible characters.";
    throw new MessagesError("empty", `${words} Write something first.`);
  }
}

/**
 * Checks what came from another, which other programs may have written.
 * @throws MessagesError("empty" | "too-long" | "bad-characters")
 */
export function checkText(text: string): void {
  if (text === "") throw new MessagesError("empty", "The message is empty. Write something first.");
  const isSurelyShort = text.length * UNIT_BYTES_MAX <= TEXT_BYTES_MAX;
  if (!isSurelyShort && utf8(text).length > TEXT_BYTES_MAX) {
    throw new MessagesError(
      "too-long",
      `The message is longer than ${TEXT_BYTES_MAX / 1024} KiB. Send it in parts or as a file.`,
    );
  }
  if (CONTROLS.test(text) || BROKEN.test(text)) {
    throw new MessagesError(
      "bad-characters",
      "The message has control characters or broken letters. Only line breaks (\\n) and tabs may stay.",
    );
  }
}
