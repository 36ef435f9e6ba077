import { must } from "../../base/errors.ts";
import type { Coefficients, Frame } from "./frame.ts";
import type { ScanComponent, ScanSpec } from "./scan.ts";
import { writeScan } from "./write.ts";

/** A scan, what it costs and what it does for the picture. */
export interface RankedScan {
  readonly spec: ScanSpec;
  /** Its tables, header and data. */
  readonly bytes: Uint8Array;
  /** How much squared error it takes away, in units of samples squared. */
  readonly gain: number;
  /** Scans of one chain refine each other, in order. */
  readonly chain: number;
}

/** First and last coefficients of the scans of the first component, and of the others. */
const LUMA_BANDS: readonly (readonly [number, number])[] = [
  [1, 5],
  [6, 20],
  [21, 63],
];
const CHROMA_BANDS: readonly (readonly [number, number])[] = [
  [1, 9],
  [10, 63],
];
/** Bit position that the first scan of a band stops at. */
const LOW_FIRST = 2;
/** Blocks of an interleaved unit at most (ITU T.81 section B.2.3). */
const UNIT_BLOCKS_MAX = 10;

/**
 * All scans of a progressive JPEG of these coefficients, each with its cost and gain, by chain.
 * @param quantisation by component, 64 factors in zigzag order
 */
export function rankScans(
  frame: Frame,
  coefficients: Coefficients,
  quantisation: readonly Uint16Array[],
): readonly (readonly RankedScan[])[] {
  const dc = dcScans(frame).map((spec) => [
    { spec, bytes: writeScan(frame, coefficients, spec), gain: Number.POSITIVE_INFINITY },
  ]);
  const ac = frame.components.flatMap((_, index) => {
    const errors = bandErrors(
      must(coefficients[index], "each component has coefficients"),
      must(quantisation[index], "each component has factors"),
      weightOf(frame, index),
    );
    return (index === 0 ? LUMA_BANDS : CHROMA_BANDS).map(([first, last]) => {
      const error = (low: number): number => errors.between(first, last, low);
      return lowsOf(error).map((low, step, lows) => {
        const high = step === 0 ? 0 : must(lows[step - 1], "a scan came before");
        const spec = { components: [{ index, dc: 0, ac: 0 }], first, last, high, low };
        const bytes = writeScan(frame, coefficients, spec);
        return { spec, bytes, gain: error(step === 0 ? UNSEEN : high) - error(low) };
      });
    });
  });
  return [...dc, ...ac].map((scans, chain) => scans.map((scan) => ({ ...scan, chain })));
}

/** Stands for the bit position of a band of which nothing has been seen. */
const UNSEEN = 15;

/** The bit positions of a band's scans; those are left out that would say nothing. */
function lowsOf(error: (low: number) => number): readonly number[] {
  let first = LOW_FIRST;
  while (first > 0 && error(first) === error(UNSEEN)) first--;
  return Array.from({ length: first + 1 }, (_, step) => first - step);
}

function dcScans(frame: Frame): readonly ScanSpec[] {
  const parts: ScanComponent[] = frame.components.map((_, index) => {
    return { index, dc: Math.min(index, 1), ac: 0 };
  });
  const blocks = frame.components.reduce((sum, { h, v }) => sum + h * v, 0);
  const together = parts.length === 1 || blocks <= UNIT_BLOCKS_MAX;
  const groups = together ? [parts] : parts.map((part) => [part]);
  return groups.map((components) => ({ components, first: 0, last: 0, high: 0, low: 0 }));
}

/** How much an error in a component weighs in red, green and blue together (JFIF 1.02). */
function weightOf({ components, hMax, vMax }: Frame, index: number): number {
  const part = must(components[index], "the component is there");
  const area = (hMax * vMax) / (part.h * part.v);
  const colour = components.length === 3 ? ([1, 1.086, 0.825][index] ?? 1) : 1;
  return area * colour;
}

/** Squared errors of one component when its coefficients are known only down to a bit position. */
function bandErrors(
  values: Int16Array,
  factors: Uint16Array,
  weight: number,
): { readonly between: (first: number, last: number, low: number) => number } {
  const sums = [0, 1, 2, 3].map(() => new Float64Array(64));
  const [one, two, three, all] = sums;
  if (!one || !two || !three || !all) throw new RangeError("four sums");
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value === 0) continue;
    const index = at & 63;
    const magnitude = value < 0 ? -value : value;
    one[index] = (one[index] ?? 0) + (magnitude & 1);
    two[index] = (two[index] ?? 0) + (magnitude & 3) ** 2;
    three[index] = (three[index] ?? 0) + (magnitude & 7) ** 2;
    all[index] = (all[index] ?? 0) + value * value;
  }
  return {
    between(first, last, low) {
      if (low === 0) return 0;
      const sum = low === UNSEEN ? all : low === 1 ? one : low === 2 ? two : three;
      let error = 0;
      for (let index = first; index <= last; index++) {
        error += (sum[index] ?? 0) * (factors[index] ?? 1) ** 2;
      }
      return error * weight;
    },
  };
}

/**
 * The scans in the order in which each byte does most for the picture.
 * @param chains from `rankScans`
 * @param budgets bytes that the scans up to each cut may take, rising: what does not fit before a
 *   cut gives way to what does
 */
export function orderScans(
  chains: readonly (readonly RankedScan[])[],
  budgets: readonly number[],
): { readonly scans: readonly RankedScan[]; readonly cuts: readonly number[] } {
  const next = chains.map(() => 0);
  const scans: RankedScan[] = [];
  const cuts: number[] = [];
  let bytes = 0;
  for (const budget of [...budgets, Number.POSITIVE_INFINITY]) {
    for (;;) {
      const run = bestRun(chains, next, budget - bytes);
      if (!run) break;
      for (const scan of run) {
        scans.push(scan);
        bytes += scan.bytes.length;
        next[scan.chain] = (next[scan.chain] ?? 0) + 1;
      }
    }
    cuts.push(scans.length);
  }
  return { scans, cuts: cuts.slice(0, -1) };
}

/** The scans next in one chain that gain most per byte and fit. */
function bestRun(
  chains: readonly (readonly RankedScan[])[],
  next: readonly number[],
  room: number,
): readonly RankedScan[] | undefined {
  let best: readonly RankedScan[] | undefined;
  let bestRatio = -1;
  // Without the first coefficients of all blocks a decoder shows nothing.
  const isBasic = (scan: RankedScan | undefined): boolean =>
    scan?.gain === Number.POSITIVE_INFINITY;
  const needsBasic = chains.some((chain, index) => isBasic(chain[next[index] ?? 0]));
  for (const [index, chain] of chains.entries()) {
    if (needsBasic && !isBasic(chain[next[index] ?? 0])) continue;
    let cost = 0;
    let gain = 0;
    const from = next[index] ?? 0;
    for (let to = from; to < chain.length; to++) {
      const scan = must(chain[to], "within the chain");
      cost += scan.bytes.length;
      gain += scan.gain;
      if (cost > room) break;
      if (gain / cost > bestRatio) {
        bestRatio = gain / cost;
        best = chain.slice(from, to + 1);
      }
    }
  }
  return best;
}
