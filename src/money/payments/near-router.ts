import type { PersonId } from "../../identity/index.ts";
import type { CurrencyId, LineDesk, LineView } from "../line-desk.ts";
import type { RouteHint } from "./invoice.ts";
import { HINTS_MAX, KEPT_MOST_PART } from "./limits.ts";
import { selectorOf } from "./lock-key.ts";
import type { RouteAsk, RouteNode, RoutePart, RoutePlan, Router } from "./router.ts";
import { type FindParts, type RefusedPart, SimplePlan } from "./simple-plan.ts";

/**
 * Ways that need no knowledge of others: our own line to the payee, and those over a partner of
 * ours whom the invoice names as having a line to the payee. Widest first.
 */
export class NearRouter implements Router {
  readonly #desk: LineDesk;

  constructor(desk: LineDesk) {
    this.#desk = desk;
  }

  plan(ask: RouteAsk, done: (plan: RoutePlan) => void): void {
    const find: FindParts = (amount, partsMax, refused) => {
      const ways = this.#waysTo(ask);
      return partsOf(
        ways.map((way) => ({ ...way, most: Math.min(way.most, mostAfter(refused, way)) })),
        amount,
        partsMax,
      );
    };
    done(new SimplePlan(ask.amount, ask.partsMax, find));
  }

  learn(): void {}

  #waysTo({ currency, hints, payee, payeeKey }: RouteAsk): Way[] {
    const last: RouteNode = { dhKey: payeeKey };
    const ways: Way[] = [];
    for (const line of this.#desk.lines()) {
      if (line.currency !== currency || line.canPrepare < 1) continue;
      const most = line.canPrepare;
      if (line.partner === payee) ways.push({ line, most, nodes: [last] });
      const hint = hints.find(({ person }) => person === line.partner);
      if (hint === undefined || line.partner === payee) continue;
      ways.push({ line, most, nodes: [{ dhKey: hint.dhKey, next: hint.selector }, last] });
    }
    // A line of our own first: nobody in between has to lend anything.
    return ways.sort(
      (a, b) => a.nodes.length - b.nodes.length || b.line.canPrepare - a.line.canPrepare,
    );
  }
}

interface Way {
  readonly line: LineView;
  /** What it may be good for. */
  readonly most: number;
  readonly nodes: readonly RouteNode[];
}

/** What a way is good for after parts over it were refused: what it was said to have, once more. */
function mostAfter(refused: readonly RefusedPart[], { line, nodes }: Way): number {
  let most = Number.POSITIVE_INFINITY;
  for (const { granted, part } of refused) {
    if (part.line !== line.id || part.nodes.length !== nodes.length) continue;
    const last = granted.length > 1 ? (granted.at(-1) ?? 0) : 0;
    most = Math.min(most, last < part.amount ? last : 0);
  }
  return most;
}

function partsOf(ways: readonly Way[], amount: number, partsMax: number): RoutePart[] {
  const parts: RoutePart[] = [];
  let missing = amount;
  for (const { line, most, nodes } of ways.filter((way) => way.most >= 1).slice(0, partsMax)) {
    if (missing === 0) break;
    const part = Math.min(missing, most);
    parts.push({ line: line.id, amount: part, delivers: part, nodes });
    missing -= part;
  }
  return missing > 0 ? [] : parts;
}

/**
 * What an invoice says of the payee's lines: those by which most can come in.
 * @param keyOf the X25519 key of the device with which a person keeps lines, where it is known
 */
export function hintsOf(
  desk: LineDesk,
  currency: CurrencyId,
  keyOf: (person: PersonId) => Uint8Array | undefined,
): RouteHint[] {
  const lines = [...desk.lines()].filter(
    ({ balance, limitOfTheirs, lockedIn, state, currency: own }) =>
      own === currency && state === "open" && limitOfTheirs - balance - lockedIn >= KEPT_MOST_PART,
  );
  const room = ({ balance, limitOfTheirs }: LineView) => limitOfTheirs - balance;
  return lines
    .sort((a, b) => room(b) - room(a))
    .flatMap(({ id, partner }) => {
      const dhKey = keyOf(partner);
      return dhKey === undefined ? [] : [{ person: partner, dhKey, selector: selectorOf(id) }];
    })
    .slice(0, HINTS_MAX);
}
