import { describe, expect, test } from "vitest";
import { lentOf } from "../../money/payments/lending.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { cappedFlow } from "./capped-flow.ts";
import { drawDemand, fare } from "./demand.ts";
import { preferentialGraph, smallWorldGraph } from "./graphs.ts";
import { Market } from "./market.ts";
import { CreditNet } from "./net.ts";
import { bestSingle, blind, landmarkTrees, maxFlow, type Pay, widestFirst } from "./rivals.ts";

function townOf(seed: string): CreditNet {
  const graph = seed.startsWith("ws")
    ? smallWorldGraph(testRandom(seed), 120, 10)
    : preferentialGraph(testRandom(seed), 120, 5);
  const net = new CreditNet(graph);
  net.drawLimits(testRandom(`${seed} limits`), 100);
  return net;
}

const PAYMENTS = 60;

describe.each(["ws 1", "ba 1"])("a town %s", (seed) => {
  const demand = drawDemand(testRandom(seed), 120, PAYMENTS, 100);

  test.each([
    [1, false],
    [10, false],
    [10, true],
  ])(
    "keeps the sum of credit with %i payments at once, and nothing stays reserved (lent: %s)",
    (atOnce, isLent) => {
      const net = townOf(seed);
      const before = net.total();
      const market = new Market(net, testRandom("noise"), { atOnce, linesMax: 12, isLent });
      const outcomes = market.run(demand);
      expect(outcomes).toHaveLength(PAYMENTS);
      expect(net.total()).toBe(before);
      expect(net.capacity.every((amount) => amount >= 0)).toBe(true);
      expect(market.reserved()).toBe(0);
    },
  );

  test("routes with what it was told nearly as much as maximum flow, and more than what knows nothing", () => {
    const ceiling = fare(demand, maxFlow(townOf(seed)));
    const floor = fare(demand, blind(townOf(seed), 5));
    const market = new Market(townOf(seed), testRandom("noise"), { atOnce: 1, linesMax: 12 });
    const outcomes = market.run(demand);
    let at = 0;
    const ours = fare(demand, () => outcomes[at++]?.isPaid === true);
    expect(ours.volume).toBeGreaterThan(0.85 * ceiling.volume);
    expect(ours.volume).toBeGreaterThan(1.5 * floor.volume);
  });

  test("every rival keeps the sum of credit, whether it can pay or not", () => {
    const rivals: ((net: CreditNet) => Pay)[] = [
      (net) => blind(net, 5),
      (net) => landmarkTrees(net, [0, 1, 2]),
      bestSingle,
      (net) => widestFirst(net, 5),
      maxFlow,
      cappedFlow,
    ];
    for (const make of rivals) {
      const net = townOf(seed);
      const before = net.total();
      expect(fare(demand, make(net)).count).toBeGreaterThan(0);
      expect(net.total()).toBe(before);
      expect(net.capacity.every((amount) => amount >= 0)).toBe(true);
    }
  });
});

test("maximum flow pays what goes over two ways of three lines, and not one more", () => {
  const links = [
    [0, 1],
    [1, 3],
    [0, 2],
    [2, 3],
  ] as const;
  const fresh = (): CreditNet => {
    const net = new CreditNet({ name: "diamond", size: 4, links });
    for (const [from, to, amount] of [
      [0, 1, 5],
      [1, 3, 9],
      [0, 2, 9],
      [2, 3, 4],
    ] as const) {
      net.capacity[net.edgeBetween(from, to)] = amount;
    }
    return net;
  };
  expect(maxFlow(fresh())({ from: 0, to: 3, amount: 9 })).toBe(true);
  expect(maxFlow(fresh())({ from: 0, to: 3, amount: 10 })).toBe(false);
  expect(bestSingle(fresh())({ from: 0, to: 3, amount: 6 })).toBe(false);
  expect(widestFirst(fresh(), 2)({ from: 0, to: 3, amount: 9 })).toBe(true);
});

test("within the caps of real lines one line gets of another what it is lent, and two get all of it", () => {
  // 0 has a line to 1 and one to 2, both have one to 3, and 3 has the only one to 4.
  const links = ["01", "02", "13", "23", "34"].map(
    (name) => [Number(name[0]), Number(name[1])] as const,
  );
  const fresh = (wide: boolean): CreditNet => {
    const net = new CreditNet({ name: "kite", size: 5, links });
    for (const [a, b] of links) {
      const amount = a === 0 && b === 2 && !wide ? 0 : a === 3 ? 100 : 300;
      net.capacity[net.edgeBetween(a, b)] = amount;
      net.capacity[net.edgeBetween(b, a)] = 100;
    }
    return net;
  };
  const pays = (wide: boolean, amount: number): boolean => {
    const net = fresh(wide);
    const before = [...net.capacity];
    const isPaid = cappedFlow(net)({ from: 0, to: 4, amount });
    if (!isPaid) expect([...net.capacity]).toEqual(before);
    else expect(net.capacity[net.edgeBetween(3, 4)]).toBe(100 - amount);
    return isPaid;
  };
  const lent = lentOf(100, 0);
  expect([lent, lent + 1].map((amount) => pays(false, amount))).toEqual([true, false]);
  expect([lent + 1, 100, 101].map((amount) => pays(true, amount))).toEqual([true, true, false]);
  // Half of both limits and no more, on a line of the payer's own, too.
  const narrow = new CreditNet({ name: "pair", size: 2, links: [[0, 1]] });
  narrow.capacity[narrow.edgeBetween(0, 1)] = 100;
  expect(cappedFlow(narrow.copy())({ from: 0, to: 1, amount: 51 })).toBe(false);
  expect(cappedFlow(narrow.copy())({ from: 0, to: 1, amount: 50 })).toBe(true);
});
