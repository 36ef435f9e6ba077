import { LOCKED_PART } from "../../money/line/limits.ts";
import { lentOf } from "../../money/payments/lending.ts";
import type { Demand } from "./demand.ts";
import type { CreditNet } from "./net.ts";
import type { Pay } from "./rivals.ts";

const NONE = -1;

/**
 * As much as there is, over any number of ways of any length, within the caps of real lines: half of both limits on a
 * line, and what one line is lent of another (`lentOf`, where nobody asked lately). Whoever pays less than this lacks
 * knowledge, or parts, or has asked too much; what this pays less than maximum flow is what the caps cost.
 */
export function cappedFlow(net: CreditNet): Pay {
  return (one) => {
    const flow = new CappedFlow(net, one);
    if (!flow.fill(one.amount)) return false;
    flow.commit();
    return true;
  };
}

/**
 * One payment, by shortest augmentation (Edmonds and Karp, 1972) where edges are places: place 2e is the beginning of edge e and
 * 2e + 1 its end, so that what goes from one edge on to another can be bounded.
 */
class CappedFlow {
  readonly #net: CreditNet;
  readonly #one: Demand;
  readonly #flow: Float64Array;
  /** What goes on from one edge to another, by `#pairOf`. */
  readonly #onward = new Map<number, number>();

  constructor(net: CreditNet, one: Demand) {
    this.#net = net;
    this.#one = one;
    this.#flow = new Float64Array(net.capacity.length);
  }

  /** Whether there is room for so much. */
  fill(amount: number): boolean {
    let rest = amount;
    while (rest > 0) {
      const way = this.#shortest();
      if (way === undefined) return false;
      const step = way.reduce((least, to, at) => {
        return at === 0 ? least : Math.min(least, this.#room(way[at - 1] ?? 0, to));
      }, rest);
      for (const [at, to] of way.entries()) if (at > 0) this.#add(way[at - 1] ?? 0, to, step);
      rest -= step;
    }
    return true;
  }

  /** Moves it. */
  commit(): void {
    for (const [edge, amount] of this.#flow.entries()) {
      if (amount > 0) this.#net.move(edge, amount);
    }
  }

  #shortest(): number[] | undefined {
    const { first, to } = this.#net;
    const via = new Int32Array(2 * this.#flow.length).fill(NONE);
    const queue: number[] = [];
    const reach = (place: number, from: number): void => {
      if (via[place] !== NONE) return;
      via[place] = from;
      queue.push(place);
    };
    const { from: payer, to: payee } = this.#one;
    for (let edge = first[payer] ?? 0; edge < (first[payer + 1] ?? 0); edge++) {
      reach(2 * edge, 2 * edge);
    }
    for (const place of queue) {
      const edge = place >> 1;
      if (place % 2 === 1 && to[edge] === payee) return wayTo(via, place);
      for (const next of this.#beside(place)) if (this.#room(place, next) > 0) reach(next, place);
    }
    return undefined;
  }

  /** Where something could go on to, or be taken back from. */
  *#beside(place: number): Iterable<number> {
    const { first, from, to, twin } = this.#net;
    const edge = place >> 1;
    yield place ^ 1;
    const isEnd = place % 2 === 1;
    const here = (isEnd ? to[edge] : from[edge]) ?? 0;
    for (let other = first[here] ?? 0; other < (first[here + 1] ?? 0); other++) {
      if (isEnd) {
        if (other !== twin[edge]) yield 2 * other;
      } else if (other !== edge) yield 2 * (twin[other] ?? 0) + 1;
    }
  }

  #room(place: number, next: number): number {
    const [edge, other] = [place >> 1, next >> 1];
    if (edge === other) {
      const used = this.#flow[edge] ?? 0;
      return place % 2 === 0 ? this.#lockable(edge) - used : used;
    }
    const isOn = place % 2 === 1;
    const pair = isOn ? this.#pairOf(edge, other) : this.#pairOf(other, edge);
    const used = this.#onward.size === 0 ? 0 : (this.#onward.get(pair) ?? 0);
    return isOn ? this.#lent(other) - used : used;
  }

  #add(place: number, next: number, amount: number): void {
    const [edge, other] = [place >> 1, next >> 1];
    const isOn = place % 2 === 1;
    if (edge === other) {
      this.#flow[edge] = (this.#flow[edge] ?? 0) + (isOn ? -amount : amount);
      return;
    }
    const pair = isOn ? this.#pairOf(edge, other) : this.#pairOf(other, edge);
    this.#onward.set(pair, (this.#onward.get(pair) ?? 0) + (isOn ? amount : -amount));
  }

  #pairOf(edge: number, next: number): number {
    return edge * this.#flow.length + next;
  }

  #lockable(edge: number): number {
    const { capacity, twin } = this.#net;
    const own = capacity[edge] ?? 0;
    return Math.min(own, Math.floor((own + (capacity[twin[edge] ?? 0] ?? 0)) / LOCKED_PART));
  }

  #lent(edge: number): number {
    return lentOf(this.#lockable(edge), 0);
  }
}

function wayTo(via: Int32Array, place: number): number[] {
  const way = [place];
  for (let at = place; via[at] !== at; ) {
    at = via[at] ?? NONE;
    way.push(at);
  }
  return way.reverse();
}
