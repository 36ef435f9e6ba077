import type { Announcer } from "./announcer.ts";
import { HORIZON_MS, LOTTERY_ALL, METRIC_MAX, METRIC_NONE, SIGNIFICANT_SHARE } from "./limits.ts";
import { ENTRY } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Table } from "./table.ts";

/**
 * Tells neighbours how far this router looks, once its table is full: what lies beyond would be
 * thrown away here, so it need not be told.
 */
export class Horizons {
  readonly #table: Table;
  readonly #announcer: Announcer;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(table: Table, announcer: Announcer) {
    this.#table = table;
    this.#announcer = announcer;
  }

  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  /** Tells whoever has to be told, as far as the pace allows. */
  tick(nowMs: number): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const neighbour of this.#table.neighbours.values()) {
      const horizonMetric = this.#table.horizonMetric(neighbour.id);
      const lottery = this.#table.horizonLottery(neighbour.id);
      const isNever = neighbour.toldHorizonAtMs === Number.NEGATIVE_INFINITY;
      // An open horizon still says that somebody further on has one: there is more than is told.
      const tellsOfMore = this.#table.isPartOfMore && isNever;
      if (!tellsOfMore && !isNews(neighbour, horizonMetric, lottery)) continue;
      const atMs = neighbour.toldHorizonAtMs + HORIZON_MS;
      if (atMs > nowMs) {
        this.#dueMs = Math.min(this.#dueMs, atMs);
        continue;
      }
      neighbour.toldHorizonAtMs = nowMs;
      neighbour.toldHorizonMetric = horizonMetric;
      neighbour.toldHorizonLottery = lottery;
      const metric = Math.min(METRIC_MAX, horizonMetric);
      const entry = { kind: ENTRY.horizon, metric, lottery };
      this.#announcer.ask(neighbour, entry, nowMs);
    }
  }
}

/** A large difference is told; a small one is not worth a message. */
function isNews(
  { toldHorizonMetric, toldHorizonLottery }: Neighbour,
  metric: number,
  lottery: number,
): boolean {
  return (
    isOther(toldHorizonMetric, metric, METRIC_NONE) ||
    isOther(toldHorizonLottery, lottery, LOTTERY_ALL)
  );
}

function isOther(told: number, value: number, all: number): boolean {
  if (told === value) return false;
  if (told === all || value === all) return true;
  return Math.abs(told - value) * SIGNIFICANT_SHARE >= told;
}
