import { toBase32 } from "../../../base/base32.ts";
import type { CryptoSuite } from "../../../crypto/index.ts";
import { knownRouter } from "./known-router.ts";
import { FAIR_WEATHER, Town, type TownWeather } from "./town.ts";

const LIMIT = 1_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What payments over a chain of lines took. */
export interface SlowResult {
  readonly paid: number;
  readonly begun: number;
  /** Virtual time from the first payment to the last receipt. */
  readonly tookMs: number;
  /** What all lines together carried. */
  readonly bytes: number;
  readonly hops: number;
}

interface Wish {
  readonly suite: CryptoSuite;
  readonly hops: number;
  readonly payments: number;
}

/**
 * Payments begun at once over a chain of lines of which each carries little and answers late.
 * @param bytesPerSecond undefined: as much as there is
 */
export function payOverRadio(
  { suite, hops, payments }: Wish,
  bytesPerSecond: number | undefined,
  roundTripMs: number,
): SlowResult {
  const latencyMs = roundTripMs / 2;
  // As a line that waits for an answer would: long after one can have come.
  const againMs = 20 * roundTripMs + 60_000;
  const slow = bytesPerSecond === undefined ? {} : { bytesPerSecond };
  const weather = { ...FAIR_WEATHER, latencyMs, againMs, ...slow };
  const { town, ids } = begin(suite, hops, payments, weather, true);
  return end(town, ids, hops, () => town.world.run(1_000), 6 * HOUR_MS);
}

/** The same where nobody reaches anybody, and somebody goes from line to line once a day. */
export function payByStick({ suite, hops, payments }: Wish): SlowResult {
  const { town, ids } = begin(suite, hops, payments, FAIR_WEATHER, false);
  const lines = [...town.lines.values()];
  const walk = (): void => {
    for (const line of lines) {
      town.world.run(DAY_MS / lines.length);
      town.carryByHand(line);
      town.world.run(1_000);
    }
  };
  return end(town, ids, hops, walk, 40 * DAY_MS);
}

function begin(
  suite: CryptoSuite,
  hops: number,
  payments: number,
  weather: TownWeather,
  isUp: boolean,
): { readonly town: Town; readonly ids: readonly string[] } {
  const town = new Town({ seed: hops, suite, size: hops + 1, weather, router: knownRouter(hops) });
  for (let at = 0; at < hops; at++) town.line(at, at + 1, LIMIT, LIMIT);
  town.start();
  const invoices = Array.from({ length: payments }, () =>
    town.request(hops, 1_250, "hours", 60 * DAY_MS),
  );
  const ids = invoices.map(({ hash }) => toBase32(hash));
  town.counters.toldBytes = 0;
  town.counters.opBytes = 0;
  // The ways are found while all see each other, as they are remembered from better days.
  for (const invoice of invoices) {
    if (!isUp) town.isCarriedOnly = true;
    town.payments(0).pay(invoice);
  }
  town.wake(0);
  return { town, ids };
}

function end(
  town: Town,
  ids: readonly string[],
  hops: number,
  goOn: () => void,
  mostMs: number,
): SlowResult {
  const beginMs = town.world.nowMs;
  const paid = (): number => ids.filter((id) => town.payments(0).receipt(id) !== undefined).length;
  while (paid() < ids.length && town.world.nowMs - beginMs < mostMs) goOn();
  const tookMs = town.world.nowMs - beginMs;
  const bytes = town.counters.toldBytes + town.counters.opBytes;
  return { paid: paid(), begun: ids.length, tookMs, bytes, hops };
}
