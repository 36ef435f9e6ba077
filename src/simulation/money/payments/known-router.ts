import { equalBytes } from "../../../base/bytes.ts";
import { MoneyError } from "../../../money/errors.ts";
import {
  neededFor,
  type Quote,
  type RouteAsk,
  type RouteNode,
  type RoutePart,
  type Router,
  SimplePlan,
  selectorOf,
} from "../../../money/payments/index.ts";
import type { Town, TownLine } from "./town.ts";

interface Step {
  readonly line: TownLine;
  readonly to: number;
}

/** What a way can carry, and over which lines. */
interface Way {
  readonly steps: readonly Step[];
  readonly width: number;
}

/**
 * Who knows everything: the widest way first, then the widest of what is left, until the amount is
 * together. For tests and measurements, where how ways are found is not what is looked at.
 */
export function knownRouter(hopsMax = 8): (town: Town, place: number) => Router {
  return (town, place) => ({
    plan(ask, done) {
      const find = (amount: number, partsMax: number) =>
        findParts(town, place, { ...ask, amount, partsMax }, hopsMax);
      done(new SimplePlan(ask.amount, ask.partsMax, find));
    },
    learn() {},
  });
}

function findParts(
  town: Town,
  from: number,
  ask: RouteAsk,
  hopsMax: number,
): readonly RoutePart[] | MoneyError {
  const target = town.nodes.findIndex(({ identity }) =>
    equalBytes(identity.dhKey.publicKey, ask.payeeKey),
  );
  const used = new Map<string, number>();
  const parts: RoutePart[] = [];
  let missing = ask.amount;
  while (missing > 0 && parts.length < ask.partsMax) {
    const way = widest({ town, target, currency: ask.currency, used }, from, hopsMax);
    if (way === undefined || way.width < 1) break;
    const delivers = Math.min(missing, way.width);
    parts.push(partOf(town, from, way, delivers, used));
    missing -= delivers;
  }
  return missing > 0 ? new MoneyError("no-route", "There is no way for that much.") : parts;
}

/** What ways are looked for with. */
interface Search {
  readonly town: Town;
  readonly target: number;
  readonly currency: string;
  /** What earlier parts take of a line, by who pays on it. */
  readonly used: ReadonlyMap<string, number>;
}

/** Widest path by relaxation from the payer outwards, few lines first. */
function widest(search: Search, from: number, hopsMax: number): Way | undefined {
  const best = new Map<number, Way>([[from, { steps: [], width: Number.POSITIVE_INFINITY }]]);
  let edge = new Set([from]);
  for (let hop = 0; hop < hopsMax && edge.size > 0; hop++) {
    const next = new Set<number>();
    for (const place of edge) {
      const way = best.get(place);
      if (way?.steps.length === hop) relax(search, best, place, way, next);
    }
    next.delete(search.target);
    edge = next;
  }
  return best.get(search.target);
}

function relax(
  search: Search,
  best: Map<number, Way>,
  place: number,
  way: Way,
  next: Set<number>,
): void {
  for (const line of search.town.linesAt[place] ?? []) {
    const to = line.a === place ? line.b : line.a;
    const longer = extend(search, way, place, { line, to });
    if (longer === undefined || longer.width <= (best.get(to)?.width ?? 0)) continue;
    best.set(to, longer);
    next.add(to);
  }
}

function extend(
  { town, currency, used }: Search,
  way: Way,
  place: number,
  step: Step,
): Way | undefined {
  const { line } = step;
  if (!town.isUp(line) || line.currency !== currency) return undefined;
  if (way.steps.some((before) => before.line.id === line.id)) return undefined;
  const view = town.node(place).desk?.line(line.id);
  if (view === undefined) return undefined;
  const free = view.canPrepare - (used.get(`${place}/${line.id}`) ?? 0);
  // Those in between let one line use half of what may be locked on another.
  const share =
    way.steps.length === 0 ? free : Math.min(free, (view.canPrepare + view.lockedOut) >> 1);
  return { steps: [...way.steps, step], width: Math.min(way.width, Math.max(0, share)) };
}

function partOf(
  town: Town,
  from: number,
  way: Way,
  delivers: number,
  used: Map<string, number>,
): RoutePart {
  let place = from;
  const nodes: RouteNode[] = [];
  for (const [at, { line, to }] of way.steps.entries()) {
    const key = `${place}/${line.id}`;
    used.set(key, (used.get(key) ?? 0) + delivers);
    const after = way.steps[at + 1];
    const dhKey = town.node(to).identity.dhKey.publicKey;
    nodes.push(after === undefined ? { dhKey } : { dhKey, next: selectorOf(after.line.id) });
    place = to;
  }
  const first = way.steps[0]?.line.id ?? "";
  return { line: first, amount: delivers, delivers, nodes };
}

/** The way over these lines, with what has to go in where currencies are exchanged. */
export function partOver(
  town: Town,
  from: number,
  lines: readonly TownLine[],
  delivers: number,
  quotes: ReadonlyMap<number, Quote> = new Map(),
): RoutePart {
  let place = from;
  const places = lines.map((line) => {
    place = line.a === place ? line.b : line.a;
    return place;
  });
  const nodes = places.map((at, index): RouteNode => {
    const dhKey = town.node(at).identity.dhKey.publicKey;
    const after = lines[index + 1];
    if (after === undefined) return { dhKey };
    const quote = quotes.get(at);
    const next = selectorOf(after.id);
    return quote === undefined ? { dhKey, next } : { dhKey, next, rate: quote.tag };
  });
  const amount = places.reduceRight((out, at, index) => {
    const quote = index < places.length - 1 ? quotes.get(at) : undefined;
    return quote === undefined ? out : neededFor(quote, out);
  }, delivers);
  return { line: lines[0]?.id ?? "", amount, delivers, nodes };
}
