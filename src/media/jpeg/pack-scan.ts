import { must } from "../../base/errors.ts";
import { MediaError } from "../errors.ts";
import type { Component, Frame } from "./frame.ts";
import { type BitCoder, BitDecoder, BitEncoder } from "./range-coder.ts";
import { ZIGZAG } from "./transform.ts";

/** A part of one component's coefficients: some of them, down to a bit position. */
export interface PartSpec {
  readonly component: number;
  /** First and last coefficient in zigzag order; 0 and 0 for the mean of the blocks. */
  readonly first: number;
  readonly last: number;
  /** Bit position that came before, or NOTHING_BEFORE. */
  readonly high: number;
  /** Bit position of this part. */
  readonly low: number;
}

/** Stands for the bit position before a band's first part. */
export const NOTHING_BEFORE = 15;

/** First contexts of each kind of bit. */
const CONTEXT = (() => {
  const sizes = {
    end: 64 * 9,
    some: 64 * 16,
    refine: 64 * 4,
    more: 3 * 16 * 8,
    length: 16 * 16,
    sign: 64 * 9,
    plain: 1,
    dc: 16 * 24,
    dcSign: 9,
  };
  let count = 0;
  const starts = Object.entries(sizes).map(([kind, size]) => {
    count += size;
    return [kind, count - size] as const;
  });
  return { starts: new Map(starts), count };
})();

function contextsOf(kind: string): number {
  return must(CONTEXT.starts.get(kind), "a kind of context");
}

const END = contextsOf("end");
const SOME = contextsOf("some");
const REFINE = contextsOf("refine");
const MORE = contextsOf("more");
const LENGTH = contextsOf("length");
const SIGN = contextsOf("sign");
const PLAIN = contextsOf("plain");
const DC = contextsOf("dc");
const DC_SIGN = contextsOf("dcSign");

/** Magnitudes up to this are told one by one; above it, by their length. */
const UNARY_MAX = 7;
/** Bits of a magnitude above that. */
const LENGTH_MAX = 14;
/** No coefficient. */
const NONE = 64;

/** In zigzag order, the coefficients of the next lower and next higher frequency each way. */
const NEIGHBOURS = (() => {
  const place = new Uint8Array(64);
  for (let index = 0; index < 64; index++) place[ZIGZAG[index] ?? 0] = index;
  const at = (row: number, column: number): number => {
    return row < 0 || column < 0 || row > 7 || column > 7 ? NONE : (place[8 * row + column] ?? 0);
  };
  return Array.from(ZIGZAG, (natural) => {
    const [row, column] = [natural >> 3, natural & 7];
    return [at(row - 1, column), at(row, column - 1), at(row + 1, column), at(row, column + 1)];
  });
})();

/** Classes of how much is around a coefficient. */
const AMOUNTS: Uint8Array = Uint8Array.from({ length: 64 }, (_, sum) => {
  return sum < 8 ? sum : Math.min(15, 8 + ((sum - 8) >> 1));
});

/**
 * Encodes a part of the coefficients.
 * @param source the coefficients of the component
 * @param known what a decoder knows of them before the part; what it knows afterwards
 */
export function packPart(
  frame: Frame,
  spec: PartSpec,
  source: Int16Array,
  known: Int16Array,
): Uint8Array {
  const coder = new BitEncoder(CONTEXT.count);
  new PartCoder(frame, spec, coder, source, known).run();
  return coder.end();
}

/**
 * Decodes what `packPart` has encoded.
 * @throws MediaError for bytes that are too few or mean nothing
 */
export function unpackPart(
  frame: Frame,
  spec: PartSpec,
  bytes: Uint8Array,
  known: Int16Array,
): void {
  const coder = new BitDecoder(CONTEXT.count, bytes);
  new PartCoder(frame, spec, coder, undefined, known).run();
}

/**
 * One model for both directions. What a bit is likely to be is told by the same coefficient of the
 * blocks around and by those beside it in the block, of the same band only: parts of other bands
 * may come earlier or later.
 */
class PartCoder {
  readonly #component: Component;
  readonly #spec: PartSpec;
  readonly #coder: BitCoder;
  readonly #source: Int16Array | undefined;
  readonly #known: Int16Array;
  /** By block: behind the last coefficient that became non-zero by this part. */
  readonly #ends: Uint8Array;
  readonly #around: Uint8Array;
  #left = -1;
  #above = -1;
  #right = -1;
  #below = -1;

  constructor(
    frame: Frame,
    spec: PartSpec,
    coder: BitCoder,
    source: Int16Array | undefined,
    known: Int16Array,
  ) {
    this.#component = must(frame.components[spec.component], "the component is there");
    this.#spec = spec;
    this.#coder = coder;
    this.#source = source;
    this.#known = known;
    this.#ends = new Uint8Array(known.length / 64);
    this.#around = new Uint8Array(4 * 64).fill(NONE);
    for (let index = spec.first; index <= spec.last; index++) {
      const inBand = (NEIGHBOURS[index] ?? []).map((other) => {
        return other >= spec.first && other <= spec.last ? other : NONE;
      });
      this.#around.set(inBand, 4 * index);
    }
  }

  run(): void {
    const { blocksWide, blocksHigh } = this.#component;
    for (let y = 0; y < blocksHigh; y++) {
      for (let x = 0; x < blocksWide; x++) {
        const at = this.#moveTo(x, y);
        if (this.#spec.first > 0) this.#block(at);
        else if (this.#spec.high === NOTHING_BEFORE) this.#mean(at);
        else this.#refineMean(at);
      }
    }
  }

  /** Finds the blocks around one; its first coefficient. */
  #moveTo(x: number, y: number): number {
    const { blocksWide, blocksHigh } = this.#component;
    const row = 64 * blocksWide;
    const at = y * row + 64 * x;
    this.#left = x > 0 ? at - 64 : -1;
    this.#above = y > 0 ? at - row : -1;
    this.#right = x + 1 < blocksWide ? at + 64 : -1;
    this.#below = y + 1 < blocksHigh ? at + row : -1;
    return at;
  }

  #refineMean(at: number): void {
    const { low } = this.#spec;
    const bit = this.#coder.bit(PLAIN, ((this.#source?.[at] ?? 0) >> low) & 1);
    this.#known[at] = (this.#known[at] ?? 0) | (bit << low);
  }

  /** The mean of a block, by its difference from what the blocks around let expect. */
  #mean(at: number): void {
    const { low } = this.#spec;
    const known = (from: number): number => (from < 0 ? 0 : (this.#known[from] ?? 0) >> low);
    const left = known(this.#left < 0 ? this.#above : this.#left);
    const above = known(this.#above < 0 ? this.#left : this.#above);
    const corner = known(this.#left < 0 || this.#above < 0 ? -1 : this.#above - 64);
    const isEdge = this.#left < 0 || this.#above < 0;
    // Weinberger and others, LOCO-I 1996: an edge is followed, a slope continued.
    const [least, most] = left < above ? [left, above] : [above, left];
    const slope = left + above - corner;
    const expected = isEdge ? left : corner >= most ? least : corner <= least ? most : slope;
    const roughness = isEdge ? 0 : Math.abs(left - corner) + Math.abs(above - corner);
    const level = Math.min(15, 32 - Math.clz32(roughness));
    const wanted = ((this.#source?.[at] ?? 0) >> low) - expected;
    const size = this.#number(DC + 24 * level, 32 - Math.clz32(Math.abs(wanted)), Math.abs(wanted));
    const sign = size === 0 ? 0 : this.#coder.bit(DC_SIGN, wanted < 0 ? 1 : 0);
    this.#known[at] = (expected + (sign === 1 ? -size : size)) << low;
  }

  /** An unsigned number: its length in bits one by one, then its bits. */
  #number(contexts: number, bits: number, value: number): number {
    let length = 0;
    while (this.#coder.bit(contexts + length, length < bits ? 1 : 0) === 1) {
      if (++length > LENGTH_MAX + 1) throw outside();
    }
    if (length === 0) return 0;
    let result = 1;
    for (let place = length - 2; place >= 0; place--) {
      const context = place === length - 2 ? contexts + 16 + Math.min(length, 7) : PLAIN;
      result = 2 * result + this.#coder.bit(context, (value >> place) & 1);
    }
    return result;
  }

  #block(at: number): void {
    const { first, last } = this.#spec;
    const end = this.#endOf(at);
    let mayEnd = true;
    let isEnded = false;
    let newEnd = 0;
    for (let index = first; index <= last; index++) {
      const place = at + index;
      if ((this.#known[place] ?? 0) !== 0) {
        this.#refine(place, index);
        continue;
      }
      if (isEnded) continue;
      if (mayEnd) isEnded = this.#coder.bit(this.#endContext(index), index >= end ? 1 : 0) === 1;
      if (isEnded) continue;
      mayEnd = this.#unknown(at, index);
      if (mayEnd) newEnd = index + 1;
    }
    this.#ends[at >> 6] = newEnd;
  }

  /** Behind the last coefficient that becomes non-zero; what a decoder has no need of. */
  #endOf(at: number): number {
    const source = this.#source;
    if (!source) return 0;
    const { first, last, low } = this.#spec;
    for (let index = last; index >= first; index--) {
      const value = source[at + index] ?? 0;
      if (this.#known[at + index] === 0 && (value < 0 ? -value : value) >> low > 0)
        return index + 1;
    }
    return 0;
  }

  #endContext(index: number): number {
    const left = this.#left < 0 ? 0 : (this.#ends[this.#left >> 6] ?? 0);
    const above = this.#above < 0 ? 0 : (this.#ends[this.#above >> 6] ?? 0);
    const beyond = (end: number): number => (end <= index ? 0 : end <= index + 4 ? 1 : 2);
    return END + 9 * index + 3 * beyond(left) + beyond(above);
  }

  #refine(place: number, index: number): void {
    const { low } = this.#spec;
    const known = this.#known[place] ?? 0;
    const magnitude = known < 0 ? -known : known;
    const value = this.#source?.[place] ?? 0;
    const wanted = ((value < 0 ? -value : value) >> low) & 1;
    const kind = Math.min(3, (magnitude >> (low + 1)) - 1);
    if (this.#coder.bit(REFINE + 4 * index + kind, wanted) === 0) return;
    this.#known[place] = known + (known < 0 ? -1 << low : 1 << low);
  }

  /** A coefficient of which nothing but zeros is known. Whether it is one no longer. */
  #unknown(at: number, index: number): boolean {
    const { high, low } = this.#spec;
    const place = at + index;
    const value = this.#source?.[place] ?? 0;
    const wanted = (value < 0 ? -value : value) >> low;
    const amount = this.#amount(at, index);
    const isSome = this.#coder.bit(SOME + 16 * index + amount, wanted > 0 ? 1 : 0) === 1;
    if (!isSome) return false;
    const sign = this.#coder.bit(this.#signContext(index), value < 0 ? 1 : 0);
    const magnitude = high === NOTHING_BEFORE ? this.#magnitude(index, amount, wanted) : 1;
    this.#known[place] = sign === 1 ? -magnitude << low : magnitude << low;
    return true;
  }

  #magnitude(index: number, amount: number, wanted: number): number {
    const band = index < 4 ? 0 : index < 15 ? 1 : 2;
    const contexts = MORE + 8 * (16 * band + amount);
    let magnitude = 1;
    while (magnitude <= UNARY_MAX) {
      if (this.#coder.bit(contexts + magnitude - 1, wanted > magnitude ? 1 : 0) === 0) {
        return magnitude;
      }
      magnitude++;
    }
    const rest = wanted - magnitude;
    return magnitude + this.#number(LENGTH, rest > 0 ? 32 - Math.clz32(rest) : 0, rest);
  }

  /** How much is around a coefficient, in the block and beside it, as a class of 0 to 15. */
  #amount(at: number, index: number): number {
    const base = 4 * index;
    const inside =
      this.#at(at, this.#around[base] ?? NONE) +
      this.#at(at, this.#around[base + 1] ?? NONE) +
      this.#at(at, this.#around[base + 2] ?? NONE) +
      this.#at(at, this.#around[base + 3] ?? NONE);
    const beside =
      2 * (this.#beside(this.#left, index) + this.#beside(this.#above, index)) +
      this.#beside(this.#right, index) +
      this.#beside(this.#below, index);
    return AMOUNTS[2 * inside + beside] ?? 15;
  }

  #at(at: number, index: number): number {
    return index === NONE ? 0 : this.#size(at + index);
  }

  #beside(at: number, index: number): number {
    return at < 0 ? 0 : this.#size(at + index);
  }

  /** What is known of a magnitude at this bit position, at most 3. */
  #size(place: number): number {
    const value = this.#known[place] ?? 0;
    if (value === 0) return 0;
    const magnitude = (value < 0 ? -value : value) >> this.#spec.low;
    return magnitude < 3 ? magnitude : 3;
  }

  #signContext(index: number): number {
    const sign = (at: number): number => {
      const value = at < 0 ? 0 : (this.#known[at + index] ?? 0);
      return value === 0 ? 0 : value < 0 ? 1 : 2;
    };
    return SIGN + 9 * index + 3 * sign(this.#left) + sign(this.#above);
  }
}

function outside(): MediaError {
  return new MediaError("malformed", "A part of the JPEG makes no sense.");
}
