import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { RouteInfo } from "../routing/index.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { rulesFor, spreadCandidates } from "./candidates.ts";
import { PeerFacts, type PeerFactsPort } from "./facts.ts";
import {
  BRIDGED_AFTER_MS,
  SECOND_WAYS_MAX,
  SPREAD_GROUP_PEERS_MAX,
  SPREAD_PEERS_MAX,
} from "./limits.ts";
import { idealHolders, type PlacementRules } from "./placement.ts";

fc.configureGlobal({ seed: 1 });
const suite = createNodeSuite();
const PEER = (place: number): string => `fd${place.toString(16).padStart(30, "0")}`;
const ROOT = (place: number): Uint8Array => suite.sha256(Uint8Array.of(place));
const peersOf = (count: number): string[] => Array.from({ length: count }, (_, i) => PEER(i));
const EQUAL: PlacementRules = {
  ...{ weight: () => 0.5, groups: () => [], groupMax: 10, near: new Set(), nearMin: 3 },
};
const GENTLE = {
  ...{ n: 40, nMax: 64 },
  layers: [
    { k: 3, sizeBytes: 1 },
    { k: 10, sizeBytes: 10 },
    { k: 20, sizeBytes: 100 },
  ],
};

/** How many of the holders are each peer, or whatever else they are counted by. */
function count(holders: readonly string[], by = (peer: string): string => peer): number[] {
  const counts = new Map<string, number>();
  for (const holder of holders) counts.set(by(holder), (counts.get(by(holder)) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => a - b);
}

describe("who keeps what", () => {
  test("where nothing is known of anybody it is as without rules", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65 }), fc.nat(255), (peers, root) => {
        const plain = idealHolders(suite, ROOT(root), peersOf(peers), 40);
        expect(idealHolders(suite, ROOT(root), peersOf(peers), 40, [], EQUAL)).toEqual(plain);
      }),
      { numRuns: 30 },
    );
  });

  test("who is trusted and there more often gets the extra fragments", () => {
    const good = new Set(peersOf(8));
    const rules = { ...EQUAL, weight: (peer: string) => (good.has(peer) ? 1 : 0.25) };
    let toGood = 0;
    for (let root = 0; root < 50; root++) {
      const holders = idealHolders(suite, ROOT(root), peersOf(64), 40, [], rules);
      expect(count(holders).at(-1)).toBe(1);
      toGood += holders.filter((holder) => good.has(holder)).length;
    }
    // 40 of 64 get one: 62 % of them where all are equal.
    expect(toGood / (50 * 8)).toBeGreaterThan(0.9);
  });

  test("no group gets more than half of the spare fragments, where there are groups enough", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 10 }), fc.nat(255), (groups, root) => {
        const groupOf = (peer: string): string => `${Number.parseInt(peer.slice(-4), 16) % groups}`;
        const rules = { ...EQUAL, groups: (peer: string) => [groupOf(peer)] };
        const holders = idealHolders(suite, ROOT(root), peersOf(64), 40, [], rules);
        expect(count(holders, groupOf).at(-1)).toBeLessThanOrEqual(10);
      }),
      { numRuns: 30 },
    );
  });

  test("a small house among large ones takes more per peer, before a large one takes too much", () => {
    const groupOf = (peer: string): string =>
      Number.parseInt(peer.slice(-4), 16) < 44 ? "a" : peer;
    const rules = { ...EQUAL, groups: (peer: string) => [groupOf(peer)] };
    const holders = idealHolders(suite, ROOT(1), peersOf(60), 40, [], rules);
    expect(holders.filter((holder) => groupOf(holder) === "a").length).toBeLessThanOrEqual(10);
    expect(count(holders).at(-1)).toBe(2);
  });

  test("groups that have peers in common are not taken for several that fail on their own", () => {
    const [a, b, c, d] = [PEER(1), PEER(2), PEER(3), PEER(4)];
    const shared: Record<string, string[]> = { [a]: ["of anna", "in x"], [b]: ["of ben", "in x"] };
    const rules = { ...EQUAL, groups: (peer: string) => shared[peer] ?? [] };
    const holders = idealHolders(suite, ROOT(1), [a, b, c, d], 40, [], rules);
    // A third of 40: three may fail on their own.
    expect(holders.filter((peer) => peer === a || peer === b)).toHaveLength(14);
  });

  test("neither a person nor a network has more than half of the spare ones", () => {
    const place = (peer: string): number => Number.parseInt(peer.slice(-4), 16);
    const groups = (peer: string) => [
      `of ${place(peer) % 9}`,
      `in ${Math.floor(place(peer) / 12)}`,
    ];
    fc.assert(
      fc.property(fc.nat(255), (root) => {
        const holders = idealHolders(suite, ROOT(root), peersOf(60), 40, [], { ...EQUAL, groups });
        for (const which of [0, 1]) {
          expect(count(holders, (peer) => groups(peer)[which] ?? "").at(-1)).toBeLessThanOrEqual(
            10,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  test("where all may fail together they get all of it, evenly", () => {
    const rules = { ...EQUAL, groups: () => ["house"] };
    expect(count(idealHolders(suite, ROOT(1), peersOf(8), 40, [], rules))).toEqual(
      new Array(8).fill(5),
    );
  });

  test("nobody goes without because others of its group were luckier, while the group may have enough", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(255), (behind, root) => {
        const peers = peersOf(12);
        const group = new Set(peers.slice(12 - behind));
        const rules: PlacementRules = {
          ...EQUAL,
          groups: (peer) => (group.has(peer) ? ["behind a bridge"] : []),
          near: new Set(peers.slice(0, 2)),
        };
        const holders = idealHolders(suite, ROOT(root), peers, 40, [], rules);
        expect(new Set(holders).size).toBe(12);
      }),
      { numRuns: 200 },
    );
  });

  test("nor because peers near to who puts it are of that group and are given theirs first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 9 }), fc.nat(255), (behind, root) => {
        const peers = peersOf(12);
        const rules: PlacementRules = {
          ...EQUAL,
          groups: (peer) => (peers.indexOf(peer) >= 12 - behind ? ["behind a bridge"] : []),
          near: new Set(peers.slice(-3)),
        };
        const holders = idealHolders(suite, ROOT(root), peers, 40, [], rules);
        expect(new Set(holders).size).toBe(12);
        expect(holders.filter((holder) => rules.near.has(holder)).length).toBeGreaterThanOrEqual(3);
      }),
      { numRuns: 200 },
    );
  });

  test("what lies with a group already counts", () => {
    const groupOf = (peer: string): string => `${Number.parseInt(peer.slice(-4), 16) % 4}`;
    const rules = { ...EQUAL, groups: (peer: string) => [groupOf(peer)] };
    const placed = Array.from({ length: 10 }, (_, i) => PEER(4 * i));
    const holders = idealHolders(suite, ROOT(1), peersOf(64), 40, placed, rules);
    expect(holders.slice(0, 10)).toEqual(placed);
    expect(holders.slice(10).some((holder) => groupOf(holder) === "0")).toBe(false);
  });

  test("near peers together can show the whole coarsely", () => {
    const near = new Set(peersOf(3));
    const rules = { ...EQUAL, near, weight: (peer: string) => (near.has(peer) ? 0.01 : 1) };
    for (let root = 0; root < 20; root++) {
      const holders = idealHolders(suite, ROOT(root), peersOf(60), 40, [], rules);
      expect(holders.filter((holder) => near.has(holder)).length).toBeGreaterThanOrEqual(3);
    }
  });
});

/** Routes to peers, nearest first, each a hop further. */
function routesTo(count: number, change: Partial<RouteInfo> = {}): RouteInfo[] {
  return peersOf(count).map((destination, place) => ({
    ...{ destination, metric: place, hops: place + 1, nextHop: destination },
    ...{ alternate: undefined, record: undefined as never, ...change },
  }));
}

/** All are reached by the first peer alone from now on. */
function loseSecondWays(routes: RouteInfo[]): void {
  for (const [at, route] of routes.entries()) {
    routes[at] = { ...route, nextHop: PEER(0), alternate: undefined };
  }
}

function factsOf(
  port: PeerFactsPort,
  routes: readonly RouteInfo[],
  uptime = 0.5,
  clock = new ManualClock(),
): PeerFacts {
  const routing = { route: (id: string) => routes.find((route) => route.destination === id) };
  return new PeerFacts(port, routing as never, clock, () => uptime);
}

describe("among whom", () => {
  const nobody = (): boolean => false;

  test("the nearest, where no group of them may fail together", () => {
    const routes = routesTo(SPREAD_PEERS_MAX + 10, { alternate: PEER(1) });
    const found = spreadCandidates("self", routes, factsOf({}, routes), nobody);
    expect(found).toEqual(["self", ...peersOf(SPREAD_PEERS_MAX)]);
  });

  test("who lied and who is to be left alone are not among them", () => {
    const routes = routesTo(10, { alternate: PEER(1) });
    const facts = factsOf({ honesty: (peer) => (peer === PEER(3) ? 0.1 : 1) }, routes);
    const found = spreadCandidates("self", routes, facts, (peer) => peer === PEER(4));
    expect(found).toEqual([
      "self",
      ...peersOf(10).filter((id) => id !== PEER(3) && id !== PEER(4)),
    ]);
  });

  test("a few near ones and others from everywhere, where all near ones may fail together", () => {
    const routes = routesTo(400, { alternate: PEER(1) });
    const groupOf = (peer: string): string =>
      `${Math.floor(Number.parseInt(peer.slice(-4), 16) / 100)}`;
    const facts = factsOf({ groups: (peer) => [groupOf(peer)] }, routes);
    const found = spreadCandidates("self", routes, facts, nobody);
    expect(found.slice(0, 1 + SPREAD_GROUP_PEERS_MAX)).toEqual([
      "self",
      ...peersOf(SPREAD_GROUP_PEERS_MAX),
    ]);
    expect(found).toHaveLength(SPREAD_PEERS_MAX + 1);
    expect(count(found.slice(1), groupOf)).toEqual([16, 16, 16, 16]);
    expect(spreadCandidates("other", routes, facts, nobody).slice(20)).not.toEqual(found.slice(20));
    const rules = rulesFor(GENTLE, "self", routes, facts);
    const holders = idealHolders(suite, ROOT(1), found, 40, [], rules);
    expect(
      count(
        holders.filter((id) => id !== "self"),
        groupOf,
      ).at(-1),
    ).toBeLessThanOrEqual(10);
  });

  test("peers behind one neighbour without another way are a group; the rules say how much", () => {
    const routes = routesTo(5, { nextHop: PEER(0) });
    const facts = factsOf({ trust: (peer) => (peer === PEER(2) ? 1 : 0.5) }, routes, 0.8);
    const behind = `behind ${PEER(0)}`;
    expect(peersOf(3).map((peer) => facts.groups(peer))).toEqual([[], [behind], [behind]]);
    const rules = rulesFor(GENTLE, "self", routes, facts);
    expect(rules.groupMax).toBe(10);
    expect(rules.nearMin).toBe(3);
    expect([...rules.near]).toEqual(["self", PEER(0), PEER(1)]);
    expect([rules.weight(PEER(1)), rules.weight(PEER(2))]).toEqual([0.5, 1]);
  });

  test("who is trusted in part is not trusted, and nobody is where nothing says so", () => {
    const routes = routesTo(3, {});
    const facts = factsOf({ trust: (peer) => (peer === PEER(2) ? 1 : 0.99) }, routes, 0.8);
    expect([facts.isTrusted(PEER(1)), facts.isTrusted(PEER(2))]).toEqual([false, true]);
    expect(factsOf({}, routes, 0.8).isTrusted(PEER(2))).toBe(false);
  });

  test("a second way that is missing for a moment makes no group", () => {
    const clock = new ManualClock();
    const routes = routesTo(SECOND_WAYS_MAX + 2, { alternate: PEER(0) });
    const facts = factsOf({}, routes, 0.5, clock);
    const behind = (place: number): readonly string[] => facts.groups(PEER(place));
    for (let place = 1; place <= SECOND_WAYS_MAX; place++) behind(place);
    loseSecondWays(routes);
    expect([behind(1), behind(SECOND_WAYS_MAX)]).toEqual([[], []]);
    expect(behind(SECOND_WAYS_MAX + 1)).toEqual([`behind ${PEER(0)}`]);
    clock.advance(BRIDGED_AFTER_MS - 1);
    expect(behind(1)).toEqual([]);
    clock.advance(1);
    expect(behind(1)).toEqual([`behind ${PEER(0)}`]);
  });

  test("so many second ways are remembered, and one more pushes out the longest unseen", () => {
    const routes = routesTo(SECOND_WAYS_MAX + 2, { alternate: PEER(0) });
    const facts = factsOf({}, routes);
    for (let place = 1; place <= SECOND_WAYS_MAX + 1; place++) facts.groups(PEER(place));
    loseSecondWays(routes);
    expect(facts.groups(PEER(1))).toEqual([`behind ${PEER(0)}`]);
    expect(facts.groups(PEER(2))).toEqual([]);
  });
});
