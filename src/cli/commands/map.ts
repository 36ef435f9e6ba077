import type { MapBody, MapLinkBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";
import { formatMs, inert } from "../output.ts";
import { connect } from "./shared.ts";

/** A link in a few characters: its cost, round trip and share of probes answered. */
function linkText({ cost, roundTripMs, deliveryRatio }: MapLinkBody): string {
  const measured = roundTripMs === null ? "" : `, ${formatMs(roundTripMs)}`;
  return `cost ${cost}${measured}, ${Math.round(deliveryRatio * 100)} %`;
}

/** The links of a map by peer, and who was found over whom from here, breadth first. */
class Tree {
  readonly neighbours: Map<string, Map<string, MapLinkBody>> = new Map();
  readonly parentOf: Map<string, string>;
  /** In the order in which they were found. */
  readonly found: string[];

  constructor(map: MapBody) {
    for (const link of map.links) {
      this.#add(link.a, link.b, link);
      this.#add(link.b, link.a, link);
    }
    this.parentOf = new Map([[map.self, ""]]);
    this.found = [map.self];
    for (const id of this.found) {
      for (const next of this.neighbours.get(id)?.keys() ?? []) {
        if (this.parentOf.has(next)) continue;
        this.parentOf.set(next, id);
        this.found.push(next);
      }
    }
  }

  #add(from: string, to: string, link: MapLinkBody): void {
    const known = this.neighbours.get(from) ?? new Map<string, MapLinkBody>();
    this.neighbours.set(from, known.set(to, link));
  }
}

/** A tree of the mesh as seen from here, with the links that are not in the tree behind it. */
export function drawMap(map: MapBody): string {
  const peers = new Map(map.peers.map((peer) => [peer.peerId, peer]));
  const { neighbours, parentOf, found } = new Tree(map);
  const nameOf = (id: string): string => {
    const peer = peers.get(id);
    return peer === undefined ? id.slice(0, 12) : inert(peer.contact ?? peer.name);
  };
  const alsoText = (id: string): string => {
    const others = [...(neighbours.get(id) ?? [])]
      .filter(([other]) => parentOf.get(other) !== id && parentOf.get(id) !== other)
      .map(([other, { cost }]) => `${nameOf(other)}, cost ${cost}`);
    return others.length === 0 ? "" : `   (also linked to ${others.join("; ")})`;
  };
  const lines: string[] = [];
  const draw = (id: string, indent: string, branch: string): void => {
    const link = neighbours.get(id)?.get(parentOf.get(id) ?? "");
    const quality = link === undefined ? "" : `   ${linkText(link)}`;
    lines.push(
      `${indent}${branch}${nameOf(id)}${id === map.self ? " (here)" : ""}${quality}${alsoText(id)}`,
    );
    const children = found.filter((child) => parentOf.get(child) === id);
    const deeper = branch === "" ? "" : indent + (branch === "└─ " ? "   " : "│  ");
    for (const [index, child] of children.entries()) {
      draw(child, deeper, index === children.length - 1 ? "└─ " : "├─ ");
    }
  };
  draw(map.self, "", "");
  const unplaced = map.peers.filter((peer) => !parentOf.has(peer.peerId));
  if (unplaced.length > 0) {
    lines.push(
      `In reach, place not known yet: ${unplaced.map((peer) => nameOf(peer.peerId)).join(", ")}`,
    );
  }
  return lines.join("\n");
}

async function run(context: CommandContext): Promise<number> {
  const map = await (await connect(context)).map();
  context.output.result(map, () => drawMap(map));
  return EXIT.ok;
}

/** `peernet map` */
export const mapCommand: Command = {
  name: "map",
  usage: "",
  summary: "the mesh around here as a tree, with costs of the links",
  details:
    "Behind each peer stands the link that leads to it: its cost, its round trip, and the share of\n" +
    "probes that were answered lately. A quiet cable costs 25; the cost of a way is the sum.",
  positionals: [0, 0],
  run,
};
