import { describe, expect, test } from "vitest";
import { testRandom } from "../testing/fixtures.ts";
import { SimulationError } from "./errors.ts";
import {
  type Graph,
  graphFromLinks,
  gridGraph,
  isConnected,
  lineGraph,
  randomGraph,
  reachableFrom,
  ringGraph,
} from "./graphs.ts";

const everywhere = (): boolean => true;

function isSimple({ size, links }: Graph): boolean {
  const names = new Set(links.map(([a, b]) => `${a}-${b}`));
  return names.size === links.length && links.every(([a, b]) => 0 <= a && a < b && b < size);
}

describe("graphs", () => {
  test("line, ring and grid have the links that their names promise", () => {
    expect(lineGraph(4).links).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(ringGraph(4).links).toHaveLength(4);
    expect(ringGraph(2).links).toEqual([[0, 1]]);
    expect(gridGraph(9).links).toHaveLength(12);
    expect(gridGraph(7).links).toHaveLength(8);
    expect(lineGraph(1).links).toEqual([]);
  });

  test("random graphs are simple, connected and repeatable", () => {
    const names = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const size = 1 + (seed % 20);
      const graph = randomGraph(testRandom(seed), size);
      names.add(graph.name);
      expect(isSimple(graph)).toBe(true);
      expect(isConnected(graph, everywhere)).toBe(true);
      expect(randomGraph(testRandom(seed), size)).toEqual(graph);
    }
    expect([...names].sort()).toEqual(["grid", "line", "ring", "tree"]);
  });

  test("reach ends where places are left out", () => {
    const line = lineGraph(5);
    const without2 = (place: number): boolean => place !== 2;
    expect(isConnected(line, without2)).toBe(false);
    expect([...reachableFrom(line, 4, without2)].sort()).toEqual([3, 4]);
    expect(isConnected(ringGraph(5), without2)).toBe(true);
    expect(isConnected(line, () => false)).toBe(true);
  });

  test("a link list becomes a graph, its repetitions dropped", () => {
    const links = [
      [2, 0, 0.5, "wifi"],
      [0, 2, 1, "vpn"],
      [1, 1, 1, "wifi"],
      [1, 2, 1, "wifi"],
    ];
    expect(graphFromLinks({ name: "village", nodes: 3, links })).toEqual({
      name: "village",
      size: 3,
      links: [
        [0, 2],
        [1, 2],
      ],
    });
  });

  test("a link list that names unknown nodes is refused", () => {
    const list = { name: "village", nodes: 3, links: [[0, 3]] };
    expect(() => graphFromLinks(list)).toThrow(SimulationError);
    expect(() => graphFromLinks({ ...list, links: [["0", 1]] })).toThrow(SimulationError);
  });
});
