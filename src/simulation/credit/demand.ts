import type { Random } from "../../ports/random.ts";
import { exponential } from "./net.ts";

/** Who wants to pay whom how much, in smallest units. */
export interface Demand {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

/** Payments between pairs of places, all alike likely; sizes are exponential around `mean` units. */
export function drawDemand(random: Random, size: number, count: number, mean: number): Demand[] {
  return Array.from({ length: count }, () => {
    const from = random.u32() % size;
    let to = random.u32() % (size - 1);
    if (to >= from) to++;
    return { from, to, amount: exponential(random, mean) };
  });
}

/** How one way to route fared: shares of 0 … 1, of what was wanted. */
export interface Fared {
  readonly count: number;
  readonly volume: number;
}

/** Pays one after the other; `pay` moves all of a payment or nothing, and tells which. */
export function fare(demand: readonly Demand[], pay: (one: Demand) => boolean): Fared {
  let [count, volume, wanted] = [0, 0, 0];
  for (const one of demand) {
    wanted += one.amount;
    if (!pay(one)) continue;
    count++;
    volume += one.amount;
  }
  return { count: count / demand.length, volume: volume / wanted };
}
