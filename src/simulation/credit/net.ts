import { AssertionError } from "../../base/errors.ts";
import type { Random } from "../../ports/random.ts";
import type { Graph } from "../graphs.ts";

/** Smallest units in one of a currency: limits and payments have a mean of 100 of these. */
export const UNITS = 100;

/**
 * Who may pay whom how much now. Each line of the graph is two directed edges, one each way; what one
 * loses by a payment the other gains. Edge `e` goes from `from[e]` to `to[e]`; those of place `v` are
 * `first[v]` … `first[v + 1] - 1`; `twin[e]` is the way back. Amounts are whole numbers.
 */
export class CreditNet {
  readonly size: number;
  readonly first: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly twin: Int32Array;
  readonly capacity: Float64Array;

  constructor(graph: Graph) {
    this.size = graph.size;
    this.first = new Int32Array(graph.size + 1);
    for (const [a, b] of graph.links) {
      this.first[a + 1] = (this.first[a + 1] ?? 0) + 1;
      this.first[b + 1] = (this.first[b + 1] ?? 0) + 1;
    }
    for (let v = 0; v < graph.size; v++) {
      this.first[v + 1] = (this.first[v + 1] ?? 0) + (this.first[v] ?? 0);
    }
    const edges = 2 * graph.links.length;
    this.from = new Int32Array(edges);
    this.to = new Int32Array(edges);
    this.twin = new Int32Array(edges);
    this.capacity = new Float64Array(edges);
    const next = this.first.slice();
    for (const [a, b] of graph.links) {
      const out = next[a] ?? 0;
      next[a] = out + 1;
      const back = next[b] ?? 0;
      next[b] = back + 1;
      this.from[out] = a;
      this.to[out] = b;
      this.twin[out] = back;
      this.from[back] = b;
      this.to[back] = a;
      this.twin[back] = out;
    }
  }

  /** Draws a limit for every direction, exponentially distributed around `mean` units. */
  drawLimits(random: Random, mean: number): void {
    for (let edge = 0; edge < this.capacity.length; edge++) {
      this.capacity[edge] = exponential(random, mean);
    }
  }

  /** Moves an amount along an edge. @throws AssertionError where more than the edge carries is asked */
  move(edge: number, amount: number): void {
    const left = (this.capacity[edge] ?? 0) - amount;
    if (left < 0 || !Number.isSafeInteger(amount)) {
      throw new AssertionError(`Edge ${edge} would carry ${-left} too much.`);
    }
    this.capacity[edge] = left;
    const twin = this.twin[edge] ?? 0;
    this.capacity[twin] = (this.capacity[twin] ?? 0) + amount;
  }

  /** The edge from one place to another, or -1. */
  edgeBetween(from: number, to: number): number {
    for (let edge = this.first[from] ?? 0; edge < (this.first[from + 1] ?? 0); edge++) {
      if (this.to[edge] === to) return edge;
    }
    return -1;
  }

  /** The sum of all capacities: payments never change it. */
  total(): number {
    return this.capacity.reduce((sum, amount) => sum + amount, 0);
  }

  /** The same lines with their own capacities, to be used up apart. */
  copy(): CreditNet {
    const copy: CreditNet = Object.create(CreditNet.prototype);
    return Object.assign(copy, this, { capacity: this.capacity.slice() });
  }
}

/** An exponentially distributed whole number of at least 1, in smallest units. */
export function exponential(random: Random, mean: number): number {
  const uniform = (random.u32() + 1) / 2 ** 32;
  return Math.max(1, Math.round(-Math.log(uniform) * mean * UNITS));
}
