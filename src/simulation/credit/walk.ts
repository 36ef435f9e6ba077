import { assert, must } from "../../base/errors.ts";
import { LOCKED_PART } from "../../money/line/limits.ts";
import { lentOf } from "../../money/payments/lending.ts";
import type { Probe, ProbeResult } from "../../money/routing/types.ts";
import type { CreditNet } from "./net.ts";

/** Where messages are counted. */
export interface Bill {
  messages: number;
}

/** A part that is paid: the edges on which it is reserved, and how much of that. */
export interface PaidPart {
  readonly edges: readonly number[] | undefined;
  readonly amount: number;
}

/** Does something after so many steps. */
export type After = (steps: number, run: () => void) => void;

/** What all places have reserved, and the probes that go from place to place. Broken promises throw. */
export class Reservations {
  readonly #net: CreditNet;
  readonly #after: After;
  readonly #reserved: Float64Array;
  /** What each way that is held has reserved, by its list of edges. */
  readonly #held = new Map<readonly number[], number>();
  readonly #isLent: boolean;
  /** What is reserved on an edge by each edge before it. */
  readonly #between = new Map<string, number>();
  /** What was asked of an edge lately, by the edge before it. */
  readonly #asked = new Map<number, Map<number, number>>();

  /** @param isLent whether places lend no more than `lentOf` and `LOCKED_PART` let real ones */
  constructor(net: CreditNet, after: After, isLent = false) {
    this.#net = net;
    this.#after = after;
    this.#isLent = isLent;
    this.#reserved = new Float64Array(net.capacity.length);
  }

  /** What an edge carries beyond what is reserved on it. */
  free(edge: number): number {
    return (this.#net.capacity[edge] ?? 0) - (this.#reserved[edge] ?? 0);
  }

  /** What could be locked on an edge now. */
  lockable(edge: number): number {
    const free = this.free(edge);
    if (!this.#isLent) return free;
    const both =
      (this.#net.capacity[edge] ?? 0) + (this.#net.capacity[this.#net.twin[edge] ?? 0] ?? 0);
    const cap = Math.floor(both / LOCKED_PART) - (this.#reserved[edge] ?? 0);
    return Math.max(0, Math.min(free, cap));
  }

  /** What of that is lent to one other edge, beside what that has already. */
  lent(edge: number, before?: number): number {
    const lockable = this.lockable(edge);
    if (!this.#isLent) return lockable;
    const share = lentOf(lockable + (this.#reserved[edge] ?? 0), this.#askedBeside(edge, before));
    const by = before === undefined ? 0 : (this.#between.get(`${before}>${edge}`) ?? 0);
    return Math.max(0, Math.min(lockable, share - by));
  }

  /** What was asked of the edges so far is kept for nobody any more. */
  forgetAsked(): void {
    this.#asked.clear();
  }

  /** All that is reserved. */
  total(): number {
    return this.#reserved.reduce((sum, amount) => sum + amount, 0);
  }

  /** Sends a probe along its route, each place reserving what it can; the answer comes back the same way. */
  walk(
    probe: Probe,
    bill: Bill,
    done: (edges: readonly number[], result: ProbeResult) => void,
  ): void {
    const places = probe.route.map((person) => Number.parseInt(person, 16));
    const edges: number[] = [];
    const granted: number[] = [];
    const back = (isHeld: boolean): void => {
      const last = isHeld ? must(granted.at(-1), "a route has lines") : 0;
      const passed = isHeld ? edges : edges.slice(0, -1);
      for (const [at, edge] of passed.entries()) {
        this.#add(edge, last - (granted[at] ?? 0), passed[at - 1]);
      }
      if (isHeld) this.#held.set(edges, last);
      bill.messages += passed.length;
      this.#after(passed.length, () => done(edges, { id: probe.id, granted, isHeld }));
    };
    const hop = (at: number, asked: number): void => {
      if (at === places.length - 1) {
        back(true);
        return;
      }
      const edge = this.#net.edgeBetween(places[at] ?? 0, places[at + 1] ?? 0);
      const before = edges.at(-1);
      if (before !== undefined) this.#ask(edge, before, asked);
      const free = before === undefined ? this.lockable(edge) : this.lent(edge, before);
      const given = edge < 0 ? 0 : Math.min(asked, free);
      edges.push(edge);
      granted.push(given);
      if (given < probe.least) {
        back(false);
        return;
      }
      this.#add(edge, given, before);
      bill.messages++;
      this.#after(1, () => hop(at + 1, given));
    };
    hop(0, probe.amount);
  }

  /** Lets go of what is held on a way: one message over each line. */
  release(edges: readonly number[] | undefined, bill: Bill): void {
    this.#letGo(must(edges, "only what is held is let go of"));
    bill.messages += edges?.length ?? 0;
  }

  /** Moves what was reserved: all parts, together exactly the amount. */
  commit(parts: readonly PaidPart[], amount: number, touched: (edge: number) => void): void {
    let paid = 0;
    for (const part of parts) {
      const edges = must(part.edges, "only what is held is paid");
      assert(part.amount <= this.#letGo(edges), "no more is paid than was reserved");
      for (const edge of edges) {
        this.#net.move(edge, part.amount);
        touched(edge);
      }
      paid += part.amount;
    }
    assert(paid === amount, `${paid} was paid in place of ${amount}`);
  }

  #ask(edge: number, before: number, amount: number): void {
    const by = this.#asked.get(edge) ?? new Map<number, number>();
    this.#asked.set(edge, by.set(before, Math.max(by.get(before) ?? 0, amount)));
  }

  #askedBeside(edge: number, before: number | undefined): number {
    if (before === undefined) return 0;
    let most = 0;
    for (const [by, amount] of this.#asked.get(edge) ?? []) {
      if (by !== before) most = Math.max(most, amount);
    }
    return most;
  }

  #letGo(edges: readonly number[]): number {
    const held = must(this.#held.get(edges), "it is held once");
    this.#held.delete(edges);
    for (const [at, edge] of edges.entries()) this.#add(edge, -held, edges[at - 1]);
    return held;
  }

  #add(edge: number, amount: number, before: number | undefined): void {
    if (before !== undefined) {
      const key = `${before}>${edge}`;
      const by = (this.#between.get(key) ?? 0) + amount;
      if (by === 0) this.#between.delete(key);
      else this.#between.set(key, by);
    }
    const sum = (this.#reserved[edge] ?? 0) + amount;
    assert(sum >= 0 && sum <= (this.#net.capacity[edge] ?? 0), "no more is reserved than there is");
    this.#reserved[edge] = sum;
  }
}
