import { must } from "../../base/errors.ts";
import type { Coefficients, Frame } from "./frame.ts";
import { NOTHING_BEFORE, packPart } from "./pack-scan.ts";
import { partWithHead } from "./packed-file.ts";
import { reconstruct } from "./reconstruct.ts";

/** A part, what it costs and what it does for the picture. */
export interface RankedPart {
  /** Its head and data. */
  readonly bytes: Uint8Array;
  /** How much squared error it takes away, in units of samples squared. */
  readonly gain: number;
  /** Whether it comes before all others: the means of the blocks. */
  readonly basic: boolean;
  /** Parts of one chain refine each other, in order. */
  readonly chain: number;
}

/** First and last coefficients of the bands of the first component, and of the others. */
const LUMA_BANDS: readonly (readonly [number, number])[] = [
  [1, 5],
  [6, 20],
  [21, 63],
];
const CHROMA_BANDS: readonly (readonly [number, number])[] = [
  [1, 9],
  [10, 63],
];
/** Bit positions of the parts with the blocks' means. */
const MEAN_LOWS: readonly number[] = [1, 0];
/** Bit position that the first part of a band stops at. */
const LOW_FIRST = 3;
/** Signal to noise, in decibels, of a picture that needs nothing more before the whole is there. */
const ENOUGH_DB = 46;
/** Highest bit position that a part stops at. */
const LOW_MAX = 6;

/**
 * All parts of a JPEG's coefficients, each with its cost and gain, by chain.
 * @param quantisation by component, 64 factors in zigzag order
 */
export function rankParts(
  frame: Frame,
  coefficients: Coefficients,
  quantisation: readonly Uint16Array[],
): readonly (readonly RankedPart[])[] {
  const chains: RankedPart[][] = [];
  for (const component of frame.components.keys()) {
    const source = must(coefficients[component], "each component has coefficients");
    const factors = must(quantisation[component], "each component has factors");
    const known = new Int16Array(source.length);
    const errors = new BandErrors(source, factors, weightOf(frame, component));
    for (const [first, last] of bandsOf(component)) {
      const lows = first === 0 ? [...MEAN_LOWS] : errors.lowsOf(first, last);
      let high = NOTHING_BEFORE;
      const parts = lows.map((low) => {
        const spec = { component, first, last, high, low };
        const bytes = partWithHead(spec, packPart(frame, spec, source, known));
        const gain = errors.of(first, last, high) - errors.of(first, last, low);
        const basic = first === 0 && high === NOTHING_BEFORE;
        high = low;
        return { bytes, gain, basic, chain: chains.length };
      });
      chains.push(parts);
    }
  }
  return chains;
}

function bandsOf(component: number): readonly (readonly [number, number])[] {
  return [[0, 0], ...(component === 0 ? LUMA_BANDS : CHROMA_BANDS)];
}

/** The squared error of a frame's picture at ENOUGH_DB. */
export function enoughError({ width, height }: Frame): number {
  return (width * height * 255 ** 2) / 10 ** (ENOUGH_DB / 10);
}

/** How much an error in a component weighs in red, green and blue together (JFIF 1.02). */
function weightOf({ components, hMax, vMax }: Frame, index: number): number {
  const part = must(components[index], "the component is there");
  const area = (hMax * vMax) / (part.h * part.v);
  const colour = components.length === 3 ? ([1, 1.086, 0.825][index] ?? 1) : 1;
  return area * colour;
}

/** Squared errors of one component when its coefficients are known only down to a bit position. */
class BandErrors {
  readonly #weight: number;
  /** By bit position and coefficient; the last row is for coefficients of which nothing is known. */
  readonly #sums = new Float64Array((LOW_MAX + 2) * 64);

  constructor(values: Int16Array, factors: Uint16Array, weight: number) {
    this.#weight = weight;
    for (let low = 1; low <= LOW_MAX + 1; low++) this.#sum(values, factors, low);
  }

  #sum(values: Int16Array, factors: Uint16Array, low: number): void {
    const row = 64 * low;
    for (let at = 0; at < values.length; at++) {
      const value = values[at] ?? 0;
      if (value === 0) continue;
      const error = low > LOW_MAX ? value : value - reconstruct(value, low, (at & 63) === 0);
      const factor = factors[at & 63] ?? 1;
      const place = row + (at & 63);
      this.#sums[place] = (this.#sums[place] ?? 0) + (error * factor) ** 2;
    }
  }

  of(first: number, last: number, low: number): number {
    if (low === 0) return 0;
    let error = 0;
    const row = 64 * Math.min(low, LOW_MAX + 1);
    for (let index = first; index <= last; index++) error += this.#sums[row + index] ?? 0;
    return error * this.#weight;
  }

  /** The bit positions of a band's parts; those are left out that would say nothing. */
  lowsOf(first: number, last: number): readonly number[] {
    const all = this.of(first, last, NOTHING_BEFORE);
    let low = LOW_FIRST;
    while (low > 0 && this.of(first, last, low) === all) low--;
    return Array.from({ length: low + 1 }, (_, step) => low - step);
  }
}

/**
 * The parts in the order in which each byte does most for the picture.
 * @param chains from `rankParts`
 * @param budgets bytes that the parts up to each cut may take, rising: what does not fit before a
 *   cut gives way to what does
 * @param enough squared error below which a picture is good enough to be cut
 */
export function orderParts(
  chains: readonly (readonly RankedPart[])[],
  budgets: readonly number[],
  enough: number,
): { readonly parts: readonly RankedPart[]; readonly cuts: readonly number[] } {
  const next = chains.map(() => 0);
  const parts: RankedPart[] = [];
  const cuts: number[] = [];
  let bytes = 0;
  let error = chains.flat().reduce((sum, { gain }) => sum + gain, 0);
  for (const budget of [...budgets, Number.POSITIVE_INFINITY]) {
    while (error > enough || budget === Number.POSITIVE_INFINITY) {
      const run = bestRun(chains, next, budget - bytes);
      if (!run) break;
      for (const part of run) {
        parts.push(part);
        bytes += part.bytes.length;
        error -= part.gain;
        next[part.chain] = (next[part.chain] ?? 0) + 1;
      }
    }
    cuts.push(parts.length);
  }
  return { parts, cuts: cuts.slice(0, -1) };
}

/** The parts next in one chain that gain most per byte and fit. */
function bestRun(
  chains: readonly (readonly RankedPart[])[],
  next: readonly number[],
  room: number,
): readonly RankedPart[] | undefined {
  let best: readonly RankedPart[] | undefined;
  let bestRatio = -1;
  // Without the means of all blocks the rest shows little.
  const needsBasic = chains.some((chain, index) => chain[next[index] ?? 0]?.basic);
  for (const [index, chain] of chains.entries()) {
    if (needsBasic && !chain[next[index] ?? 0]?.basic) continue;
    let cost = 0;
    let gain = 0;
    const from = next[index] ?? 0;
    for (let to = from; to < chain.length; to++) {
      const part = must(chain[to], "within the chain");
      cost += part.bytes.length;
      gain += part.gain;
      if (cost > room) break;
      if (gain / cost > bestRatio) {
        bestRatio = gain / cost;
        best = chain.slice(from, to + 1);
      }
    }
  }
  return best;
}
