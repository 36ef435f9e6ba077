import { TypedError } from "../../base/errors.ts";
import { checkPetname } from "../petname.ts";

/** Controls, line separators, direction marks, invisible characters and halves of surrogates. */
const TRICKY = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A stranger's text as it may be shown: one line, without characters that trick the eye, and
 * nothing in it that a terminal or a page would make a link of.
 */
export function inertText(text: string): string {
  return text
    .normalize("NFC")
    .replace(TRICKY, (found) => (found === "\n" || found === "\t" ? " " : "·"))
    .replaceAll("://", ":/ /")
    .replace(/\bwww\./giu, (found) => `${found.slice(0, -1)} .`);
}

/** A name that a stranger or an introducer says, where it is fit to be shown; else empty. */
export function inertName(name: string): string {
  try {
    return inertText(checkPetname(name));
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return "";
  }
}
