import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ApiContext } from "../context.ts";
import { exportEntries } from "../export/export.ts";
import { localAsk } from "../export/local.ts";
import { zipOf } from "../export/zip.ts";
import { type Route, route } from "../route.ts";

/**
 * The route that gives everything as one file.
 * @param routes calls of which the file tells
 */
export function exportRoute(context: ApiContext, routes: readonly Route[]): Route {
  return route({
    method: "GET",
    path: "/v1/export",
    summary:
      "Everything that is yours as one ZIP file, to read without Peernet; no secret keys. Its README.txt says what is in it",
    answers: "bytes",
    handle: async ({ request, response }) => {
      const nowMs = Date.now();
      const local = localAsk(routes, { request, response });
      const day = new Date(nowMs).toISOString().slice(0, 10);
      response.writeHead(200, {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="peernet-${day}.zip"`,
        "cache-control": "no-store",
      });
      const entries = exportEntries(context, local, nowMs);
      await pipeline(Readable.from(zipOf(entries, nowMs)), response).catch((error: unknown) => {
        // Whoever asked has gone away: there is nobody to tell.
        if (!response.destroyed || response.errored !== null) throw error;
      });
      return undefined;
    },
  });
}
