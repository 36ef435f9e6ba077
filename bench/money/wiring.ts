import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { type Demand, drawDemand } from "../../src/simulation/credit/demand.ts";
import { smallWorldGraph } from "../../src/simulation/credit/graphs.ts";
import { CreditNet } from "../../src/simulation/credit/net.ts";
import { maxFlow } from "../../src/simulation/credit/rivals.ts";
import { toyPaymentSuite } from "../../src/simulation/money/payments/schedule.ts";
import { Village } from "../../src/simulation/money/payments/village.ts";
import { testRandom } from "../../src/testing/fixtures.ts";
import { type BenchRow, benchRow, median } from "../row.ts";

const MEAN = 100;
const DEGREE = 10;
const DEFAULT = { size: 100, payments: 60 };
const FULL = { size: 300, payments: 600 };

/**
 * The same question put to the real thing: wayfinders, gossip, hints, onions, reservations and locks, byte by byte,
 * only lines and sessions are simulated. A small world, as in the rows above but smaller.
 */
export function wiringRows(full: boolean): readonly BenchRow[] {
  const { payments, size } = full ? FULL : DEFAULT;
  const graph = smallWorldGraph(testRandom("g"), size, DEGREE);
  const net = new CreditNet(graph);
  net.drawLimits(testRandom("limits"), MEAN);
  const village = new Village({ seed: 1, suite: toyPaymentSuite(createNodeSuite()), size });
  for (const [a, b] of graph.links) {
    const [ab, ba] = [net.edgeBetween(a, b), net.edgeBetween(b, a)];
    village.town.line(a, b, net.capacity[ab] ?? 0, net.capacity[ba] ?? 0);
  }
  const demand = drawDemand(testRandom("demand"), size, payments, MEAN);
  village.start();
  const { counters } = village;
  const begun = { gossip: counters.gossip, bytes: counters.gossipBytes };
  const could = maxFlow(net);
  const messages: number[] = [];
  const sums = { paid: 0, could: 0, volume: 0, couldVolume: 0 };
  for (const one of demand) {
    const result = village.pay(one.from, one.to, one.amount);
    messages.push(result.messages);
    add(sums, one, result.state === "paid", could(one));
  }
  const sorted = messages.toSorted((a, b) => a - b);
  const note =
    `${size} people, ${payments} payments with the caps of real lines, reservations, answers, what is let go, hint and question; nine in ten need at most ` +
    `${sorted[Math.floor(sorted.length * 0.9)]}; a hint with its question has ${Math.round((2 * counters.hintBytes) / Math.max(1, counters.hints))} bytes; ` +
    `gossip apart: ${Math.round((counters.gossip - begun.gossip) / payments)} messages, ` +
    `${Math.round((counters.gossipBytes - begun.bytes) / payments / 1_000)} kB over all lines together for each payment, ` +
    `and ${Math.round(begun.bytes / graph.links.length / 1_000)} kB per line when all begin`;
  const rows = [
    benchRow("money.wiring.messages", median(messages), "messages"),
    benchRow("money.wiring.count", sums.paid / sums.could, "x"),
    benchRow("money.wiring.volume", sums.volume / sums.couldVolume, "x"),
  ];
  return rows.map((row) => ({ ...row, note, reduced: !full }));
}

function add(
  sums: { paid: number; could: number; volume: number; couldVolume: number },
  { amount }: Demand,
  isPaid: boolean,
  couldBe: boolean,
): void {
  if (isPaid) {
    sums.paid++;
    sums.volume += amount;
  }
  if (couldBe) {
    sums.could++;
    sums.couldVolume += amount;
  }
}
