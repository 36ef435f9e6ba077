import { utf8 } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { checkName, type PersonId, parseAddress } from "../identity/index.ts";
import { ContactsError } from "./errors.ts";
import { PETNAME_BYTES_MAX } from "./limits.ts";

/** Invisible characters beyond those that no name may have; the two joiners may stay. */
const INVISIBLE = /(?![\u200c\u200d])\p{Cf}/u;

/** The form in which petnames are compared: "Anna" and "anna" are one name. */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * The petname without blanks around it.
 * @throws ContactsError("bad-name") where it is empty, above 64 bytes, looks like an address or
 *   an id, or has control, direction or invisible characters
 */
export function checkPetname(name: string): string {
  const trimmed = name.trim().normalize("NFC");
  if (trimmed === "") throw new ContactsError("bad-name", "A name needs at least one character.");
  if (parseAddress(trimmed) !== undefined || /^[0-9a-f]{32}$/i.test(trimmed)) {
    throw new ContactsError("bad-name", "A name must not look like an address. Choose another.");
  }
  try {
    checkName(trimmed);
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw new ContactsError("bad-name", cause.message, { cause });
  }
  if (INVISIBLE.test(trimmed)) {
    throw new ContactsError("bad-name", "The name has invisible characters. Choose another.");
  }
  return trimmed;
}

/**
 * A petname for somebody who suggested one: the same where it is fit and free, with a number
 * behind it where it is taken ("anna 2"), and one made of the person's id where it is unfit.
 */
export function freePetname(
  suggested: string,
  personId: PersonId,
  isTaken: (name: string) => boolean,
): string {
  let base: string;
  try {
    base = checkPetname(suggested);
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    base = `somebody ${personId.slice(0, 6)}`;
  }
  for (let number = 1; ; number++) {
    const name = numberedName(base, number);
    if (!isTaken(name)) return name;
  }
}

/** A name with a number behind it, cut so that it fits; 1: without a number. */
export function numberedName(base: string, number: number): string {
  const ending = number === 1 ? "" : ` ${number}`;
  return shorten(base, PETNAME_BYTES_MAX - ending.length) + ending;
}

/** Cuts whole characters off the end until the text fits. */
function shorten(text: string, bytesMax: number): string {
  const characters = [...text];
  while (utf8(characters.join("")).length > bytesMax) characters.pop();
  return characters.join("");
}
