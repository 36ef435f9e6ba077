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

/** Whether a path is names joined by `/` within the limits of length and depth. */
export function isPath(path: string): boolean {
  if (path.length === 0 || path.length > PATH_BYTES_MAX) return false;
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
