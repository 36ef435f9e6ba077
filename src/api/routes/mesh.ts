import { type PeerId, parseAddress } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import { limits } from "../../peer/index.ts";
import { schema, limits as wireLimits } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { MapBody, TraceBody } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { contactNameOf, nameOf } from "../views.ts";
import { ask } from "../wait.ts";

/** The device meant by an address, a peer's id, or a contact (their nearest device). */
export function deviceOf(peer: Peer, text: string): PeerId {
  const direct = parseAddress(text);
  if (direct !== undefined) return direct;
  const contact = peer.contacts.resolve(text);
  const reachable = contact.devices
    .map((device) => peer.routing.route(device.peerId))
    .filter((found) => found !== undefined)
    .sort((a, b) => a.metric - b.metric);
  const nearest = reachable[0]?.destination ?? contact.devices[0]?.peerId;
  if (nearest !== undefined) return nearest;
  throw new ApiError("unavailable", `${contact.petname} has no device in reach.`);
}

async function drawMap(context: ApiContext): Promise<MapBody> {
  const { peer } = context;
  const self = peer.identity.id;
  const routes = peer.routing.routes().slice(0, limits.SURVEY_PEERS_MAX);
  const links = new Map<string, { a: PeerId; b: PeerId; cost: number }>();
  const add = (from: PeerId, neighbours: readonly { id: PeerId; cost: number }[]): void => {
    for (const { id, cost } of neighbours) {
      const [a, b] = from < id ? [from, id] : [id, from];
      const known = links.get(`${a} ${b}`);
      if (known === undefined || known.cost > cost) links.set(`${a} ${b}`, { a, b, cost });
    }
  };
  add(self, peer.survey.ownNeighbours());
  await Promise.all(
    routes.map(
      ({ destination }) =>
        new Promise<void>((resolve) => {
          peer.survey.neighboursOf(destination, (neighbours) => {
            add(destination, neighbours ?? []);
            resolve();
          });
          context.poke();
        }),
    ),
  );
  const known = new Set([self, ...routes.map((found) => found.destination)]);
  return {
    self,
    peers: [
      { peerId: self, name: context.name, hops: 0, contact: null },
      ...routes.map(({ destination, hops, record }) => ({
        peerId: destination,
        name: record.name,
        hops,
        contact: contactNameOf(peer, destination),
      })),
    ],
    links: [...links.values()].filter((link) => known.has(link.a) && known.has(link.b)),
  };
}

async function trace(context: ApiContext, to: PeerId): Promise<TraceBody> {
  const { peer } = context;
  const hops: { peerId: PeerId; name: string }[] = [];
  let at = peer.routing.route(to)?.nextHop;
  const seen = new Set<PeerId>();
  while (at !== undefined && !seen.has(at) && hops.length < wireLimits.HOP_LIMIT) {
    seen.add(at);
    hops.push({ peerId: at, name: nameOf(peer, at) });
    if (at === to) return { hops, complete: true };
    const asked: PeerId = at;
    at = await ask<PeerId | undefined>((resolve) => {
      peer.survey.nextHopAt(asked, to, resolve);
      context.poke();
    });
  }
  return { hops, complete: false };
}

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
      summary: "The peers on the way to somebody, asked hop by hop",
      query: { to: "address, peer id or contact" },
      answers: "TraceBody",
      handle: async ({ query }) => {
        const to = deviceOf(peer, query.get("to") ?? "");
        return { status: 200, json: await trace(context, to) };
      },
    }),
  ];
}
