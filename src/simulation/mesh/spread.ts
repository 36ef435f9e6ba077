/** How a set of figures lies. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Mean and order statistics; all NaN where there are no figures. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const count = sorted.length;
  const at = (share: number): number =>
    sorted[Math.min(count - 1, Math.max(0, Math.ceil(share * count) - 1))] ?? Number.NaN;
  const mean = sorted.reduce((sum, figure) => sum + figure, 0) / count;
  return { count, mean, p50: at(0.5), p99: at(0.99), max: at(1) };
}
