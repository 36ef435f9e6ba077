import { fromUtf8, utf8 } from "../base/bytes.ts";
import { MessagesError } from "./errors.ts";
import { TEXT_BYTES_MAX } from "./limits.ts";

/** Control characters, line feed and tab left out. */
const CONTROLS = /(?![\n\t])\p{Cc}/u;

/**
 * Checks what a person wants to send, or what came from another.
 * @throws MessagesError("empty" | "too-long" | "bad-characters")
 */
export function checkText(text: string): void {
  if (text === "") throw new MessagesError("empty", "The message is empty. Write something first.");
  if (text.length > TEXT_BYTES_MAX || utf8(text).length > TEXT_BYTES_MAX) {
    throw new MessagesError(
      "too-long",
      `The message is longer than ${TEXT_BYTES_MAX / 1024} KiB. Send it in parts or as a file.`,
    );
  }
  if (CONTROLS.test(text) || fromUtf8(utf8(text)) !== text) {
    throw new MessagesError(
      "bad-characters",
      "The message has control characters or broken letters. Only line breaks (\\n) and tabs may stay.",
    );
  }
}
