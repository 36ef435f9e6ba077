import type { PersonId } from "../../identity/index.ts";
import type { MoneyError } from "../errors.ts";
import {
  type RouteAsk,
  type RoutePart,
  type RoutePlan,
  type Router,
  SimplePlan,
} from "../payments/index.ts";

/** Payments to oneself go round the circle that was found, once; all others are for the router within. */
export class RoundRouter implements Router {
  readonly #inner: Router;
  readonly #own: PersonId;
  #circle: RoutePart | undefined;

  constructor(inner: Router, own: PersonId) {
    this.#inner = inner;
    this.#own = own;
  }

  /** The way that the next payment to oneself goes. */
  set(circle: RoutePart): void {
    this.#circle = circle;
  }

  plan(ask: RouteAsk, done: (plan: RoutePlan | MoneyError) => void): void {
    if (ask.payee !== this.#own) {
      this.#inner.plan(ask, done);
      return;
    }
    const circle = this.#circle?.delivers === ask.amount ? this.#circle : undefined;
    this.#circle = undefined;
    const find = (_amount: number, _parts: number, refused: readonly unknown[]): RoutePart[] =>
      circle === undefined || refused.length > 0 ? [] : [circle];
    done(new SimplePlan(ask.amount, 1, find));
  }

  learn(part: RoutePart, isOk: boolean): void {
    this.#inner.learn(part, isOk);
  }
}
