import type { BoolDecoder } from "./bool-decoder.ts";
import type { Quantizer, Steps, Vp8Header } from "./vp8-header.ts";
import { inverseMeans } from "./vp8-transform.ts";

/** Kinds of blocks by what their probabilities are (RFC 6386 section 13.3). */
const KIND = { afterMeans: 0, means: 1, colour: 2, whole: 3 } as const;
const BANDS = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0];
const ZIGZAG = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];
/** Probabilities of the further bits of large values, by their class (section 13.2). */
const FURTHER_BITS = [
  [173, 148, 140],
  [176, 155, 140, 135],
  [180, 157, 141, 134, 130],
  [254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129],
];
/** Blocks of 4 x 4 in a block of 16 x 16: brightness, then both colours. */
const BLOCKS = 24;
/** What is remembered of neighbours, each whether it had coefficients: 4 of brightness, 2 of each colour, means. */
const MEMORY = 9;
const MEANS = 8;

/** Reads the coefficients of blocks from left to right, row after row. */
export class CoefficientReader {
  /** Those of the block that was read last: 24 times 16. */
  readonly values: Int16Array = new Int16Array(BLOCKS * 16);
  readonly #probabilities: Uint8Array;
  readonly #above: Uint8Array;
  readonly #left = new Uint8Array(MEMORY);
  readonly #means = new Int16Array(16);

  constructor({ coefficients }: Vp8Header, columns: number) {
    this.#probabilities = coefficients;
    this.#above = new Uint8Array(columns * MEMORY);
  }

  /** A row begins. */
  beginRow(): void {
    this.#left.fill(0);
  }

  /** A block without any. */
  skip(column: number, hasMeans: boolean): void {
    const above = this.#above.subarray(column * MEMORY, (column + 1) * MEMORY);
    const end = hasMeans ? MEMORY : MEANS;
    above.fill(0, 0, end);
    this.#left.fill(0, 0, end);
    this.values.fill(0);
  }

  /** Reads a block's coefficients into `values`. */
  read(from: BoolDecoder, column: number, hasMeans: boolean, quantizer: Quantizer): void {
    const above = this.#above.subarray(column * MEMORY, (column + 1) * MEMORY);
    this.values.fill(0);
    if (hasMeans) this.#readMeans(from, above, quantizer.y2);
    const kind = hasMeans ? KIND.afterMeans : KIND.whole;
    this.#readPlane(from, above, { kind, steps: quantizer.y, block: 0, memory: 0, side: 4 });
    for (const [block, memory] of [
      [16, 4],
      [20, 6],
    ] as const) {
      const { uv: steps } = quantizer;
      this.#readPlane(from, above, { kind: KIND.colour, steps, block, memory, side: 2 });
    }
  }

  #readMeans(from: BoolDecoder, above: Uint8Array, steps: Steps): void {
    this.#means.fill(0);
    const context = (above[MEANS] ?? 0) + (this.#left[MEANS] ?? 0);
    const end = this.#readBlock(from, KIND.means, context, steps, 0, this.#means);
    above[MEANS] = this.#left[MEANS] = end > 0 ? 1 : 0;
    inverseMeans(this.#means, this.values);
  }

  #readPlane(
    from: BoolDecoder,
    above: Uint8Array,
    plane: {
      readonly kind: number;
      readonly steps: Steps;
      readonly block: number;
      readonly memory: number;
      readonly side: number;
    },
  ): void {
    const { kind, steps, block, memory, side } = plane;
    const first = kind === KIND.afterMeans ? 1 : 0;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const at = 16 * (block + side * y + x);
        const context = (above[memory + x] ?? 0) + (this.#left[memory + y] ?? 0);
        const into = this.values.subarray(at, at + 16);
        const end = this.#readBlock(from, kind, context, steps, first, into);
        above[memory + x] = this.#left[memory + y] = end > first ? 1 : 0;
      }
    }
  }

  /** Reads one block; returns one more than the place of its last coefficient. */
  #readBlock(
    from: BoolDecoder,
    kind: number,
    context: number,
    [dc, ac]: Steps,
    first: number,
    into: Int16Array,
  ): number {
    const probabilities = this.#probabilities;
    const place = (at: number, seen: number): number => {
      return 11 * (3 * (8 * kind + (BANDS[at] ?? 0)) + seen);
    };
    let p = place(first, context);
    // After a zero there is more.
    let mayEnd = true;
    for (let at = first; at < 16; at++) {
      if (mayEnd && from.bit(probabilities[p] ?? 0) === 0) return at;
      mayEnd = from.bit(probabilities[p + 1] ?? 0) === 1;
      if (!mayEnd) {
        p = place(at + 1, 0);
        continue;
      }
      const isLarge = from.bit(probabilities[p + 2] ?? 0) === 1;
      const value = isLarge ? largeValue(from, probabilities, p) : 1;
      into[ZIGZAG[at] ?? 0] = (from.bit(128) === 1 ? -value : value) * (at === 0 ? dc : ac);
      p = place(at + 1, isLarge ? 2 : 1);
    }
    return 16;
  }
}

/** A value above 1. */
function largeValue(from: BoolDecoder, probabilities: Uint8Array, p: number): number {
  const bit = (place: number): 0 | 1 => from.bit(probabilities[p + place] ?? 0);
  if (bit(3) === 0) return bit(4) === 0 ? 2 : 3 + bit(5);
  if (bit(6) === 0) {
    if (bit(7) === 0) return 5 + from.bit(159);
    const high = 2 * from.bit(165);
    return 7 + high + from.bit(145);
  }
  const high = bit(8);
  const kind = 2 * high + bit(9 + high);
  let further = 0;
  for (const probability of FURTHER_BITS[kind] ?? []) further = 2 * further + from.bit(probability);
  return further + 3 + (8 << kind);
}
