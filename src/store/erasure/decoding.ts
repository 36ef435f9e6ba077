import { pointOf, transformSize } from "./code.ts";
import { exp, log } from "./field.ts";
import { range } from "./kernel.ts";
import {
  forwardSteps,
  inverseSteps,
  middleSteps,
  type Row,
  type TransformStep,
} from "./transform.ts";

const ZERO: Row = { area: "zero", index: 0 };

/** Sum of the logarithms of the distances from `point` to all other `points`. */
function logDistances(point: number, points: readonly number[]): number {
  let sum = 0;
  for (const other of points) if (other !== point) sum += log(point ^ other);
  return sum;
}

/**
 * What the parity among k sources contributes to lost data, by Fourier transforms.
 *
 * With P the polynomial that vanishes at all K known points, Lagrange's formula is
 * f(l) = P(l) * sum of f(r) / (P'(r) (l + r)). Over the K points r of one coset of the data points,
 * the sum of v(r) / (l + r) is Q(l) / s(r), where Q has the values v(r) s' at those points, s is
 * the polynomial that vanishes at the data points and s' its derivative, a constant. So the sum
 * is one inverse transform per coset, whatever was received of it, and one forward transform for
 * all of them. (The same sums as in Lin, Al-Naffouri, Han, Chung, "Novel polynomial basis with fast
 * Fourier transform and its application to Reed-Solomon erasure codes", IEEE Trans. Inf. Theory 62
 * (2016), without the derivative, as the points of lost and of used fragments lie apart here.)
 * @param sources k distinct fragment indices
 * @param lost indices below k, none of them a source
 * @returns steps that write the shards at `lost`; what data sources contribute is to be added
 */
export function decodingSteps(
  k: number,
  sources: readonly number[],
  lost: readonly number[],
): TransformStep[] {
  const size = transformSize(k);
  const points = sources.map((index) => pointOf(k, index));
  const known = [...points, ...range(k, size)];
  const slope = logDistances(0, range(0, size));
  const parity = new Map<number, Map<number, number>>();
  for (const [i, point] of points.entries()) {
    if (point < size) continue;
    const coset = point - (point % size);
    const rows = parity.get(coset) ?? new Map<number, number>();
    parity.set(coset, rows.set(point - coset, sources[i] ?? 0));
  }
  const steps: TransformStep[] = [];
  const wanted = Math.max(...lost) + 1;
  for (const [coset, rows] of parity) {
    const shift = slope - logDistances(coset, range(0, size));
    const scale = (row: number): number => exp(shift - logDistances(coset + row, known));
    const output = steps.length === 0 ? "coefficient" : "work";
    steps.push(...coefficientSteps({ coset, rows, scale, output }, size, wanted));
  }
  const values = (index: number): Row => ({ area: "work", index });
  const data = { point: 0, first: 0, end: wanted, input: "coefficient", output: values } as const;
  steps.push(...forwardSteps(data, size));
  for (const index of lost) {
    steps.push(scaleStep(values(index), { area: "shard", index }, exp(logDistances(index, known))));
  }
  return steps;
}

/** The parity that was received of one coset. */
interface Received {
  readonly coset: number;
  /** Fragment indices by row of the coset. */
  readonly rows: ReadonlyMap<number, number>;
  readonly scale: (row: number) => number;
  /** Where the coefficients go; those in "work" are added to those in "coefficient". */
  readonly output: "coefficient" | "work";
}

function coefficientSteps(
  { coset, rows, scale, output }: Received,
  size: number,
  wanted: number,
): TransformStep[] {
  const at = (index: number): Row => ({ area: output, index });
  const steps = [...rows].map(([row, index]) =>
    scaleStep({ area: "shard", index }, at(row), scale(row)),
  );
  const input = (row: number): Row => (rows.has(row) ? at(row) : ZERO);
  const end = Math.max(...rows.keys()) + 1;
  steps.push(...inverseSteps({ point: coset, end, input, output }, size));
  const isOdd = Math.log2(size) % 2 === 1;
  // Nothing was written into an upper half of which nothing was received.
  const half = (row: number): Row => (row >= size / 2 && end <= size / 2 ? ZERO : at(row));
  if (isOdd) steps.push(...middleSteps(coset, wanted, size, half, at));
  if (output === "coefficient") return steps;
  const height = isOdd && wanted <= size / 2 ? size / 2 : size;
  for (let index = 0; index < height; index++) {
    const sum: Row = { area: "coefficient", index };
    steps.push({
      kind: "add",
      count: 1,
      isFirst: false,
      inputs: [sum, at(index)],
      outputs: [sum],
      constants: [],
    });
  }
  return steps;
}

function scaleStep(input: Row, output: Row, constant: number): TransformStep {
  return {
    kind: "scale",
    count: 1,
    isFirst: false,
    inputs: [input],
    outputs: [output],
    constants: [constant],
  };
}
