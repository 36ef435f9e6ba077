import { MoneyError } from "../errors.ts";
import type { RoutePart, RoutePlan, RouteResult, RouteStep } from "./router.ts";

/** Times that a search looks for other ways after some were refused. */
const ROUNDS_MAX = 5;

/** A part that was refused, and what the lines of its way had free as far as it came. */
export interface RefusedPart {
  readonly part: RoutePart;
  readonly granted: readonly number[];
}

/**
 * Finds parts for an amount in one go; asked again for what is missing, with what was refused.
 * @param spent what leaves by the parts that are reserved already
 */
export type FindParts = (
  amount: number,
  partsMax: number,
  refused: readonly RefusedPart[],
  spent: number,
) => readonly RoutePart[] | MoneyError;

/**
 * A search that has whole parts reserved, and looks again for those that were refused.
 */
export class SimplePlan implements RoutePlan {
  readonly #find: FindParts;
  readonly #amount: number;
  readonly #partsMax: number;
  readonly #flying = new Map<number, RoutePart>();
  readonly #held = new Map<number, RoutePart>();
  readonly #refused: RefusedPart[] = [];
  #nextId = 0;
  #rounds = 0;

  constructor(amount: number, partsMax: number, find: FindParts) {
    this.#amount = amount;
    this.#partsMax = partsMax;
    this.#find = find;
  }

  begin(): RouteStep {
    return this.#next();
  }

  onResult(result: RouteResult): RouteStep {
    const part = this.#flying.get(result.id);
    if (part === undefined) return { t: "wait" };
    this.#flying.delete(result.id);
    if (result.isHeld) this.#held.set(result.id, part);
    else this.#refused.push({ part, granted: result.granted });
    return this.#flying.size > 0 ? { t: "wait" } : this.#next();
  }

  #next(): RouteStep {
    let missing = this.#amount;
    let spent = 0;
    for (const { amount, delivers } of this.#held.values()) {
      missing -= delivers;
      spent += amount;
    }
    if (missing <= 0) return { t: "pay", parts: this.#parts(), release: [] };
    const partsMax = this.#partsMax - this.#held.size;
    const found =
      this.#rounds++ > ROUNDS_MAX || partsMax < 1
        ? []
        : this.#find(missing, partsMax, this.#refused, spent);
    if (found instanceof MoneyError || found.length === 0) {
      return { t: "fail", release: [...this.#held.keys()] };
    }
    const probes = found.map((part) => {
      const id = this.#nextId++;
      this.#flying.set(id, part);
      return { id, part, least: part.amount };
    });
    return { t: "probe", probes, release: [] };
  }

  #parts(): { readonly id: number; readonly amount: number; readonly delivers: number }[] {
    return [...this.#held].map(([id, { amount, delivers }]) => ({ id, amount, delivers }));
  }
}
