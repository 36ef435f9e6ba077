import fc from "fast-check";
import { expect, test } from "vitest";
import { must } from "../../base/errors.ts";
import { lagrangeWeights, pointOf, transformSize } from "./code.ts";
import { decodingSteps } from "./decoding.ts";
import { divide, exp, log, multiply } from "./field.ts";
import { range } from "./kernel.ts";
import { encodingSteps, layerConstant, type Row, type TransformStep } from "./transform.ts";

type Butterfly = readonly [x: number, y: number, constant: number];

const inverse = (v: Uint8Array, [x, y, constant]: Butterfly): void => {
  v[y] = (v[y] ?? 0) ^ (v[x] ?? 0);
  v[x] = (v[x] ?? 0) ^ multiply(constant, v[y]);
};

const forward = (v: Uint8Array, [x, y, constant]: Butterfly): void => {
  v[x] = (v[x] ?? 0) ^ multiply(constant, v[y] ?? 0);
  v[y] = (v[y] ?? 0) ^ v[x];
};

/** The four butterflies of two layers, by the definition and without the kernel's short cuts. */
function layersOf({ kind, count, isFirst, constants }: TransformStep): Butterfly[] {
  const [first = 0, second = 0, third = 0] = constants;
  if (kind === "forward") {
    const [upper, lower, next] = isFirst ? [0, 0, first] : [first, second, third];
    return [
      [0, 2, upper],
      [1, 3, upper],
      [0, 1, lower],
      [2, 3, next],
    ];
  }
  const [lower, next] = isFirst ? [0, first] : [first, second];
  const upper = isFirst ? 0 : count > 2 ? third : second;
  return [
    [0, 1, lower],
    [2, 3, next],
    [0, 2, upper],
    [1, 3, upper],
  ];
}

/** One step on single bytes. */
function runStep(step: TransformStep, v: Uint8Array): void {
  const [constant = 0] = step.constants;
  if (step.kind === "scale") v[0] = multiply(constant, v[0] ?? 0);
  else if (step.kind === "add") v[0] = (v[0] ?? 0) ^ (v[1] ?? 0);
  else if (step.kind === "middle") {
    inverse(v, [0, 1, 0]);
    forward(v, [0, 1, constant]);
  } else {
    const butterfly = step.kind === "forward" ? forward : inverse;
    for (const one of layersOf(step)) butterfly(v, one);
  }
}

/** All steps; the rows they leave, by name. */
function runSteps(steps: readonly TransformStep[], data: readonly number[]): Map<string, number> {
  const rows = new Map<string, number>(data.map((value, index) => [`shard ${index}`, value]));
  rows.set("zero 0", 0);
  const nameOf = (row: Row): string => `${row.area} ${row.index}`;
  for (const step of steps) {
    const values = new Uint8Array(4);
    for (const [i, row] of step.inputs.entries()) {
      values[i] = must(rows.get(nameOf(row)), "a step reads a row that nothing wrote");
    }
    runStep(step, values);
    for (const [i, row] of step.outputs.entries()) rows.set(nameOf(row), values[i] ?? 0);
  }
  return rows;
}

test("the transform makes the matrix's code words for every k, up to the last field point", () => {
  for (const k of range(2, 65)) {
    const most = 256 - transformSize(k) + k;
    const data = range(0, k).map((i) => (37 * i + 101 * k + 1) & 255);
    for (const n of new Set([k + 1, k + 3, Math.min(most, 2 * k), Math.min(most, 64 + k), most])) {
      const rows = runSteps(encodingSteps(k, k, n), data);
      const weights = lagrangeWeights(k, range(0, k), range(k, n));
      const parity = weights.map((row) =>
        data.reduce((sum, value, i) => sum ^ multiply(row[i] ?? 0, value), 0),
      );
      expect(range(k, n).map((index) => rows.get(`shard ${index}`))).toEqual(parity);
    }
  }
});

test("a layer's constant vanishes below its span, is one there, and is additive", () => {
  for (const layer of range(0, 6)) {
    for (const point of range(0, 1 << layer)) expect(layerConstant(layer, point)).toBe(0);
    expect(layerConstant(layer, 1 << layer)).toBe(1);
    const sum = layerConstant(layer, 0x95) ^ layerConstant(layer, 0x6c);
    expect(layerConstant(layer, 0x95 ^ 0x6c)).toBe(sum);
  }
});

test("every fragment of the widest codes has a field point of its own", () => {
  for (const k of range(1, 65)) {
    const points = range(0, 256 - transformSize(k) + k).map((index) => pointOf(k, index));
    expect(new Set(points).size).toBe(points.length);
    expect(Math.max(...points)).toBe(255);
  }
});

test("the field divides what it multiplies", () => {
  for (const a of range(1, 256)) {
    expect(exp(log(a))).toBe(a);
    expect(exp(log(a) - 255)).toBe(a);
    for (const b of range(1, 256)) expect(divide(multiply(a, b), b)).toBe(a);
  }
  expect(multiply(0, 7) | multiply(7, 0) | divide(0, 7)).toBe(0);
});

test("lost data comes back by transforms from whatever parity is there", () => {
  const property = fc.property(fc.integer({ min: 3, max: 64 }), fc.nat(), (k, seed) => {
    const most = 256 - transformSize(k) + k;
    const data = range(0, k).map((i) => (29 * i + seed) & 255);
    const all = runSteps(encodingSteps(k, k, most), data);
    const words = range(0, most).map((index) => must(all.get(`shard ${index}`), "a fragment"));
    const lost = range(0, k).filter((index) => (seed + index) % 5 < 1 + (seed % 5));
    fc.pre(lost.length > 0);
    const parity = lost.map((_, i) => k + ((seed + (1 + (seed % 2)) * i) % (most - k)));
    fc.pre(new Set(parity).size === lost.length);
    const kept = range(0, k).filter((index) => !lost.includes(index));
    const sources = [...kept, ...parity];
    const known = range(0, most).map((index) =>
      sources.includes(index) ? (words[index] ?? 0) : 0,
    );
    const rows = runSteps(decodingSteps(k, sources, lost), known);
    const weights = lagrangeWeights(k, sources, lost);
    for (const [t, index] of lost.entries()) {
      const fromData = kept.reduce(
        (sum, from, i) => sum ^ multiply(weights[t]?.[i] ?? 0, words[from] ?? 0),
        0,
      );
      expect((rows.get(`shard ${index}`) ?? 0) ^ fromData).toBe(words[index]);
    }
  });
  fc.assert(property, { seed: 5, numRuns: 300 });
});
