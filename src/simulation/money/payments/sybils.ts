import { TypedError } from "../../../base/errors.ts";
import type { CryptoSuite } from "../../../crypto/index.ts";
import { evilTwist, newConspiracy } from "./adversary.ts";
import { beyondLimits, bookOf, type Deal, losses } from "./judge.ts";
import { knownRouter } from "./known-router.ts";
import { FAIR_WEATHER, Town } from "./town.ts";

const HONEST = 5;
const CUT = [60, 90] as const;
const RICH = 1_000_000;
const DEALS = 24;

/** What many false identities behind a few lines could get. */
export interface SybilResult {
  readonly faults: readonly string[];
  /** What they were allowed to owe by those who chose to trust them. */
  readonly cut: number;
  /** What they owe, and have locked, in the end. */
  readonly claims: number;
}

/**
 * Honest people in a ring, and `count` identities of one attacker behind two of their lines: these
 * buy from the honest, pay each other through them, play every trick, and never pay back.
 */
export function runSybils(suite: CryptoSuite, seed: number, count: number): SybilResult {
  const plot = newConspiracy();
  const isHonest = (place: number) => place < HONEST;
  const town: Town = new Town({
    seed,
    suite,
    size: HONEST + 2 + count,
    weather: FAIR_WEATHER,
    router: knownRouter(6),
    twist: (place) =>
      isHonest(place) ? undefined : evilTwist(plot, town.world.random.fork(`evil ${place}`), 0.1),
  });
  for (let place = 0; place < HONEST; place++) town.line(place, (place + 1) % HONEST, 300, 300);
  const gates = CUT.map((limit, at) => town.line(HONEST + at, at * 2, limit, 200));
  for (let sybil = 0; sybil < count; sybil++) {
    for (const gate of [0, 1]) town.line(HONEST + 2 + sybil, HONEST + gate, RICH, RICH);
  }
  town.start();
  const deals = drawDeals(town, count);
  for (const { invoice, payer } of deals) {
    try {
      town.payments(payer).pay(invoice);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
    }
    town.wake(payer);
    town.world.run(300);
  }
  town.world.run(200_000);
  const claims = gates.reduce((sum, line, at) => {
    const side = town.node(at * 2).sides.get(line.id);
    const book = side && bookOf(side);
    return sum + Math.max(0, book?.balance ?? 0) + (book?.lockedIn ?? 0);
  }, 0);
  const faults = [...losses(town, deals, isHonest), ...beyondLimits(town, isHonest)];
  const cut = CUT[0] + CUT[1];
  if (claims > cut) faults.push(`I6 ${claims} of ${cut}`);
  return { faults, cut, claims };
}

/** Sybils buy from honest people mostly; the others pay through them from gate to gate. */
function drawDeals(town: Town, count: number): Deal[] {
  const random = town.world.random.fork("deals");
  return Array.from({ length: DEALS }, (_, at): Deal => {
    const payer = HONEST + 2 + (random.u32() % count);
    const payee = at % 4 === 3 ? HONEST + (random.u32() % 2) : random.u32() % HONEST;
    const invoice = town.request(payee, 1 + (random.u32() % 25), "hours", 60_000);
    return { invoice, payer, payee, isExchanged: false };
  });
}
