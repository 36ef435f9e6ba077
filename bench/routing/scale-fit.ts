/** A law y = factor * n^exponent through measured points. */
export interface Fit {
  readonly factor: number;
  readonly exponent: number;
}

/** Least squares on the double logarithmic scale; undefined for fewer than two sizes. */
export function fitPower(points: readonly (readonly [number, number])[]): Fit | undefined {
  const logs = points
    .filter(([n, y]) => n > 0 && y > 0)
    .map(([n, y]) => [Math.log(n), Math.log(y)]);
  if (new Set(logs.map(([x]) => x)).size < 2) return undefined;
  const mean = (at: number): number =>
    logs.reduce((sum, log) => sum + (log[at] ?? 0), 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  let [across, along] = [0, 0];
  for (const [lx = 0, ly = 0] of logs) {
    across += (lx - x) * (ly - y);
    along += (lx - x) ** 2;
  }
  const exponent = across / along;
  return { exponent, factor: Math.exp(y - exponent * x) };
}

/** What a law says of a size. */
export function predict({ factor, exponent }: Fit, n: number): number {
  return factor * n ** exponent;
}
