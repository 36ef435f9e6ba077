import { describe, expect, test } from "vitest";
import type { MapBody } from "../../../src/api/client/index.ts";
import { MAP_PEERS_MAX } from "../limits.ts";
import { gradeOf, graphOf, merge, widthOf } from "./graph.ts";

function peer(
  peerId: string,
  hops: number,
  contact: string | null = null,
): {
  readonly peerId: string;
  readonly name: string;
  readonly hops: number;
  readonly contact: string | null;
} {
  return { peerId, name: `name of ${peerId}`, hops, contact };
}

function link(a: string, b: string, cost: number): MapBody["links"][number] {
  return { a, b, cost, roundTripMs: 1, deliveryRatio: 1 };
}

describe("what the map draws", () => {
  test("an empty mesh is this peer alone", () => {
    const graph = graphOf({ self: "me", peers: [], links: [] });
    expect(graph.nodes).toEqual([{ id: "me", name: "", kind: "self", hops: 0 }]);
    expect(graph.leftOut).toBe(0);
  });

  test("nearest first, petnames before claimed names, this peer once", () => {
    const peers = [peer("c", 2, "Anna"), peer("b", 1), peer("me", 0)];
    const graph = graphOf({ self: "me", peers, links: [] });
    expect(graph.nodes.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      "me self",
      "b peer",
      "c contact",
    ]);
    expect(graph.nodes[2]?.name).toBe("Anna");
  });

  test("both directions of a link are one; links to nobody are none", () => {
    const links = [
      link("me", "b", 30),
      link("b", "me", 40),
      link("b", "b", 1),
      link("b", "nobody", 1),
    ];
    expect(graphOf({ self: "me", peers: [peer("b", 1)], links }).links).toHaveLength(1);
  });

  test("draws MAP_PEERS_MAX peers and counts the next", () => {
    const peers = Array.from({ length: MAP_PEERS_MAX }, (_, at) => peer(`p${at}`, 1));
    expect(graphOf({ self: "me", peers, links: [] }).leftOut).toBe(0);
    const more = graphOf({ self: "me", peers: [...peers, peer("far", 9)], links: [] });
    expect(more.leftOut).toBe(1);
    expect(more.nodes.some(({ id }) => id === "far")).toBe(false);
  });

  test("cheap links are wide and good", () => {
    expect([24, 60, 61, 250, 251, Number.NaN].map(gradeOf)).toEqual([
      "good",
      "good",
      "fair",
      "fair",
      "slow",
      "slow",
    ]);
    expect(widthOf(24)).toBe(3.5);
    expect(widthOf(Number.POSITIVE_INFINITY)).toBe(1);
  });

  test("what is gone is shown leaving once", () => {
    const first = merge([], [{ id: "a" }, { id: "b" }]);
    const second = merge(first, [{ id: "b" }]);
    expect(second).toEqual([
      { item: { id: "b" }, leaving: false },
      { item: { id: "a" }, leaving: true },
    ]);
    expect(merge(second, [{ id: "b" }])).toEqual([{ item: { id: "b" }, leaving: false }]);
  });
});
