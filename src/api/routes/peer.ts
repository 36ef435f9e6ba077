import { formatAddress } from "../../identity/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext } from "../context.ts";
import type { DiagnosticsBody, StatusBody, TrafficBody } from "../contract.ts";
import { type Route, route } from "../route.ts";
import { knownPeerBodies, neighbourBodies, placeBodies } from "../views.ts";

function statusBody(context: ApiContext): StatusBody {
  const { peer } = context;
  const memory = process.memoryUsage();
  return {
    version: context.version,
    name: context.name(),
    address: formatAddress(peer.identity.id),
    peerId: peer.identity.id,
    personId: peer.identity.person.personId,
    isRevoked: peer.devices.isOut,
    pictureAtMs: peer.pictures.head(peer.identity.person.personId)?.atMs ?? null,
    home: context.home,
    uptimeMs: Math.round(context.uptimeMs()),
    listening: context.listening(),
    neighbourCount: [...peer.link.neighbours()].length,
    reachableCount: peer.routing.routes().length,
    contactCount: peer.contacts.all().length,
    unreadCount: peer.messages.unreadCount(),
    messagesWaiting: peer.messages.waitingCount(),
    store: peer.store.usage(),
    memory: {
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      externalBytes: memory.external + memory.arrayBuffers,
    },
    ...(context.virtualInterface === undefined
      ? {}
      : { virtualInterface: context.virtualInterface() }),
  };
}

function diagnosticsBody({ peer, socketsOpenAtMs }: ApiContext): DiagnosticsBody {
  return {
    socketsOpenAtMs,
    ways: peer.wayCounts(),
    link: { ...peer.link.stats() },
    routing: { ...peer.routing.stats() },
  };
}

const linkBody = schema.record({ endpoint: schema.text(300) });

/** Routes about the peer itself. */
export function peerRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/status",
      summary: "Who this peer is and how it is doing",
      answers: "StatusBody",
      handle: () => ({ status: 200, json: statusBody(context) }),
    }),
    route({
      method: "GET",
      path: "/v1/peers",
      summary: "Neighbours with measured cost, and every peer in reach",
      answers: "PeersBody",
      handle: () => ({
        status: 200,
        json: { neighbours: neighbourBodies(peer), peers: knownPeerBodies(peer) },
      }),
    }),
    route({
      method: "GET",
      path: "/v1/doctor",
      summary: "What may stand in the way, and what to do about it",
      answers: "DoctorBody",
      handle: async () => ({ status: 200, json: { findings: await context.diagnose() } }),
    }),
    route({
      method: "GET",
      path: "/v1/diagnostics",
      summary: "Counters of links and routing since the start",
      answers: "DiagnosticsBody",
      handle: () => ({ status: 200, json: diagnosticsBody(context) }),
    }),
    route({
      method: "GET",
      path: "/v1/traffic",
      summary: "How many bytes have passed this peer's links since its start",
      answers: "TrafficBody",
      handle: () => {
        const { bytesSent, bytesReceived } = peer.link.stats();
        const atMs = Math.round(context.uptimeMs());
        const json: TrafficBody = { sentBytes: bytesSent, receivedBytes: bytesReceived, atMs };
        return { status: 200, json };
      },
    }),
    route({
      method: "POST",
      path: "/v1/links",
      summary: "Dial another peer by hand and keep dialling",
      body: linkBody,
      bodyExample: { endpoint: "tcp://192.0.2.7:4711" },
      answers: "nothing",
      handle: ({ body }) => {
        peer.link.addStaticLink(body.endpoint);
        context.poke();
        return { status: 202 };
      },
    }),
    ...placeRoutes(context),
    route({
      method: "GET",
      path: "/v1/events",
      summary: "What happens, as server-sent events",
      tokenInQuery: true,
      answers: "EventBodies",
      handle: ({ response }) => {
        context.hub.attach(response, { peerId: peer.identity.id });
        return undefined;
      },
    }),
    route({
      method: "POST",
      path: "/v1/stop",
      summary: "Stop this peer",
      answers: "nothing",
      handle: () => {
        context.stop();
        return { status: 202 };
      },
    }),
  ];
}

function placeRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/places",
      summary: "Where neighbours were that are greeted at the next start",
      answers: "readonly PlaceBody[]",
      handle: () => ({ status: 200, json: placeBodies(peer) }),
    }),
    route({
      method: "DELETE",
      path: "/v1/places",
      summary: "Forget where neighbours were",
      answers: "nothing",
      handle: () => {
        peer.link.forgetPlaces();
        context.poke();
        return { status: 204 };
      },
    }),
  ];
}
