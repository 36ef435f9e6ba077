import { utf8 } from "../base/bytes.ts";
import { NAME_BYTES_MAX, PATH_BYTES_MAX, PATH_DEPTH_MAX } from "./limits.ts";

/** Plain ASCII names, which are most, need no look at Unicode. */
const PLAIN = /^[\x20-\x2e\x30-\x7e]*$/;
/** Control characters of ASCII and of Latin 1, the slash, and the character that stands for damage. */
const FORBIDDEN = /[\p{Cc}/\ufffd]/u;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Whether a name may stand in a folder: 1 to 255 bytes of UTF-8 in form NFC, neither `.` nor `..`,
 * without `/` and control characters.
 */
export function isName(name: string): boolean {
  if (name.length === 0 || name.length > NAME_BYTES_MAX || name === "." || name === "..") {
    return false;
  }
  if (PLAIN.test(name)) return true;
  return (
    !FORBIDDEN.test(name) &&
    !LONE_SURROGATE.test(name) &&
    name.normalize("NFC") === name &&
    utf8(name).length <= NAME_BYTES_MAX
  );
}

const [SPACE, DOT, SLASH, TILDE] = [0x20, 0x2e, 0x2f, 0x7e];

/**
 * Whether a path is one, seen from its characters alone; undefined where it takes a look at
 * Unicode. Asked several times for each of a million files.
 */
function isPlainPath(path: string): boolean | undefined {
  let [depth, begin, dots] = [1, 0, 0];
  for (let at = 0; at <= path.length; at++) {
    const character = at === path.length ? SLASH : path.charCodeAt(at);
    if (character === SLASH) {
      const length = at - begin;
      if (length === 0 || length > NAME_BYTES_MAX || (dots === length && dots <= 2)) return false;
      if (at < path.length) depth++;
      begin = at + 1;
      dots = 0;
    } else if (character === DOT) dots++;
    else if (character < SPACE || character > TILDE) return undefined;
  }
  return depth <= PATH_DEPTH_MAX;
}

/** Whether a path is names joined by `/` within the limits of length and depth. */
export function isPath(path: string): boolean {
  if (path.length === 0 || path.length > PATH_BYTES_MAX) return false;
  const isPlain = isPlainPath(path);
  if (isPlain !== undefined) return isPlain;
  const names = path.split("/");
  return (
    names.length <= PATH_DEPTH_MAX &&
    names.every(isName) &&
    (PLAIN.test(path.replaceAll("/", "")) || utf8(path).length <= PATH_BYTES_MAX)
  );
}

/** A path as a person or program gives it, in form NFC; undefined where it is none. Empty: the root. */
export function cleanPath(path: string): string | undefined {
  if (path.length > PATH_BYTES_MAX) return undefined;
  if (isPlainPath(path) === true) return path;
  const clean = PLAIN.test(path) ? path : path.normalize("NFC");
  return clean === "" || isPath(clean) ? clean : undefined;
}

/** The path of the folder in which a path is; empty for what is in the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A name within a folder. */
export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** Whether `path` is `folder` or in it, however deep. */
export function isWithin(folder: string, path: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
