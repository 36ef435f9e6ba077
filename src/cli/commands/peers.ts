import type { PeersBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";
import { formatMs, inert, table } from "../output.ts";
import { connect } from "./shared.ts";

function describe(body: PeersBody): string {
  if (body.neighbours.length === 0) {
    return "No neighbours yet. 'peernet doctor' says what may stand in the way.";
  }
  const names = new Map(body.peers.map((peer) => [peer.peerId, inert(peer.contact ?? peer.name)]));
  const nameOf = (id: string): string => names.get(id) ?? id.slice(0, 12);
  const neighbours = body.neighbours.map((neighbour) => [
    nameOf(neighbour.peerId),
    neighbour.address,
    neighbour.suspect ? "silent" : "up",
    String(neighbour.cost),
    neighbour.roundTripMs === null ? "-" : formatMs(neighbour.roundTripMs),
    `${Math.round(neighbour.deliveryRatio * 100)} %`,
    neighbour.endpoints[0] ?? "-",
  ]);
  const peers = body.peers.map((peer) => [
    nameOf(peer.peerId),
    peer.address,
    String(peer.hops),
    String(peer.metric),
    nameOf(peer.nextHop),
    peer.alternate === null ? "none" : nameOf(peer.alternate),
  ]);
  return [
    "Neighbours",
    table([["NAME", "ADDRESS", "STATE", "COST", "ROUND TRIP", "DELIVERED", "OVER"], ...neighbours]),
    "",
    "Peers in reach",
    table([["NAME", "ADDRESS", "HOPS", "COST", "NEXT HOP", "BACKUP"], ...peers]),
  ].join("\n");
}

async function run(context: CommandContext): Promise<number> {
  const body = await (await connect(context)).peers();
  context.output.result(body, () => describe(body));
  return EXIT.ok;
}

/** `peernet peers` */
export const peersCommand: Command = {
  name: "peers",
  usage: "",
  summary: "neighbours with measured cost, and every peer in reach with hops and route",
  positionals: [0, 0],
  run,
};
