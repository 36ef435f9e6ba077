import type { Announcer } from "./announcer.ts";
import { HORIZON_MS, METRIC_MAX, METRIC_NONE, SIGNIFICANT_SHARE } from "./limits.ts";
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
    const { horizonMetric, horizonLottery } = this.#table;
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const neighbour of this.#table.neighbours.values()) {
      if (!isNews(neighbour, horizonMetric)) continue;
      const atMs = neighbour.toldHorizonAtMs + HORIZON_MS;
      if (atMs > nowMs) {
        this.#dueMs = Math.min(this.#dueMs, atMs);
        continue;
      }
      neighbour.toldHorizonAtMs = nowMs;
      neighbour.toldHorizonMetric = horizonMetric;
      const metric = Math.min(METRIC_MAX, horizonMetric);
      const entry = { kind: ENTRY.horizon, metric, lottery: horizonLottery };
      this.#announcer.ask(neighbour, entry, nowMs);
    }
  }
}

function isNews({ toldHorizonMetric }: Neighbour, metric: number): boolean {
  if (toldHorizonMetric === METRIC_NONE || metric === METRIC_NONE) {
    return toldHorizonMetric !== metric;
  }
  return Math.abs(toldHorizonMetric - metric) * SIGNIFICANT_SHARE >= toldHorizonMetric;
}
