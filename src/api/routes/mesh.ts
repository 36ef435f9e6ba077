import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { deviceOf } from "./device.ts";
import { explain } from "./explain.ts";
import { drawMap } from "./map.ts";
import { trace } from "./trace.ts";

const pingBody = schema.record({ to: schema.text(300) });

/** Routes about the mesh around. */
export function meshRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/map",
      summary: "Peers and links around here, by asking the peers",
      answers: "MapBody",
      handle: async () => ({ status: 200, json: await drawMap(context) }),
    }),
    route({
      method: "POST",
      path: "/v1/ping",
      summary: "One round trip to a peer, end to end",
      body: pingBody,
      bodyExample: { to: "anna" },
      answers: "PingBody",
      handle: async ({ body }) => {
        const to = deviceOf(peer, body.to);
        const roundTripMs = await new Promise<number | undefined>((resolve, reject) => {
          if (!peer.pinger.ping(to, resolve)) {
            reject(new ApiError("unavailable", "Too many pings are under way. Wait a moment."));
          }
          context.poke();
        });
        const hops = peer.routing.route(to)?.hops ?? 0;
        return { status: 200, json: { peerId: to, roundTripMs: roundTripMs ?? null, hops } };
      },
    }),
    route({
      method: "GET",
      path: "/v1/trace",
      summary: "The peers on the way to somebody, with costs, delays and backups, asked hop by hop",
      query: { to: "address, peer id or contact" },
      answers: "TraceBody",
      handle: async ({ query }) => {
        const to = deviceOf(peer, query.get("to") ?? "");
        return { status: 200, json: await trace(context, to) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/explain",
      summary: "Why packets for somebody go where they go, or why they go nowhere",
      query: { to: "address, peer id or contact" },
      answers: "ExplainBody",
      handle: async ({ query }) => {
        return { status: 200, json: await explain(context, query.get("to") ?? "") };
      },
    }),
  ];
}
