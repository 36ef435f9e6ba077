import { assert } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import type { CreditMap } from "./credit-map.ts";
import { PROBES_AT_ONCE_MAX, PROBES_MAX, ROUNDS_MAX, ROUTE_PARTS_MAX } from "./limits.ts";
import { bestWay } from "./search.ts";
import type { NoRoute, PlanStep, Probe, ProbeResult } from "./types.ts";

/** A hop refuses a probe where it has less than one in so many of what is missing: parts are few. */
const LEAST_SHARE = 64;

/** What one payment is planned for. */
export interface PlanRequest {
  readonly payee: PersonId;
  readonly amount: number;
  /** 1 … ROUTE_PARTS_MAX. */
  readonly partsMax: number;
  /** Lines that a part may go over: 1 … ROUTE_LINES_MAX. */
  readonly linesMax: number;
}

/** What was learned of one edge by a probe. */
export interface Observation {
  readonly from: PersonId;
  readonly to: PersonId;
  /** What it had free, and whether that is exact or only the least it may have. */
  readonly free: number;
  readonly isExact: boolean;
}

interface Flying {
  readonly probe: Probe;
  readonly edges: readonly number[];
}

interface Held {
  readonly probe: Probe;
  readonly granted: number;
}

/**
 * One payment: proposes probes, learns from what comes back, and looks for other ways for what is missing
 * until all of it is reserved or nothing more is known. Pure and synchronous.
 */
export class PaymentPlan {
  readonly #map: CreditMap;
  readonly #request: PlanRequest;
  readonly #observe: (seen: Observation) => void;
  readonly #flying = new Map<number, Flying>();
  readonly #held = new Map<number, Held>();
  #rounds = 0;
  #probes = 0;
  #isOver = false;

  constructor(
    map: CreditMap,
    request: PlanRequest,
    observe: (seen: Observation) => void = () => undefined,
  ) {
    assert(request.partsMax >= 1 && request.partsMax <= ROUTE_PARTS_MAX, "1 to 8 parts");
    this.#map = map;
    this.#request = request;
    this.#observe = observe;
  }

  /** The first probes. */
  begin(): PlanStep {
    return this.#propose();
  }

  /** Takes in what came of a probe. Unknown ids are passed over: answers may come twice or late. */
  onProbeResult(result: ProbeResult): PlanStep {
    const flying = this.#flying.get(result.id);
    if (flying === undefined || this.#isOver) return { t: "wait" };
    this.#flying.delete(result.id);
    const granted = grantedOf(flying.probe, result.granted);
    const isWhole = granted.length === flying.edges.length;
    const last = isWhole && result.isHeld ? (granted.at(-1) ?? 0) : 0;
    this.#learn(flying, granted, last);
    if (last === 0) this.#blame(flying, granted);
    if (last > 0) this.#held.set(result.id, { probe: flying.probe, granted: last });
    return this.#flying.size > 0 ? { t: "wait" } : this.#propose();
  }

  #propose(): PlanStep {
    const best = this.#best();
    const rest = this.#request.amount - best.reduce((sum, { granted }) => sum + granted, 0);
    if (rest <= 0) return this.#pay(best);
    if (this.#rounds === ROUNDS_MAX || this.#probes === PROBES_MAX) {
      return this.#fail("too-many-probes");
    }
    this.#rounds++;
    const probes = this.#launch(best, rest);
    return probes.length === 0 ? this.#fail("no-way") : { t: "probe", probes, release: [] };
  }

  /** The largest of what is reserved, as many as there may be parts. */
  #best(): Held[] {
    return [...this.#held.values()]
      .sort((a, b) => b.granted - a.granted || a.probe.id - b.probe.id)
      .slice(0, this.#request.partsMax);
  }

  /** Probes for what is missing; where all parts are taken, for a wider one in place of the smallest. */
  #launch(best: readonly Held[], missing: number): Probe[] {
    const probes: Probe[] = [];
    const payee = this.#map.known(this.#request.payee);
    if (payee === undefined) return probes;
    let free = this.#request.partsMax - best.length;
    let replaced = best.length;
    let rest = missing;
    while (rest > 0 && probes.length < PROBES_AT_ONCE_MAX && this.#probes < PROBES_MAX) {
      if (free === 0) {
        replaced--;
        const smallest = best[replaced];
        if (smallest === undefined) break;
        rest += smallest.granted;
        free++;
      }
      const way = bestWay(this.#map, payee, rest, this.#request.linesMax);
      if (way === undefined) break;
      const smallest = best[replaced]?.granted ?? 0;
      if (way.width <= smallest) break;
      probes.push(this.#probe(way.edges, rest));
      rest -= Math.min(rest, way.width);
      free--;
    }
    return probes;
  }

  #probe(edges: readonly number[], rest: number): Probe {
    const { guess, most, people, from, to } = this.#map;
    const widest = edges.reduce((least, edge) => Math.min(least, most[edge] ?? 0), rest);
    const amount = Math.max(1, widest);
    const carried = edges.reduce((least, edge) => Math.min(least, guess[edge] ?? 0), amount);
    for (const edge of edges) {
      guess[edge] = Math.max(0, (guess[edge] ?? 0) - carried);
      most[edge] = Math.max(0, (most[edge] ?? 0) - carried);
    }
    const first = edges[0] ?? 0;
    const route = [
      people[from[first] ?? 0] ?? "",
      ...edges.map((edge) => people[to[edge] ?? 0] ?? ""),
    ];
    const id = this.#probes++;
    const least = Math.max(1, Math.min(amount, Math.floor(rest / LEAST_SHARE)));
    const probe = { id, route, amount, least };
    this.#flying.set(id, { probe, edges });
    return probe;
  }

  /** A line that gave less than was asked has nothing left; one that gave all may have more. */
  #learn({ probe, edges }: Flying, granted: readonly number[], held: number): void {
    const { guess, most } = this.#map;
    let asked = probe.amount;
    for (const [index, edge] of edges.entries()) {
      const given = granted[index];
      if (given === undefined) return;
      const isExact = given < asked;
      if (isExact) {
        guess[edge] = given - held;
        most[edge] = given - held;
      } else {
        guess[edge] = Math.max(guess[edge] ?? 0, given - held);
        most[edge] = Math.max(most[edge] ?? 0, given - held);
      }
      this.#observe({
        from: probe.route[index] ?? "",
        to: probe.route[index + 1] ?? "",
        free: given,
        isExact,
      });
      asked = given;
    }
  }

  /**
   * Refused, and not because a line had too little: whoever refused, or said nothing, is not asked for that line
   * again.
   */
  #blame({ probe, edges }: Flying, granted: readonly number[]): void {
    const last = granted.at(-1);
    const isShort = last !== undefined && last < probe.least;
    const edge = isShort ? undefined : edges[Math.min(granted.length, edges.length - 1)];
    if (edge === undefined) return;
    this.#map.guess[edge] = 0;
    this.#map.most[edge] = 0;
  }

  #pay(best: readonly Held[]): PlanStep {
    this.#isOver = true;
    const parts: { id: number; route: readonly PersonId[]; amount: number }[] = [];
    let rest = this.#request.amount;
    for (const { probe, granted } of best) {
      if (rest === 0) break;
      const amount = Math.min(rest, granted);
      parts.push({ id: probe.id, route: probe.route, amount });
      rest -= amount;
    }
    const used = new Set(parts.map(({ id }) => id));
    return { t: "pay", parts, release: [...this.#held.keys()].filter((id) => !used.has(id)) };
  }

  #fail(reason: NoRoute): PlanStep {
    this.#isOver = true;
    return { t: "fail", reason, release: [...this.#held.keys()] };
  }
}

/** What a result says, held against what was asked: nobody grants more than came to them. */
function grantedOf(probe: Probe, granted: readonly number[]): readonly number[] {
  const lines = probe.route.length - 1;
  const clean: number[] = [];
  let asked = probe.amount;
  for (const amount of granted.slice(0, lines)) {
    const isSound = Number.isSafeInteger(amount) && amount >= 0;
    asked = isSound ? Math.min(asked, amount) : 0;
    clean.push(asked);
    if (asked === 0) break;
  }
  return clean;
}
