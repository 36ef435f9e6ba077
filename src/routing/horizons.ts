import type { Announcer } from "./announcer.ts";
import {
  HORIZON_MS,
  HORIZON_RIDE_MS,
  LOTTERY_ALL,
  METRIC_MAX,
  METRIC_NONE,
  SIGNIFICANT_SHARE,
} from "./limits.ts";
import { ENTRY, type Horizon } from "./messages.ts";
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
  /** What `tick` last saw of the table; only where that has changed is there anything to tell. */
  #seenChanges = -1;
  #sawMore = false;

  constructor(table: Table, announcer: Announcer) {
    this.#table = table;
    this.#announcer = announcer;
  }

  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  /** Tells whoever has to be told, as far as the pace allows. */
  tick(nowMs: number): void {
    const { horizonChanges, isPartOfMore } = this.#table;
    const isSeen = horizonChanges === this.#seenChanges && isPartOfMore === this.#sawMore;
    if (isSeen && nowMs < this.#dueMs) return;
    this.#seenChanges = horizonChanges;
    this.#sawMore = isPartOfMore;
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const neighbour of this.#table.neighbours.values()) {
      const isNever = neighbour.toldHorizonAtMs === Number.NEGATIVE_INFINITY;
      // An open horizon still says that somebody further on has one: there is more than is told.
      const tellsOfMore = isPartOfMore && isNever;
      if (!tellsOfMore && !this.#isNews(neighbour)) continue;
      const atMs = neighbour.toldHorizonAtMs + HORIZON_MS;
      if (atMs > nowMs) this.#dueMs = Math.min(this.#dueMs, atMs);
      else this.#announcer.ask(neighbour, this.#entryFor(neighbour, nowMs), nowMs);
    }
  }

  /**
   * What rides along in a message that leaves for a neighbour anyway: a horizon that has come
   * nearer. While tables fill it does so all the time, and each origin that lies beyond the old one
   * only would be told for nothing.
   */
  riding(neighbour: Neighbour, nowMs: number): Horizon | undefined {
    if (neighbour.toldHorizonAtMs + HORIZON_RIDE_MS > nowMs || !this.#isNews(neighbour)) {
      return undefined;
    }
    const { id, toldHorizonMetric, toldHorizonLottery } = neighbour;
    const isNearer =
      this.#table.horizonMetric(id) <= toldHorizonMetric &&
      this.#table.horizonLottery(id) <= toldHorizonLottery;
    return isNearer ? this.#entryFor(neighbour, nowMs) : undefined;
  }

  /** A large difference is told; a small one is not worth a message. */
  #isNews({ id, toldHorizonMetric, toldHorizonLottery }: Neighbour): boolean {
    return (
      isOther(toldHorizonMetric, this.#table.horizonMetric(id), METRIC_NONE) ||
      isOther(toldHorizonLottery, this.#table.horizonLottery(id), LOTTERY_ALL)
    );
  }

  #entryFor(neighbour: Neighbour, nowMs: number): Horizon {
    const horizonMetric = this.#table.horizonMetric(neighbour.id);
    const lottery = this.#table.horizonLottery(neighbour.id);
    neighbour.toldHorizonAtMs = nowMs;
    neighbour.toldHorizonMetric = horizonMetric;
    neighbour.toldHorizonLottery = lottery;
    this.#seenChanges = -1;
    return { kind: ENTRY.horizon, metric: Math.min(METRIC_MAX, horizonMetric), lottery };
  }
}

function isOther(told: number, value: number, all: number): boolean {
  if (told === value) return false;
  if (told === all || value === all) return true;
  return Math.abs(told - value) * SIGNIFICANT_SHARE >= told;
}
