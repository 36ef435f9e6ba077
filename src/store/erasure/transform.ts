import { transformSize } from "./code.ts";
import { divide, multiply } from "./field.ts";

/** A row of the transform: a shard, or a row of one of the two scratch areas. */
export interface Row {
  readonly area: "shard" | "coefficient" | "work";
  readonly index: number;
}

/**
 * One step over up to four rows. `count` says how many of the four inputs are not zero (inverse)
 * or how many of the outputs are wanted (forward, middle); `isFirst` that only the last of the
 * inverse step's constants is not zero.
 */
export interface TransformStep {
  readonly kind: "inverse" | "forward" | "middle";
  readonly count: number;
  readonly isFirst: boolean;
  readonly inputs: readonly Row[];
  readonly outputs: readonly Row[];
  readonly constants: readonly number[];
}

/**
 * The constant of layer `layer` at `point`: the polynomial that vanishes on the elements below
 * 2^layer, scaled to be 1 at 2^layer (Lin, Chung, Han 2014, section II).
 */
export function layerConstant(layer: number, point: number): number {
  let value = 1;
  let scale = 1;
  for (let root = 0; root < 1 << layer; root++) {
    value = multiply(value, point ^ root);
    scale = multiply(scale, (1 << layer) ^ root);
  }
  return divide(value, scale);
}

/** The four rows of each group of two layers of which the lower one spans 2^layer rows. */
function* groups(size: number, layer: number): Generator<{ start: number; rows: number[] }> {
  const span = 1 << layer;
  for (let start = 0; start < size; start += 4 * span) {
    for (let first = start; first < start + span; first++) {
      yield { start, rows: [first, first + span, first + 2 * span, first + 3 * span] };
    }
  }
}

/** How many of a group's rows lie in a block, of the lower layer's span, that begins below `end`. */
function rowsBelow(end: number, start: number, layer: number): number {
  return [0, 1, 2, 3].filter((i) => start + (i << layer) < end).length;
}

/** From the data (values at the points from 0 on) to coefficients, two layers at a time. */
function inverseSteps(k: number, size: number, layers: number): TransformStep[] {
  const steps: TransformStep[] = [];
  for (let layer = 0; layer + 2 <= layers; layer += 2) {
    const area = layer === 0 ? "shard" : "coefficient";
    for (const { start, rows } of groups(size, layer)) {
      const count = rowsBelow(k, start, layer);
      if (count === 0) continue;
      const lower = layerConstant(layer, start);
      const second = layerConstant(layer, start + (2 << layer));
      const upper = layerConstant(layer + 1, start);
      const isFirst = start === 0;
      const general = count > 2 ? [lower, second, upper] : [lower, upper];
      steps.push({
        kind: "inverse",
        count,
        isFirst,
        inputs: rows.slice(0, count).map((index) => ({ area, index })),
        outputs: rows.map((index) => ({ area: "coefficient", index })),
        constants: isFirst ? (count > 2 ? [second] : []) : general,
      });
    }
  }
  return steps;
}

/** Where output row `row` of a coset's pass goes; the last pass writes the parity shards. */
function outputRow(row: number, isLast: boolean, firstShard: number): Row {
  return isLast ? { area: "shard", index: firstShard + row } : { area: "work", index: row };
}

/** The top layer where the number of layers is odd: both directions at once. */
function middleSteps(coset: Coset, size: number, layers: number): TransformStep[] {
  const half = size / 2;
  const area = layers === 1 ? "shard" : "coefficient";
  const steps: TransformStep[] = [];
  for (let row = 0; row < half; row++) {
    const rows = [row, row + half].slice(0, coset.wanted > half ? 2 : 1);
    steps.push({
      kind: "middle",
      count: rows.length,
      isFirst: false,
      inputs: [row, row + half].map((index) => ({ area, index })),
      outputs: rows.map((index) => outputRow(index, layers === 1, coset.firstShard)),
      constants: [layerConstant(layers - 1, coset.point)],
    });
  }
  return steps;
}

/** From coefficients to values at a coset's points, two layers at a time from the top. */
function forwardSteps(coset: Coset, size: number, layers: number): TransformStep[] {
  const steps: TransformStep[] = [];
  for (let layer = layers - (layers % 2) - 2; layer >= 0; layer -= 2) {
    const area = layer + 2 === layers ? "coefficient" : "work";
    for (const { start, rows } of groups(size, layer)) {
      const count = rowsBelow(coset.wanted, start, layer);
      if (count === 0) continue;
      const point = coset.point ^ start;
      const upper = layerConstant(layer + 1, point);
      const lower = layerConstant(layer, point);
      const second = layerConstant(layer, point ^ (2 << layer));
      steps.push({
        kind: "forward",
        count,
        isFirst: false,
        inputs: rows.map((index) => ({ area, index })),
        outputs: rows
          .slice(0, count)
          .map((index) => outputRow(index, layer === 0, coset.firstShard)),
        constants: count > 2 ? [upper, lower, second] : [upper, lower],
      });
    }
  }
  return steps;
}

/** K neighbouring points that carry parity: the first of them, how many are wanted, where to. */
interface Coset {
  readonly point: number;
  readonly wanted: number;
  readonly firstShard: number;
}

/**
 * Encoding as one inverse transform of the data and one forward transform per K parity points.
 * Rows beyond the data and values beyond the parity are left out where a whole group allows it.
 * @param k data shards, at least 2
 */
export function encodingSteps(k: number, n: number): TransformStep[] {
  const size = transformSize(k);
  const layers = Math.log2(size);
  const steps = inverseSteps(k, size, layers);
  for (let firstShard = k; firstShard < n; firstShard += size) {
    const point = firstShard - k + size;
    const coset = { point, wanted: Math.min(size, n - firstShard), firstShard };
    if (layers % 2 === 1) steps.push(...middleSteps(coset, size, layers));
    steps.push(...forwardSteps(coset, size, layers));
  }
  return steps;
}
