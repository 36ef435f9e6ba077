import type { MapBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";
import { inert } from "../output.ts";
import { connect } from "./shared.ts";

/** A tree of the mesh as seen from here, with the links that are not in the tree behind it. */
export function drawMap(map: MapBody): string {
  const peers = new Map(map.peers.map((peer) => [peer.peerId, peer]));
  const neighbours = new Map<string, Set<string>>();
  for (const { a, b } of map.links) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      neighbours.set(from, (neighbours.get(from) ?? new Set()).add(to));
    }
  }
  const nameOf = (id: string): string => {
    const peer = peers.get(id);
    return peer === undefined ? id.slice(0, 12) : inert(peer.contact ?? peer.name);
  };
  const parentOf = new Map<string, string>([[map.self, ""]]);
  const queue = [map.self];
  for (const id of queue) {
    for (const next of neighbours.get(id) ?? []) {
      if (parentOf.has(next)) continue;
      parentOf.set(next, id);
      queue.push(next);
    }
  }
  const lines: string[] = [];
  const draw = (id: string, indent: string, branch: string): void => {
    const others = [...(neighbours.get(id) ?? [])].filter(
      (other) => parentOf.get(other) !== id && parentOf.get(id) !== other,
    );
    const also = others.length === 0 ? "" : `   (also linked to ${others.map(nameOf).join(", ")})`;
    lines.push(`${indent}${branch}${nameOf(id)}${id === map.self ? " (here)" : ""}${also}`);
    const children = queue.filter((child) => parentOf.get(child) === id);
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
  summary: "the mesh around here as a tree",
  positionals: [0, 0],
  run,
};
