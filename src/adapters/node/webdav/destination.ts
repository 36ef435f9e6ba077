import { DavError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { parseDavPath } from "./paths.ts";

/**
 * The path that an address names, which has to be in the same mount.
 * @param address absolute, or beginning with the path
 * @throws DavError("elsewhere" | "bad-request" | "too-long")
 */
export function pathInAddress(
  { prefix, hosts }: Pick<Exchange, "prefix" | "hosts">,
  address: string,
): string {
  const [, host, path = ""] = /^(?:https?:\/\/([^/?#]*))?(\/[^?#]*)?$/i.exec(address.trim()) ?? [];
  if (path === "") throw new DavError("bad-request", "The Destination is malformed.");
  const isHere = host === undefined || hosts.includes(host.toLowerCase());
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
  if (!isHere || rest === undefined || (rest !== "" && !rest.startsWith("/"))) {
    throw new DavError("elsewhere", "The Destination is not in this mount.");
  }
  return parseDavPath(rest === "" ? "/" : rest).path;
}
