import { describe, expect, test } from "vitest";
import type { PeerRecord } from "../../identity/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { SCORES_MAX } from "./limits.ts";
import { drawWaypoints, rankFirstHops, Scores } from "./scores.ts";
import type { Vicinity, VicinityNeighbour, VicinityPeer } from "./vicinity.ts";

const record = {} as PeerRecord;

/** Neighbours with costs 1, 2, 3 …, and `behind` peers behind each. */
function vicinityOf(names: readonly string[], behind: number, suspect = ""): Vicinity {
  const neighbours = new Map<string, VicinityNeighbour>();
  const peers = new Map<string, VicinityPeer>();
  names.forEach((id, i) => {
    const neighbour = { id, cost: i + 1, suspect: id === suspect };
    neighbours.set(id, neighbour);
    for (let k = 0; k <= behind; k++) {
      const peer = k === 0 ? id : `${id}${k}`;
      const way = { selected: neighbour, metric: i + 1 + k, viewHops: k, lottery: k };
      peers.set(peer, { id: peer, idBytes: new Uint8Array(16), record, ...way });
    }
  });
  return { neighbours, get: (id) => peers.get(id), values: () => peers.values() };
}

describe("scores", () => {
  test("rise with acknowledged packets and fall with lost ones, within 0 and 1", () => {
    const scores = new Scores();
    const start = scores.of("a");
    scores.report("a", true);
    expect(scores.of("a")).toBeGreaterThan(start);
    for (let i = 0; i < 100; i++) scores.report("a", false);
    expect(scores.of("a")).toBeLessThan(0.001);
    for (let i = 0; i < 100; i++) scores.report("a", true);
    expect(scores.of("a")).toBeGreaterThan(0.999);
    expect(scores.of("a")).toBeLessThanOrEqual(1);
  });

  test("are kept of the last SCORES_MAX peers", () => {
    const scores = new Scores();
    for (let i = 0; i < SCORES_MAX; i++) scores.report(`p${i}`, false);
    expect([scores.size, scores.of("p0") < 0.7]).toEqual([SCORES_MAX, true]);
    scores.report("one more", false);
    expect([scores.size, scores.of("p0")]).toEqual([SCORES_MAX, new Scores().of("p0")]);
  });
});

describe("first hops", () => {
  test("by suspicion, score, then cost", () => {
    const scores = new Scores();
    const vicinity = vicinityOf(["a", "b", "c"], 0, "a");
    expect(rankFirstHops(scores, vicinity)).toEqual(["b", "c", "a"]);
    for (let i = 0; i < 5; i++) scores.report("b", false);
    expect(rankFirstHops(scores, vicinity)).toEqual(["c", "b", "a"]);
  });
});

describe("waypoints", () => {
  const vicinity = vicinityOf(["a", "b", "c"], 10);

  test("are spread over first hops, and those behind the usual one come last", () => {
    for (let seed = 0; seed < 20; seed++) {
      const drawn = drawWaypoints(new Scores(), vicinity, testRandom(seed), 3, "b4");
      expect(drawn.map((id) => id.charAt(0))).toEqual(["a", "c", "b"]);
      expect(drawn).not.toContain("b4");
    }
  });

  test("are drawn at random, each once, and the same with the same seed", () => {
    const draw = (seed: number) => drawWaypoints(new Scores(), vicinity, testRandom(seed), 99);
    expect(new Set(draw(1)).size).toBe(33);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(drawWaypoints(new Scores(), vicinity, testRandom(1), 0)).toEqual([]);
  });

  test("those that lost packets come after those that did not", () => {
    const scores = new Scores();
    for (let i = 0; i < 9; i++) scores.report("a", false);
    for (let seed = 0; seed < 20; seed++) {
      const drawn = drawWaypoints(scores, vicinity, testRandom(seed), 2);
      expect(drawn.map((id) => id.charAt(0))).toEqual(["b", "c"]);
    }
  });
});
