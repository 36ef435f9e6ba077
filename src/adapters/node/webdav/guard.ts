import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { utf8 } from "../../../base/bytes.ts";
import { DavError } from "./errors.ts";

/** Where programs that cannot have the token in an address come in: with it as password. */
export const PASSWORD_PREFIX = "/dav";

/** Names under which this machine reaches itself; anything else is DNS rebinding. */
export function hostsOf(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/**
 * Refuses requests under another name (DNS rebinding) and from pages of other sites.
 * @throws DavError("forbidden")
 */
export function checkOrigin(request: IncomingMessage, hosts: readonly string[]): void {
  const named = request.headersDistinct["host"] ?? [];
  if (named.length !== 1 || !hosts.includes(named[0]?.toLowerCase() ?? "")) {
    throw new DavError("forbidden", "This address is not answered here. Use http://127.0.0.1.");
  }
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const isForeign = site !== undefined && site !== "none" && site !== "same-origin";
  if (isForeign || (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))) {
    throw new DavError("forbidden", "Calls from web pages are refused.");
  }
}

/**
 * What the addresses of this request begin with: the token, or `/dav` where it is the password.
 * @param encodedPath path of the request, without query
 * @throws DavError("not-found" | "unauthorized")
 */
export function admittedPrefix(
  request: IncomingMessage,
  encodedPath: string,
  token: string,
): string {
  const [, first = ""] = encodedPath.split("/", 2);
  const prefix = `/${first}`;
  if (prefix !== PASSWORD_PREFIX) {
    if (isSame(first, token)) return prefix;
    throw new DavError("not-found", "There is nothing here. 'peernet mount' shows the address.");
  }
  const [, encoded = ""] =
    /^Basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const password = Buffer.from(encoded, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
  if (isSame(password, token)) return prefix;
  throw new DavError("unauthorized", "Give the mount's token as the password, with any user name.");
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [utf8(given), utf8(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
