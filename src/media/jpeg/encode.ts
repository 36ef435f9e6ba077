import { MediaError } from "../errors.ts";
import type { Coefficients, Frame } from "./frame.ts";
import { type BlockVisitor, type ScanKind, type ScanSpec, scanKind, walkScan } from "./scan.ts";
import type { Tokens } from "./tokens.ts";

/** Longest run of ended blocks that one symbol can tell (T.81 table G.1). */
const END_RUN_MAX = 0x7fff;
/**
 * Correction bits that wait at most for the end of a run: the bound of libjpeg, which decides where
 * its runs break, so that its files come out the same.
 */
const CORRECTIONS_MAX = 1000 - 63;
const SKIP_16 = 0xf0;
/** Longest value that a token can carry, in bits. */
const VALUE_BITS_MAX = 15;

/**
 * Tokens of one scan.
 * @param onRow called after each row of units: a place to write tokens out and begin anew
 */
export function encodeScan(
  frame: Frame,
  coefficients: Coefficients,
  spec: ScanSpec,
  interval: number,
  tokens: Tokens,
  onRow: () => void = () => undefined,
): void {
  const encoder = new ScanEncoder(scanKind(frame, spec), coefficients, spec, tokens, onRow);
  walkScan(frame, spec, interval, encoder);
  encoder.finish();
}

/** Bits that a magnitude takes. */
function sizeOf(magnitude: number): number {
  return 32 - Math.clz32(magnitude);
}

/** The bits that follow a value's size: negative values are their complement (T.81 F.1.2.1). */
function extraBits(value: number): number {
  return value < 0 ? value - 1 : value;
}

/** Encodes as libjpeg does (T.81 sections F.1.2 and G.1.2). */
class ScanEncoder implements BlockVisitor {
  readonly #kind: ScanKind;
  readonly #sources: readonly Int16Array[];
  readonly #spec: ScanSpec;
  readonly #tokens: Tokens;
  readonly #onRow: () => void;
  readonly #predictions = new Int32Array(4);
  readonly #absolute = new Int32Array(64);
  /** Correction bits of the blocks in the run, then of the block at hand. */
  readonly #corrections = new Uint8Array(1024);
  /** How many of them belong to the run. */
  #kept = 0;
  #endRun = 0;
  #restarts = 0;

  constructor(
    kind: ScanKind,
    coefficients: Coefficients,
    spec: ScanSpec,
    tokens: Tokens,
    onRow: () => void,
  ) {
    this.#kind = kind;
    this.#sources = spec.components.flatMap(({ index }) => coefficients[index] ?? []);
    this.#spec = spec;
    this.#tokens = tokens;
    this.#onRow = onRow;
  }

  block(slot: number, at: number): void {
    const source = this.#sources[slot];
    if (!source) return;
    const { low } = this.#spec;
    if (this.#kind === "sequential") this.#sequential(source, slot, at);
    else if (this.#kind === "dc-first") this.#dc((source[at] ?? 0) >> low, slot);
    else if (this.#kind === "dc-refine") this.#tokens.raw(((source[at] ?? 0) >> low) & 1, 1);
    else if (this.#kind === "ac-first") this.#acFirst(source, at);
    else this.#acRefine(source, at);
  }

  restart(): void {
    this.#flushRun();
    this.#tokens.restart(this.#restarts++);
    this.#predictions.fill(0);
  }

  row(): void {
    this.#onRow();
  }

  finish(): void {
    this.#flushRun();
    this.#onRow();
  }

  #dc(value: number, slot: number): void {
    const difference = value - (this.#predictions[slot] ?? 0);
    this.#predictions[slot] = value;
    const size = sizeOf(Math.abs(difference));
    if (size > VALUE_BITS_MAX)
      throw new MediaError("malformed", "A value of the JPEG is too large.");
    this.#tokens.symbol(this.#spec.components[slot]?.dc ?? 0, size, extraBits(difference), size);
  }

  #sequential(source: Int16Array, slot: number, at: number): void {
    this.#dc(source[at] ?? 0, slot);
    const table = 4 + (this.#spec.components[slot]?.ac ?? 0);
    let run = 0;
    for (let index = 1; index < 64; index++) {
      const value = source[at + index] ?? 0;
      if (value === 0) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) this.#tokens.symbol(table, SKIP_16, 0, 0);
      const size = sizeOf(Math.abs(value));
      this.#tokens.symbol(table, (run << 4) | size, extraBits(value), size);
      run = 0;
    }
    if (run > 0) this.#tokens.symbol(table, 0, 0, 0);
  }

  get #acTable(): number {
    return 4 + (this.#spec.components[0]?.ac ?? 0);
  }

  #acFirst(source: Int16Array, at: number): void {
    const { first, last, low } = this.#spec;
    let run = 0;
    for (let index = first; index <= last; index++) {
      const value = source[at + index] ?? 0;
      // A point transform divides: towards zero, unlike a shift (T.81 section G.1.2.1).
      const magnitude = (value < 0 ? -value : value) >> low;
      if (magnitude === 0) {
        run++;
        continue;
      }
      if (this.#endRun > 0) this.#flushRun();
      for (; run > 15; run -= 16) this.#tokens.symbol(this.#acTable, SKIP_16, 0, 0);
      const size = sizeOf(magnitude);
      const extra = value < 0 ? ~magnitude : magnitude;
      this.#tokens.symbol(this.#acTable, (run << 4) | size, extra, size);
      run = 0;
    }
    if (run === 0) return;
    this.#endRun++;
    if (this.#endRun === END_RUN_MAX) this.#flushRun();
  }

  #acRefine(source: Int16Array, at: number): void {
    const { last } = this.#spec;
    const lastNew = this.#measure(source, at);
    let run = 0;
    let own = 0;
    for (let index = this.#spec.first; index <= last; index++) {
      const magnitude = this.#absolute[index] ?? 0;
      if (magnitude === 0) {
        run++;
        continue;
      }
      for (; run > 15 && index <= lastNew; run -= 16) {
        this.#flushRun();
        this.#tokens.symbol(this.#acTable, SKIP_16, 0, 0);
        this.#correct(0, own);
        own = 0;
      }
      if (magnitude > 1) {
        this.#corrections[this.#kept + own++] = magnitude & 1;
        continue;
      }
      this.#flushRun();
      const sign = (source[at + index] ?? 0) < 0 ? 0 : 1;
      this.#tokens.symbol(this.#acTable, (run << 4) | 1, sign, 1);
      this.#correct(0, own);
      own = 0;
      run = 0;
    }
    if (run === 0 && own === 0) return;
    this.#endRun++;
    this.#kept += own;
    if (this.#endRun === END_RUN_MAX || this.#kept > CORRECTIONS_MAX) this.#flushRun();
  }

  /** Magnitudes of a block at this bit; the last coefficient that becomes non-zero by it. */
  #measure(source: Int16Array, at: number): number {
    const { first, last, low } = this.#spec;
    let lastNew = 0;
    for (let index = first; index <= last; index++) {
      const value = source[at + index] ?? 0;
      const magnitude = (value < 0 ? -value : value) >> low;
      this.#absolute[index] = magnitude;
      if (magnitude === 1) lastNew = index;
    }
    return lastNew;
  }

  /** Says that so many blocks have ended, and their corrections. */
  #flushRun(): void {
    if (this.#endRun === 0) return;
    const size = sizeOf(this.#endRun) - 1;
    this.#tokens.symbol(this.#acTable, size << 4, this.#endRun, size);
    const kept = this.#kept;
    this.#endRun = 0;
    this.#kept = 0;
    this.#correct(0, kept);
    // What the block at hand has gathered stood behind the run's bits.
    this.#corrections.copyWithin(0, kept, kept + 64);
  }

  #correct(from: number, count: number): void {
    for (let index = from; index < from + count; index++) {
      this.#tokens.raw(this.#corrections[index] ?? 0, 1);
    }
  }
}
