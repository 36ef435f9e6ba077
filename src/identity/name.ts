import { utf8 } from "../base/bytes.ts";
import { NAME_BYTES_MAX } from "../wire/limits.ts";
import { IdentityError } from "./errors.ts";

/**
 * Characters that let a name pretend to be another or break the line it is shown on: controls,
 * line separators, direction marks and overrides (UAX #9), invisible spaces and joiners that no
 * script needs, and halves of surrogate pairs. The joiners of Persian, Hindi and emoji may stay.
 */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;

/**
 * Checks a name that a peer gives itself.
 * @throws IdentityError("bad-name") where it is above 64 bytes of UTF-8 or has characters that
 *   trick the eye
 */
export function checkName(name: string): void {
  if (name.length > NAME_BYTES_MAX || utf8(name).length > NAME_BYTES_MAX) {
    throw new IdentityError(
      "bad-name",
      `The name is longer than ${NAME_BYTES_MAX} bytes. Choose a shorter one.`,
    );
  }
  if (UNFIT.test(name)) {
    throw new IdentityError(
      "bad-name",
      "The name has control or direction characters. Use letters, digits, spaces and signs.",
    );
  }
}
