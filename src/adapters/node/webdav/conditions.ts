import type { IncomingMessage } from "node:http";
import type { TreeEntry } from "../../../ports/file-tree.ts";
import { pathInAddress } from "./destination.ts";
import { DavError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type IfCondition, type IfList, parseIf } from "./if-header.ts";
import { DAV_HEADERS_MAX } from "./limits.ts";

/** The entity tag of a file as headers have it; folders have none. */
export function etagOf(entry: TreeEntry): string | undefined {
  return entry.kind === "file" ? `"${entry.etag}"` : undefined;
}

/** Whole milliseconds of an HTTP date; undefined where it is none (RFC 9110 section 5.6.7). */
export function parseHttpDate(text: string | undefined): number | undefined {
  const isDate = text !== undefined && /^[A-Za-z]{3,9},? .*(GMT|\d{4})$/.test(text);
  const ms = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The time of the last change as headers tell it: whole seconds, in milliseconds. */
export function changedAtMs(entry: TreeEntry): number {
  return Math.floor(entry.modifiedAtMs / 1_000) * 1_000;
}

function listed(header: string, entry: TreeEntry | undefined, isWeak: boolean): boolean {
  const etag = entry && etagOf(entry);
  if (etag === undefined) return false;
  const tags = header.match(/(W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (isWeak && tag === `W/${etag}`));
}

/** What the conditions of a request come to. */
export type Verdict = "go" | "not-modified";

/**
 * Weighs If-Match and its kin against what is there (RFC 9110 section 13.2.2).
 * @throws DavError("precondition")
 */
export function weigh(request: IncomingMessage, entry: TreeEntry | undefined): Verdict {
  checkUnchanged(request, entry);
  const { headers, method } = request;
  const isRead = method === "GET" || method === "HEAD";
  const ifNoneMatch = headers["if-none-match"];
  if (ifNoneMatch === undefined) return isRead ? weighAge(request, entry) : "go";
  const isAny = ifNoneMatch.trim() === "*";
  const isThere = isAny ? entry !== undefined : listed(ifNoneMatch, entry, true);
  if (!isThere) return "go";
  if (isRead) return "not-modified";
  throw new DavError("precondition", "It is there already.");
}

function checkUnchanged({ headers }: IncomingMessage, entry: TreeEntry | undefined): void {
  const ifMatch = headers["if-match"];
  if (ifMatch === undefined) {
    const since = parseHttpDate(headers["if-unmodified-since"]);
    if (since === undefined) return;
    if (entry !== undefined && changedAtMs(entry) <= since) return;
  } else if (ifMatch.trim() === "*" ? entry !== undefined : listed(ifMatch, entry, false)) return;
  throw new DavError("precondition", "It has been changed meanwhile.");
}

function weighAge({ headers }: IncomingMessage, entry: TreeEntry | undefined): Verdict {
  const since = parseHttpDate(headers["if-modified-since"]);
  if (since === undefined || entry?.kind !== "file") return "go";
  return changedAtMs(entry) <= since ? "not-modified" : "go";
}

/**
 * The lists of an If header, none where there is no such header.
 * @throws DavError("bad-request")
 */
export function ifLists(request: IncomingMessage): readonly IfList[] {
  const headers = request.headersDistinct["if"] ?? [];
  if (headers.length > 1) throw new DavError("bad-request", "More than one If header.");
  const [header] = headers;
  return header === undefined ? [] : parseIf(header);
}

/**
 * Checks that one list of an If header holds.
 * @throws DavError("precondition")
 */
export async function checkIf(exchange: Exchange, lists: readonly IfList[]): Promise<void> {
  if (lists.length === 0) return;
  const seen = new Map<string, Promise<TreeEntry | undefined>>();
  const entryAt = (path: string): Promise<TreeEntry | undefined> => {
    const found = seen.get(path) ?? exchange.mount.calls.stat(path);
    seen.set(path, found);
    return found;
  };
  const holds = async ({ not, kind, value }: IfCondition, path: string | undefined) => {
    if (path === undefined) return not;
    if (kind === "token") return exchange.mount.locks.covers(value, path) !== not;
    const entry = await entryAt(path);
    return (entry !== undefined && etagOf(entry) === value) !== not;
  };
  for (const { tag, conditions } of lists) {
    const path = tag === undefined ? exchange.path : taggedPath(exchange, tag);
    const results = await Promise.all(conditions.map((one) => holds(one, path)));
    if (results.every(Boolean)) return;
  }
  throw new DavError("precondition", "The state named in the If header is not what is there.");
}

/** Undefined where the tag speaks of something that is not in this mount: nothing holds of it. */
function taggedPath(exchange: Exchange, tag: string): string | undefined {
  try {
    return pathInAddress(exchange, tag);
  } catch {
    return undefined;
  }
}

/** @throws DavError("too-many-headers") */
export function checkHeaderCount(request: IncomingMessage): void {
  if (request.rawHeaders.length / 2 <= DAV_HEADERS_MAX) return;
  throw new DavError("too-many-headers", `More than ${DAV_HEADERS_MAX} headers.`);
}
