import { must } from "../../base/errors.ts";
import type { Call, Route } from "../route.ts";
import { matchPath } from "../route.ts";

/** Asks a call of the API that answers JSON, without leaving the process. */
export type LocalAsk = <T>(path: string) => Promise<T>;

/**
 * Asks the routes as a client would, so that what is written to a file is what the API says.
 * @param around of the call within which they are asked
 */
export function localAsk(
  routes: readonly Route[],
  around: Pick<Call<unknown>, "request" | "response">,
): LocalAsk {
  return async <T>(wanted: string) => {
    const { pathname, searchParams: query } = new URL(wanted, "http://127.0.0.1");
    for (const route of routes) {
      const path = route.method === "GET" ? matchPath(route.path, pathname) : undefined;
      if (path === undefined) continue;
      const answer = await route.handle({ ...around, path, query, body: undefined });
      return must(answer, "calls that are asked here answer JSON").json as T;
    }
    throw new RangeError(`There is no call ${pathname}.`);
  };
}
