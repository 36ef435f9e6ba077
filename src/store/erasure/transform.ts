import { transformSize } from "./code.ts";
import { divide, multiply } from "./field.ts";

/** A row of the transform: a shard, a row of one of the two scratch areas, or the row of zeros. */
export interface Row {
  readonly area: "shard" | "coefficient" | "work" | "zero";
  readonly index: number;
}

/**
 * One step over up to four rows. `count` says how many of the four inputs are not zero (inverse)
 * or how many of the outputs are wanted (forward, middle); `isFirst` that of the three constants
 * only the lower layer's second is not zero. A scale step is a row times a constant, an add step
 * the sum of two rows.
 */
export interface TransformStep {
  readonly kind: "inverse" | "forward" | "middle" | "scale" | "add";
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

/** The constants of a group of two layers at `point`, in the order of the kernel's step. */
function groupConstants(
  kind: "inverse" | "forward",
  count: number,
  layer: number,
  point: number,
): Pick<TransformStep, "isFirst" | "constants"> {
  const second = count > 2 ? [layerConstant(layer, point ^ (2 << layer))] : [];
  if (point === 0) return { isFirst: true, constants: second };
  const lower = layerConstant(layer, point);
  const upper = layerConstant(layer + 1, point);
  const constants = kind === "inverse" ? [lower, ...second, upper] : [upper, lower, ...second];
  return { isFirst: false, constants };
}

/** The values that an inverse transform starts from: at K neighbouring points, zero from `end` on. */
export interface InversePass {
  /** The first of the points. */
  readonly point: number;
  readonly end: number;
  /** Where the value of each point lies. */
  readonly input: (row: number) => Row;
  /** Where the coefficients go; it may hold the inputs. */
  readonly output: "coefficient" | "work";
}

/** From values to coefficients, two layers at a time. */
export function inverseSteps(pass: InversePass, size: number): TransformStep[] {
  const layers = Math.log2(size);
  const steps: TransformStep[] = [];
  for (let layer = 0; layer + 2 <= layers; layer += 2) {
    for (const { start, rows } of groups(size, layer)) {
      const count = rowsBelow(pass.end, start, layer);
      if (count === 0) continue;
      const at = (index: number): Row => ({ area: pass.output, index });
      steps.push({
        kind: "inverse",
        count,
        inputs: rows.slice(0, count).map(layer === 0 ? pass.input : at),
        outputs: rows.map(at),
        ...groupConstants("inverse", count, layer, pass.point ^ start),
      });
    }
  }
  return steps;
}

/**
 * The top layer where the number of layers is odd, both directions at once: from coefficients of
 * the lower layers to values at two halves of K points. One of both directions has the constant
 * zero, being at the data points, so that the step is the same for encoding and decoding.
 * @param point of the direction that is not at the data points
 * @param wanted how many rows are needed
 */
export function middleSteps(
  point: number,
  wanted: number,
  size: number,
  input: (row: number) => Row,
  output: (row: number) => Row,
): TransformStep[] {
  const half = size / 2;
  const constants = [layerConstant(Math.log2(half), point)];
  return Array.from({ length: half }, (_, row) => {
    const rows = [row, row + half].slice(0, wanted > half ? 2 : 1);
    return {
      kind: "middle",
      count: rows.length,
      isFirst: false,
      inputs: [row, row + half].map(input),
      outputs: rows.map(output),
      constants,
    };
  });
}

/** What a forward transform makes: the values at some of K neighbouring points. */
export interface ForwardPass {
  /** The first of the K points. */
  readonly point: number;
  /** Which of the K rows are wanted: from `first` up to but without `end`. */
  readonly first: number;
  readonly end: number;
  /** Where the coefficients lie; the layers below the top ones are worked on in "work". */
  readonly input: "coefficient" | "work";
  /** Where the value of a wanted point goes. */
  readonly output: (row: number) => Row;
}

/** From coefficients to values, two layers at a time from the top; an odd top layer left out. */
export function forwardSteps(pass: ForwardPass, size: number): TransformStep[] {
  const layers = Math.log2(size);
  const top = layers - (layers % 2) - 2;
  const steps: TransformStep[] = [];
  for (let layer = top; layer >= 0; layer -= 2) {
    const area = layer === top ? pass.input : "work";
    for (const { start, rows } of groups(size, layer)) {
      const count = rowsBelow(pass.end, start, layer);
      if (count === 0 || start + (4 << layer) <= pass.first) continue;
      const at = (index: number): Row =>
        layer > 0 ? { area: "work", index } : outputOf(pass, index);
      steps.push({
        kind: "forward",
        count,
        inputs: rows.map((index) => ({ area, index })),
        outputs: rows.slice(0, count).map(at),
        ...groupConstants("forward", count, layer, pass.point ^ start),
      });
    }
  }
  return steps;
}

/** A value that nobody wants goes into the scratch area. */
function outputOf({ first, output }: ForwardPass, row: number): Row {
  return row < first ? { area: "work", index: row } : output(row);
}

/**
 * Encoding the fragments from `first` up to but without `end`, as one inverse transform of the
 * data and one forward transform per K parity points. Rows beyond the data and values that are
 * not wanted are left out where a whole group allows it.
 * @param k data shards, at least 2
 * @param first at least k
 */
export function encodingSteps(k: number, first: number, end: number): TransformStep[] {
  const size = transformSize(k);
  const layers = Math.log2(size);
  const shard = (index: number): Row => ({ area: "shard", index });
  const isOdd = layers % 2 === 1;
  const data = { point: 0, end: k, input: shard, output: "coefficient" } as const;
  const steps = inverseSteps(data, size);
  const offset = (first - k) % size;
  for (let coset = first - offset; coset < end; coset += size) {
    const point = coset - k + size;
    const wanted = { first: Math.max(0, first - coset), end: Math.min(size, end - coset) };
    const output = (row: number): Row => shard(coset + row);
    const input = isOdd ? "work" : "coefficient";
    const forward = { point, ...wanted, input, output } as const;
    if (isOdd) {
      const from = (index: number): Row => ({ area: layers > 1 ? "coefficient" : "shard", index });
      const to = (index: number): Row =>
        layers > 1 ? { area: "work", index } : outputOf(forward, index);
      steps.push(...middleSteps(point, wanted.end, size, from, to));
    }
    steps.push(...forwardSteps(forward, size));
  }
  return steps;
}
