import { assert, must } from "../../base/errors.ts";
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

  constructor(net: CreditNet, after: After) {
    this.#net = net;
    this.#after = after;
    this.#reserved = new Float64Array(net.capacity.length);
  }

  /** What an edge carries beyond what is reserved on it. */
  free(edge: number): number {
    return (this.#net.capacity[edge] ?? 0) - (this.#reserved[edge] ?? 0);
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
      for (const [at, edge] of passed.entries()) this.#add(edge, last - (granted[at] ?? 0));
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
      const given = edge < 0 ? 0 : Math.min(asked, this.free(edge));
      edges.push(edge);
      granted.push(given);
      if (given < probe.least) {
        back(false);
        return;
      }
      this.#add(edge, given);
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

  #letGo(edges: readonly number[]): number {
    const held = must(this.#held.get(edges), "it is held once");
    this.#held.delete(edges);
    for (const edge of edges) this.#add(edge, -held);
    return held;
  }

  #add(edge: number, amount: number): void {
    const sum = (this.#reserved[edge] ?? 0) + amount;
    assert(sum >= 0 && sum <= (this.#net.capacity[edge] ?? 0), "no more is reserved than there is");
    this.#reserved[edge] = sum;
  }
}
