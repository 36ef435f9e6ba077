import type { PeersBody, PlaceBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";
import { formatMs, inert, table, tallTable } from "../output.ts";
import { connect } from "./shared.ts";

/** Neighbours and all peers in reach, for people: addresses stand below, so that it fits a window of 80 columns. */
export function describePeers(body: PeersBody): string {
  if (body.neighbours.length === 0) {
    return "No neighbours yet. 'peernet doctor' says what may stand in the way.";
  }
  const names = new Map(body.peers.map((peer) => [peer.peerId, inert(peer.contact ?? peer.name)]));
  const nameOf = (id: string): string => names.get(id) ?? id.slice(0, 12);
  const neighbours = body.neighbours.map((neighbour) => [
    nameOf(neighbour.peerId),
    neighbour.suspect ? "silent" : "up",
    String(neighbour.cost),
    neighbour.roundTripMs === null ? "-" : formatMs(neighbour.roundTripMs),
    `${Math.round(neighbour.deliveryRatio * 100)} %`,
    neighbour.endpoints[0] ?? "-",
  ]);
  const peers = body.peers.map((peer) => ({
    cells: [
      nameOf(peer.peerId),
      String(peer.hops),
      String(peer.metric),
      nameOf(peer.nextHop),
      peer.alternate === null ? "none" : nameOf(peer.alternate),
    ],
    below: peer.address,
  }));
  return [
    "Neighbours",
    table([["NAME", "STATE", "COST", "ROUND TRIP", "DELIVERED", "OVER"], ...neighbours]),
    "",
    "Peers in reach",
    tallTable(["NAME", "HOPS", "COST", "NEXT HOP", "BACKUP"], peers),
  ].join("\n");
}

/** Where neighbours were, for people. */
export function describePlaces(places: readonly PlaceBody[]): string {
  if (places.length === 0) return "Nobody's place is remembered.";
  const rows = places.map(({ name, endpoint, atMs }) => [
    inert(name),
    endpoint,
    new Date(atMs).toISOString().slice(0, 10),
  ]);
  return table([["NAME", "GREETED AT THE NEXT START", "LAST LINKED"], ...rows]);
}

async function run(context: CommandContext): Promise<number> {
  const client = await connect(context);
  if (context.arguments.flag("forget")) await client.records.forgetPlaces();
  if (context.arguments.flag("forget") || context.arguments.flag("remembered")) {
    const places = await client.records.places();
    context.output.result(places, () => describePlaces(places));
    return EXIT.ok;
  }
  const body = await client.peers();
  context.output.result(body, () => describePeers(body));
  return EXIT.ok;
}

/** `peernet peers` */
export const peersCommand: Command = {
  name: "peers",
  usage: "",
  summary: "neighbours with measured cost, and every peer in reach with hops and route",
  options: {
    remembered: {
      type: "boolean",
      help: "where neighbours were that this peer greets at its next start",
    },
    forget: { type: "boolean", help: "forget those places" },
  },
  positionals: [0, 0],
  run,
};
