import { NO_BYTES, toHex } from "../../base/bytes.ts";
import type { MoneyError } from "../errors.ts";
import type { CurrencyId, LineDesk, LineView } from "../line-desk.ts";
import { exchanged, neededFor, type Quote } from "./rate.ts";
import type { Offer } from "./rates.ts";
import type { RouteAsk, RouteNode, RoutePart, RoutePlan, Router } from "./router.ts";
import { type RefusedPart, SimplePlan } from "./simple-plan.ts";

interface Way {
  readonly line: LineView;
  readonly quote: Quote;
  readonly nodes: readonly RouteNode[];
}

/** What somebody who exchanges would take. */
export interface ExchangeCost {
  readonly offer: Offer;
  readonly currency: CurrencyId;
  /** What has to go in so that all comes out. */
  readonly cost: number;
}

/**
 * Ways that leave in another currency than the one asked for: over partners of ours who quote a rate, and whom the
 * invoice names as having a line to the payee. Only where the payer said so, and how much it may cost; all else is
 * for the router of ways within one currency.
 */
export class ExchangeRouter implements Router {
  readonly #inner: Router;
  readonly #desk: LineDesk;
  readonly #offers: () => Iterable<Offer>;

  constructor(inner: Router, desk: LineDesk, offers: () => Iterable<Offer>) {
    this.#inner = inner;
    this.#desk = desk;
    this.#offers = offers;
  }

  plan(ask: RouteAsk, done: (plan: RoutePlan | MoneyError) => void): void {
    const { spend } = ask;
    if (spend === undefined) {
      this.#inner.plan(ask, done);
      return;
    }
    const find = (
      amount: number,
      partsMax: number,
      refused: readonly RefusedPart[],
      spent: number,
    ): readonly RoutePart[] => {
      const isRefused = ({ line, quote }: Way): boolean =>
        refused.some(
          ({ part }) =>
            part.line === line.id && toHex(part.nodes[0]?.rate ?? NO_BYTES) === toHex(quote.tag),
        );
      const ways = this.#ways(ask).filter(
        (way) => way.line.currency === spend.currency && !isRefused(way),
      );
      return partsOf(ways, { amount, partsMax, mostIn: spend.atMost - spent });
    };
    done(new SimplePlan(ask.amount, ask.partsMax, find));
  }

  learn(part: RoutePart, isOk: boolean): void {
    if (part.nodes.every(({ rate }) => rate === undefined)) this.#inner.learn(part, isOk);
  }

  /** What an amount would cost in each currency in which it can be had, the cheapest of each. */
  costs(
    ask: Pick<RouteAsk, "amount" | "currency" | "hints" | "payee" | "payeeKey">,
  ): readonly ExchangeCost[] {
    const cheapest = new Map<CurrencyId, ExchangeCost>();
    for (const { line, quote } of this.#ways(ask)) {
      const cost = neededFor(quote, ask.amount);
      const known = cheapest.get(line.currency);
      if (cost < 1 || cost > line.canPrepare || (known && known.cost <= cost)) continue;
      cheapest.set(line.currency, {
        offer: { line: line.id, quote },
        ...{ currency: line.currency, cost },
      });
    }
    return [...cheapest.values()];
  }

  /** The most for what goes in first. */
  #ways(ask: Pick<RouteAsk, "currency" | "hints" | "payee" | "payeeKey">): Way[] {
    const ways: Way[] = [];
    for (const { line: id, quote } of this.#offers()) {
      const line = this.#desk.line(id);
      const hint = ask.hints.find(({ person }) => person === line?.partner);
      if (line === undefined || hint === undefined || quote.to !== ask.currency) continue;
      if (line.canPrepare < 1 || line.partner === ask.payee) continue;
      const middle = { dhKey: hint.dhKey, next: hint.selector, rate: quote.tag };
      ways.push({ line, quote, nodes: [middle, { dhKey: ask.payeeKey }] });
    }
    const worth = ({ quote }: Way): number => quote.numerator / quote.denominator;
    return ways.sort((a, b) => worth(b) - worth(a));
  }
}

/** Parts that bring the amount for what may go in at most; none where they cannot. */
function partsOf(
  ways: readonly Way[],
  {
    amount,
    mostIn,
    partsMax,
  }: { readonly amount: number; readonly mostIn: number; readonly partsMax: number },
): RoutePart[] {
  const parts: RoutePart[] = [];
  let [missing, left] = [amount, mostIn];
  for (const { line, nodes, quote } of ways.slice(0, partsMax)) {
    if (missing <= 0) break;
    const needed = neededFor(quote, missing);
    const goesIn = Math.min(needed === 0 ? line.canPrepare : needed, line.canPrepare, left);
    const delivers = goesIn < 1 ? 0 : exchanged(quote, goesIn);
    if (delivers < 1) continue;
    parts.push({ line: line.id, amount: goesIn, delivers, nodes });
    missing -= delivers;
    left -= goesIn;
  }
  return missing > 0 ? [] : parts;
}
