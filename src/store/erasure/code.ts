import { exp, log } from "./field.ts";

/** A systematic code: any `k` of its `n` fragments rebuild all, fragments 0 to k-1 are the data. */
export interface ErasureCode {
  /** Data shards. */
  readonly k: number;
  /** Fragments in all, data included. */
  readonly n: number;
}

/**
 * The number of points that carry the polynomial: the power of two from `k` on.
 *
 * Column by column, the data bytes are the values at the points 0 to k-1 of the one polynomial
 * of degree below `K` that is zero at the points k to K-1; parity is its values from point K on.
 * `K` is a power of two so that encoding can be an additive Fourier transform (Lin, Chung, Han,
 * "Novel polynomial basis and its application to Reed-Solomon erasure codes", FOCS 2014).
 */
export function transformSize(k: number): number {
  let size = 1;
  while (size < k) size *= 2;
  return size;
}

/** The field element at which fragment `index` is the value of the polynomial. */
export function pointOf(k: number, index: number): number {
  return index < k ? index : index - k + transformSize(k);
}

/**
 * Lagrange weights: how each target fragment is the sum of the source fragments times constants.
 * @param sources k distinct fragment indices
 * @param targets fragment indices, none of them a source
 * @returns one row of k weights per target
 */
export function lagrangeWeights(
  k: number,
  sources: readonly number[],
  targets: readonly number[],
): Uint8Array[] {
  const known = sources.map((index) => pointOf(k, index));
  for (let zero = k; zero < transformSize(k); zero++) known.push(zero);
  const logDistance = (point: number): number => {
    let sum = 0;
    for (const other of known) if (other !== point) sum += log(point ^ other);
    return sum;
  };
  const divisors = sources.map((index) => logDistance(pointOf(k, index)));
  return targets.map((target) => {
    const point = pointOf(k, target);
    const product = logDistance(point);
    const row = new Uint8Array(k);
    for (const [i, divisor] of divisors.entries()) {
      row[i] = exp(product - log(point ^ (known[i] ?? 0)) - divisor);
    }
    return row;
  });
}
