import type { IncomingMessage } from "node:http";
import type { Door } from "./door.ts";
import { ApiError } from "./errors.ts";

/** What a request must show before anything of it is looked at. */
export interface GuardOptions {
  readonly port: number;
  readonly door: Door;
}

/**
 * Whether a person goes to a page of the console, from wherever: a bookmark, or the file in the
 * home that keeps the token out of process arguments. The pages themselves hold no secret.
 */
function isNavigation(request: IncomingMessage): boolean {
  const { headers, method, url } = request;
  const toDocument =
    headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  return toDocument && method === "GET" && url?.startsWith("/v1/") === false;
}

/**
 * Refuses requests that come from another site or under another name (DNS rebinding, CSRF).
 * @throws ApiError("forbidden")
 */
export function checkOrigin(request: IncomingMessage, options: GuardOptions): void {
  const { door, port } = options;
  const hosts = door.hostsOf(request.socket, port);
  const named = request.headersDistinct["host"] ?? [];
  if (named.length !== 1 || !hosts.includes(named[0] ?? "")) {
    const [first = ""] = hosts;
    throw new ApiError(
      "forbidden",
      `This address is not answered here. Use ${door.scheme}://${first}.`,
    );
  }
  const origin = request.headers.origin;
  if (origin !== undefined && !hosts.some((known) => origin === `${door.scheme}://${known}`)) {
    throw new ApiError("forbidden", "Calls from other sites are refused.");
  }
  if (isNavigation(request)) return;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new ApiError("forbidden", "Calls from other sites are refused.");
  }
}

/**
 * Refuses requests without the token of this peer.
 * @param inQuery what the address says after `?token=`, where that is allowed
 * @throws ApiError("unauthorized")
 */
export function checkToken(
  request: IncomingMessage,
  inQuery: string | null,
  options: GuardOptions,
): void {
  const header = request.headers.authorization;
  const isBearer = header?.startsWith("Bearer ") === true;
  const shown = isBearer ? header.slice("Bearer ".length) : (inQuery ?? "");
  if (!options.door.admits(shown, request.socket)) {
    throw new ApiError("unauthorized", `The token is missing or wrong. ${options.door.advice}`);
  }
}
