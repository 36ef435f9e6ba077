import { ApiError } from "../errors.ts";
import type { Route } from "../route.ts";

/** Path under which a browser is paired, which needs no token but a code. */
export const PAIR_PATH = "/v1/lan/pair";

/**
 * Calls that a paired browser may make, by method (`*`: all) and beginning of the path; where it ends in `$`, that
 * path alone: behind the list of devices is the link by which a new one comes in.
 */
export const FOR_BROWSERS: readonly (readonly [method: Route["method"] | "*", path: string])[] = [
  ["GET", "/v1/status"],
  ["GET", "/v1/peers"],
  ["GET", "/v1/map"],
  ["GET", "/v1/doctor"],
  ["GET", "/v1/logs"],
  ["GET", "/v1/traffic"],
  ["GET", "/v1/events"],
  ["GET", "/v1/trace"],
  ["GET", "/v1/explain"],
  ["POST", "/v1/ping"],
  ["*", "/v1/contacts"],
  ["*", "/v1/contacts-file"],
  ["*", "/v1/pictures"],
  ["POST", "/v1/invites"],
  ["*", "/v1/introductions"],
  ["*", "/v1/requests"],
  ["PUT", "/v1/request-settings"],
  ["*", "/v1/messages"],
  ["GET", "/v1/chats"],
  ["*", "/v1/groups"],
  ["*", "/v1/objects"],
  ["*", "/v1/folders"],
  ["*", "/v1/keeping"],
  ["*", "/v1/money"],
  ["GET", "/v1/devices$"],
  ["GET", "/v1/recovery$"],
  ["POST", PAIR_PATH],
  ["GET", "/v1/openapi.json"],
];

/**
 * Whether a paired browser may make this call. What is not named is refused, so that a call which
 * comes later has to be thought about first: stopping the peer, devices and recovery, other
 * browsers, and all that opens this machine to others is done at the machine itself.
 */
export function isForBrowsers({ method, path }: Pick<Route, "method" | "path">): boolean {
  return FOR_BROWSERS.some(
    ([allowed, from]) =>
      (allowed === "*" || allowed === method) &&
      (`${path}$` === from || path === from || path.startsWith(`${from}/`)),
  );
}

/** The table as paired browsers have it. */
export function routesForBrowsers(routes: readonly Route[]): readonly Route[] {
  return routes.map((route) => {
    if (isForBrowsers(route)) return route;
    const { method, path, summary, answers } = route;
    return { method, path, summary, answers, handle: refuse };
  });
}

function refuse(): never {
  throw new ApiError(
    "forbidden",
    "A paired browser may not do this. Do it in the console or the terminal of the machine itself.",
  );
}
