/** Characters of a name of others within the name of a file. */
const NAME_CHARS_MAX = 40;
/** Digits of an id behind it. */
const ID_CHARS = 8;

/** What no system lets stand in the name of a file, and what turns the direction of reading. */
const UNSAFE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}<>:"/\\|?*\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/gu;

/**
 * A name of a file that every system takes, and that is nobody else's: what somebody is called, and the beginning of
 * their id.
 */
export function fileNameOf(name: string, id: string): string {
  const points = [...name.replace(UNSAFE, " ").trim()].slice(0, NAME_CHARS_MAX);
  // A dot at the beginning hides a file, one at the end is lost on Windows.
  const safe = points
    .join("")
    .replace(/\s+/gu, " ")
    .replace(/^[. ]+|[. ]+$/gu, "");
  return `${safe === "" ? "unnamed" : safe}-${id.replace(/[^\w]/g, "").slice(0, ID_CHARS)}`;
}

/** What breaks a line (Unicode Standard Annex 14: mandatory breaks). */
const BREAKS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/u;

/** A text of others behind a head: its further lines are set in, so that none of them passes for another head. */
export function setIn(head: string, text: string): string {
  return `${head}${text.split(BREAKS).join("\n    ")}\n`;
}
