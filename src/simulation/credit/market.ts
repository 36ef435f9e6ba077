import { Heap } from "../../base/heap.ts";
import { hintLines } from "../../money/routing/hint.ts";
import { HINT_LINES_MAX, ROUTE_PARTS_MAX } from "../../money/routing/limits.ts";
import { mapOf } from "../../money/routing/map-of.ts";
import { PaymentPlan } from "../../money/routing/plan.ts";
import type { OwnLine, PlanStep } from "../../money/routing/types.ts";
import type { Random } from "../../ports/random.ts";
import type { Demand } from "./demand.ts";
import type { CreditNet } from "./net.ts";
import { personAt, Rumours } from "./rumours.ts";
import { type After, Reservations } from "./walk.ts";

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What came of one payment. */
export interface Outcome {
  readonly isPaid: boolean;
  /** Messages before the commit: question and answer, probes, replies, releases, each line counted. */
  readonly messages: number;
  /** "paid", or why not. */
  readonly reason: string;
}

/**
 * Payments of all together after which it is forgotten what was asked of lines: as many as a thousand people begin in
 * `ASKED_LIFE_MS` if each pays once or twice a day.
 */
const ASKED_PAYMENTS = 10;

/** How a market is run. */
export interface MarketOptions {
  /** Payments that are under way at any time. */
  readonly atOnce: number;
  /** Lines that a part may go over. */
  readonly linesMax: number;
  /** Whether places lend no more of a line to one other line than real ones do. */
  readonly isLent?: boolean;
}

/** A market in which everybody routes by what messages told them; each message takes one step. */
export class Market {
  readonly rumours: Rumours;
  readonly #net: CreditNet;
  readonly #options: MarketOptions;
  readonly #reservations: Reservations;
  readonly #events = new Heap<Event>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  #now = 0;
  #order = 0;

  constructor(net: CreditNet, noise: Random, options: MarketOptions) {
    this.#net = net;
    this.#options = options;
    const after: After = (steps, run) => this.#after(steps, run);
    this.#reservations = new Reservations(net, after, options.isLent);
    this.rumours = new Rumours(net, (place) => this.#own(place, true), noise);
  }

  /** What is reserved when nothing is under way: 0 where all was let go of. */
  reserved(): number {
    return this.#reservations.total();
  }

  /** Pays all, in order; the next begins when one of those under way has ended. */
  run(demand: readonly Demand[]): Outcome[] {
    const outcomes: Outcome[] = [];
    let next = 0;
    const begin = (): void => {
      const at = next++;
      const one = demand[at];
      if (at % ASKED_PAYMENTS === 0) this.#reservations.forgetAsked();
      if (one === undefined) return;
      this.#begin(one, (outcome) => {
        outcomes[at] = outcome;
        begin();
      });
    };
    for (let i = 0; i < this.#options.atOnce; i++) this.#after(0, begin);
    for (let event = this.#events.pop(); event !== undefined; event = this.#events.pop()) {
      this.#now = event.at;
      event.run();
    }
    return outcomes;
  }

  #after(steps: number, run: () => void): void {
    this.#events.push({ at: this.#now + steps, order: this.#order++, run });
  }

  /** @param isTold as others may use them */
  #own(place: number, isTold = false): OwnLine[] {
    const { first, to, twin } = this.#net;
    const has = (edge: number): number =>
      isTold ? this.#reservations.lent(edge) : this.#reservations.lockable(edge);
    const lines: OwnLine[] = [];
    for (let edge = first[place] ?? 0; edge < (first[place + 1] ?? 0); edge++) {
      const back = has(twin[edge] ?? 0);
      lines.push({ partner: personAt(to[edge] ?? 0), out: has(edge), in: back });
    }
    return lines;
  }

  #begin(one: Demand, done: (outcome: Outcome) => void): void {
    const refuse = (reason: string, messages: number): void =>
      this.#after(messages, () => done({ isPaid: false, messages, reason }));
    const own = this.#own(one.from);
    if (sum(own.map(({ out }) => out)) < one.amount) {
      refuse("no-funds", 0);
      return;
    }
    // The payee is asked over the mesh, not over lines: one message there, one back.
    const into = this.#own(one.to);
    if (sum(into.map((line) => line.in)) < one.amount) {
      refuse("payee-full", 2);
      return;
    }
    const [payer, payee] = [personAt(one.from), personAt(one.to)];
    const told = this.#own(one.to, true);
    const hint = hintLines(payee, told, this.rumours.vicinity(one.to), HINT_LINES_MAX);
    const map = mapOf(payer, own, this.rumours.vicinity(one.from), hint, { payee });
    const { linesMax } = this.#options;
    const request = { payee, amount: one.amount, partsMax: ROUTE_PARTS_MAX, linesMax };
    this.#after(2, () => this.#drive(new PaymentPlan(map, request), one.amount, done));
  }

  #drive(plan: PaymentPlan, amount: number, done: (outcome: Outcome) => void): void {
    const bill = { messages: 2 };
    const held = new Map<number, readonly number[]>();
    const act = (step: PlanStep): void => {
      if (step.t === "wait") return;
      for (const id of step.release) this.#reservations.release(held.get(id), bill);
      if (step.t === "fail") done({ isPaid: false, ...bill, reason: step.reason });
      if (step.t === "pay") {
        this.#commit(step, amount, held);
        done({ isPaid: true, ...bill, reason: "paid" });
      }
      if (step.t !== "probe") return;
      for (const probe of step.probes) {
        this.#reservations.walk(probe, bill, (edges, result) => {
          if (result.isHeld) held.set(probe.id, edges);
          act(plan.onProbeResult(result));
        });
      }
    };
    act(plan.begin());
  }

  #commit(
    { parts }: PlanStep & { readonly t: "pay" },
    amount: number,
    held: ReadonlyMap<number, readonly number[]>,
  ): void {
    const ends = new Set<number>();
    this.#reservations.commit(
      parts.map((part) => ({ edges: held.get(part.id), amount: part.amount })),
      amount,
      (edge) => ends.add(this.#net.from[edge] ?? 0).add(this.#net.to[edge] ?? 0),
    );
    for (const place of ends) this.rumours.touch(place);
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
