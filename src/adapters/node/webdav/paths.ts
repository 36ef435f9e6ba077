import { utf8 } from "../../../base/bytes.ts";
import { DavError } from "./errors.ts";
import { DAV_NAME_BYTES_MAX, DAV_PATH_BYTES_MAX, DAV_PATH_DEPTH_MAX } from "./limits.ts";

/** Where a request leads within a mount. */
export interface DavPath {
  /** Names joined by `/`; the root is "". */
  readonly path: string;
  /** Whether the address ended with a slash, as those of folders do. */
  readonly hasSlash: boolean;
}

const CONTROL = /\p{Cc}/u;

/**
 * The path in an address behind the part that names the mount.
 * @param encoded such as "/Photos/b%C3%A4r.jpg", without query
 * @throws DavError("bad-request" | "too-long")
 */
export function parseDavPath(encoded: string): DavPath {
  const parts = encoded.split("/");
  if (parts.shift() !== "") throw malformed();
  const hasSlash = parts.length > 0 && parts.at(-1) === "";
  if (hasSlash) parts.pop();
  if (parts.length > DAV_PATH_DEPTH_MAX) {
    throw new DavError("too-long", `More than ${DAV_PATH_DEPTH_MAX} folders in one another.`);
  }
  const path = parts.map(nameIn).join("/");
  if (utf8(path).length > DAV_PATH_BYTES_MAX) {
    throw new DavError("too-long", `The path is above ${DAV_PATH_BYTES_MAX} bytes.`);
  }
  return { path, hasSlash: hasSlash || path === "" };
}

function nameIn(encoded: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encoded).normalize("NFC");
  } catch (cause) {
    throw malformed(cause);
  }
  // What a browser or a proxy would fold away means nothing here, so that no check sees another path.
  const isName = name !== "" && name !== "." && name !== ".." && !name.includes("/");
  if (!isName || CONTROL.test(name)) throw malformed();
  if (utf8(name).length > DAV_NAME_BYTES_MAX) {
    throw new DavError("too-long", `A name is above ${DAV_NAME_BYTES_MAX} bytes.`);
  }
  return name;
}

function malformed(cause?: unknown): DavError {
  return new DavError("bad-request", "The address is malformed.", "", "", { cause });
}

/** The address of a path, encoded; folders end with a slash. */
export function hrefOf(prefix: string, path: string, isFolder: boolean): string {
  const names = path === "" ? [] : path.split("/");
  const encoded = names.map((name) => `/${encodeName(name)}`).join("");
  return `${prefix}${encoded}${isFolder ? "/" : ""}`;
}

function encodeName(name: string): string {
  // Names come from other machines too: a lone surrogate must not throw.
  return encodeURIComponent(name.replace(/\p{Cs}/gu, "\ufffd")).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The folder that holds a path; undefined for the root. */
export function parentOf(path: string): string | undefined {
  if (path === "") return undefined;
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** Whether a path is another one or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** A path after `from`, in which it lies, has become `to`. */
export function movedPath(path: string, from: string, to: string): string {
  const rest = path === from ? "" : path.slice(from === "" ? 0 : from.length + 1);
  return rest === "" ? to : to === "" ? rest : `${to}/${rest}`;
}
