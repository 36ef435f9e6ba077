import { HOPS_MAX } from "../../src/money/payments/limits.ts";
import { cappedFlow } from "../../src/simulation/credit/capped-flow.ts";
import { type Demand, drawDemand, type Fared, fare } from "../../src/simulation/credit/demand.ts";
import { preferentialGraph, smallWorldGraph } from "../../src/simulation/credit/graphs.ts";
import { Market } from "../../src/simulation/credit/market.ts";
import { CreditNet } from "../../src/simulation/credit/net.ts";
import {
  bestSingle,
  blind,
  landmarkTrees,
  maxFlow,
  type Pay,
  widestFirst,
} from "../../src/simulation/credit/rivals.ts";
import type { Graph } from "../../src/simulation/graphs.ts";
import { testRandom } from "../../src/testing/fixtures.ts";
import { measuredGraph } from "../routing/sim-kit.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { wiringRows } from "./wiring.ts";

const MEAN = 100;
const LANDMARKS = 3;
/** Lines that a part may go over: what an onion has layers for. */
const LINES_MAX = HOPS_MAX;
const AT_ONCE = 20;

interface Town {
  readonly id: string;
  readonly graph: () => Graph | undefined;
  /** Payments, by default and at full scale. */
  readonly payments: number;
  readonly full: number;
  /** Whether what the caps of real lines cost is measured by default, and what maximum flow pays within them at all. */
  readonly isLent: boolean;
}

const TOWNS: readonly Town[] = [
  {
    id: "ws-1000",
    graph: () => smallWorldGraph(testRandom("g"), 1_000, 10),
    payments: 250,
    full: 10_000,
    isLent: true,
  },
  {
    id: "ba-1000",
    graph: () => preferentialGraph(testRandom("g"), 1_000, 5),
    payments: 150,
    full: 10_000,
    isLent: false,
  },
  {
    id: "ba-10000",
    graph: () => preferentialGraph(testRandom("g"), 10_000, 5),
    payments: 40,
    full: 1_500,
    isLent: false,
  },
  {
    id: "freifunk-bremen",
    graph: () => measuredGraph("freifunk-bremen"),
    payments: 400,
    full: 10_000,
    isLent: true,
  },
];

/** Payments for which it is worked out what the caps of real lines cost: a tenth of a second for each in the small world. */
const CAPPED = 250;

/** The other ways to route, by what they know; all in the same harness. */
const RIVALS: Readonly<Record<string, (net: CreditNet) => Pay>> = {
  "blind, 1 way": (net) => blind(net, 1),
  "blind, 5 tries": (net) => blind(net, 5),
  "3 landmark trees": (net) => landmarkTrees(net, hubs(net)),
  "best single way, all known": bestSingle,
  "widest first of 5, all known": (net) => widestFirst(net, 5),
};

/** The places with the most lines. */
function hubs(net: CreditNet): number[] {
  const lines = (place: number): number => (net.first[place + 1] ?? 0) - (net.first[place] ?? 0);
  return Array.from({ length: net.size }, (_, place) => place)
    .sort((a, b) => lines(b) - lines(a) || a - b)
    .slice(0, LANDMARKS);
}

/** What came of a market. */
interface Traded extends Fared {
  readonly messages: readonly number[];
  readonly note: string;
}

function trade(
  base: CreditNet,
  demand: readonly Demand[],
  atOnce: number,
  isLent: boolean,
): Traded {
  const net = base.copy();
  const market = new Market(net, testRandom("noise"), { atOnce, linesMax: LINES_MAX, isLent });
  const outcomes = market.run(demand);
  if (net.total() !== base.total() || market.reserved() !== 0) {
    throw new RangeError("credit came from nowhere, or stayed reserved");
  }
  let at = 0;
  const fared = fare(demand, () => outcomes[at++]?.isPaid === true);
  const messages = outcomes.map((outcome) => outcome.messages);
  const sorted = messages.toSorted((a, b) => a - b);
  const note =
    `messages: nine in ten payments need at most ${sorted[Math.floor(sorted.length * 0.9)]}; gossip apart: ` +
    `${(market.rumours.adverts / demand.length).toFixed(1)} adverts and ` +
    `${Math.round(market.rumours.copies / demand.length)} copies of them for each payment`;
  return { ...fared, messages, note };
}

function rowsOf(town: Town, full: boolean): BenchRow[] {
  const id = `money.routing.${town.id}`;
  const graph = town.graph();
  if (graph === undefined) {
    const note =
      "skipped: the list of its links (../shared/topologies, from api.freifunk.net) is not beside the repository";
    return [{ ...benchRow(`${id}.volume`, null, "x"), note }];
  }
  const base = new CreditNet(graph);
  base.drawLimits(testRandom("limits"), MEAN);
  const payments = full ? town.full : town.payments;
  const demand = drawDemand(testRandom("demand"), graph.size, payments, MEAN);
  const ceiling = fare(demand, maxFlow(base.copy()));
  const rivals = Object.entries(RIVALS).map(([name, make]) => {
    const fared = fare(demand, make(base.copy()));
    console.error(`${town.id}: ${name}: count ${fared.count}, volume ${fared.volume}`);
    return { name, fared };
  });
  const ours = trade(base, demand, 1, false);
  const lent = town.isLent || full ? [trade(base, demand, 1, true)] : [];
  const capped = !town.isLent ? "" : cappedNote(base, demand.slice(0, CAPPED));
  const crowd = full ? [trade(base, demand, AT_ONCE, false)] : [];
  const of = `${payments} payments; maximum flow pays ${share(ceiling.count)} of them and ${share(ceiling.volume)} of the volume`;
  const row = (name: string, part: "count" | "volume", traded: Traded, more = ""): BenchRow => ({
    ...benchRow(
      `${id}${name}.${part}`,
      traded[part] / ceiling[part],
      "x",
      rivals.map((rival) => ({
        name: rival.name,
        value: rival.fared[part] / ceiling[part],
        note: "in the same harness, as a share of maximum flow",
      })),
    ),
    note: `${of}; ${traded.note}${more}`,
    reduced: !full,
  });
  return [
    row("", "count", ours),
    row("", "volume", ours),
    { ...benchRow(`${id}.messages`, median(ours.messages), "messages"), reduced: !full },
    ...lent.flatMap((traded) => [
      row(".lent", "count", traded, capped),
      row(".lent", "volume", traded, capped),
    ]),
    ...crowd.flatMap((traded) => [
      row(".20-at-once", "count", traded),
      row(".20-at-once", "volume", traded),
    ]),
  ];
}

/** What is paid of some payments with all that is known, within the caps of real lines, as a share of maximum flow. */
function cappedNote(base: CreditNet, some: readonly Demand[]): string {
  const free = fare(some, maxFlow(base.copy()));
  const capped = fare(some, cappedFlow(base.copy()));
  const ours = trade(base, some, 1, true);
  const of = (fared: Fared): string =>
    `${(fared.count / free.count).toFixed(3)} of the count and ${(fared.volume / free.volume).toFixed(3)} of the volume`;
  return `; of the first ${some.length}, maximum flow within the same caps pays ${of(capped)}, this ${of(ours)}`;
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/**
 * Payments between strangers with what gossip and probes tell, as a share of what maximum flow with full
 * knowledge pays of the same ones: one after the other; lent as real people in between lend; with `full`
 * also 20 at once. Then what the real wiring needs for it.
 */
export function routing({ full }: BenchOptions): Promise<BenchRow[]> {
  return Promise.resolve([...TOWNS.flatMap((town) => rowsOf(town, full)), ...wiringRows(full)]);
}
