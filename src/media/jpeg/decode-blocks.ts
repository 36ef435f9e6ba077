import { MediaError } from "../errors.ts";
import type { BitReader } from "./bit-reader.ts";
import type { HuffmanTable } from "./huffman.ts";
import type { BlockVisitor, ScanKind, ScanSpec } from "./scan.ts";

/** What decoding a scan needs besides its bits. */
export interface ScanSources {
  readonly spec: ScanSpec;
  readonly kind: ScanKind;
  readonly bits: BitReader;
  /** By slot of the scan. */
  readonly coefficients: readonly Int16Array[];
  /** By slot; undefined where the scan needs none. */
  readonly dc: readonly (HuffmanTable | undefined)[];
  readonly ac: readonly (HuffmanTable | undefined)[];
}

/** Longest value a coefficient may have, in bits; T.81 needs 11 for eight-bit samples. */
const VALUE_BITS_MAX = 15;

/**
 * Decodes the blocks of one scan into coefficients (ITU T.81 sections F.2.2 and G.2).
 * Methods throw MediaError for bits that mean nothing.
 */
export class ScanDecoder implements BlockVisitor {
  readonly #scan: ScanSources;
  readonly #predictions = new Int32Array(4);
  /** Blocks that still end where they begin. */
  #endRun = 0;
  /** The padding seen so far; undefined: none, or it was mixed. */
  readonly #padding: Set<boolean | undefined> = new Set();

  constructor(scan: ScanSources) {
    this.#scan = scan;
  }

  /** Whether the bits that fill up bytes are ones; undefined: none seen, null: mixed. */
  get padding(): boolean | null | undefined {
    if (this.#padding.size > 1 || this.#padding.has(undefined)) return null;
    return [...this.#padding][0];
  }

  block(slot: number, at: number): void {
    const { kind, coefficients, spec } = this.#scan;
    const target = coefficients[slot];
    if (!target) return;
    if (kind === "sequential") this.#sequential(target, slot, at);
    else if (kind === "dc-first") target[at] = this.#nextDc(slot) << spec.low;
    else if (kind === "dc-refine") {
      if (this.#scan.bits.bits(1) === 1) target[at] = (target[at] ?? 0) | (1 << spec.low);
    } else if (kind === "ac-first") this.#acFirst(target, at);
    else this.#acRefine(target, at);
  }

  restart(): void {
    this.notePadding();
    this.#scan.bits.restart();
    this.#predictions.fill(0);
    this.#endRun = 0;
  }

  row(): void {}

  /** To be called at the end of the scan. */
  notePadding(): void {
    const padding = this.#scan.bits.padding();
    if (!padding) return;
    if (padding.value === 0) this.#padding.add(false);
    else this.#padding.add(padding.value === (1 << padding.count) - 1 ? true : undefined);
  }

  #nextDc(slot: number): number {
    const { bits, dc } = this.#scan;
    const size = bits.symbol(present(dc[slot]));
    if (size > VALUE_BITS_MAX) throw outside();
    const value = (this.#predictions[slot] ?? 0) + bits.signed(size);
    this.#predictions[slot] = value;
    return value;
  }

  #sequential(target: Int16Array, slot: number, at: number): void {
    const { bits, ac } = this.#scan;
    const table = present(ac[slot]);
    target[at] = this.#nextDc(slot);
    for (let index = 1; index < 64; index++) {
      const symbol = bits.symbol(table);
      const size = symbol & 15;
      const run = symbol >> 4;
      if (size === 0) {
        if (run < 15) return;
        index += 15;
        continue;
      }
      index += run;
      if (index > 63) throw outside();
      target[at + index] = bits.signed(size);
    }
  }

  #acFirst(target: Int16Array, at: number): void {
    if (this.#endRun > 0) {
      this.#endRun--;
      return;
    }
    const { bits, ac, spec } = this.#scan;
    const table = present(ac[0]);
    for (let index = spec.first; index <= spec.last; index++) {
      const symbol = bits.symbol(table);
      const size = symbol & 15;
      const run = symbol >> 4;
      if (size === 0 && run < 15) {
        this.#endRun = (1 << run) + bits.bits(run) - 1;
        return;
      }
      index += run;
      if (size === 0) continue;
      if (index > spec.last) throw outside();
      target[at + index] = bits.signed(size) << spec.low;
    }
  }

  #acRefine(target: Int16Array, at: number): void {
    const { bits, ac, spec } = this.#scan;
    const table = present(ac[0]);
    let index = spec.first;
    while (this.#endRun === 0 && index <= spec.last) {
      const symbol = bits.symbol(table);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0 && run < 15) {
        this.#endRun = (1 << run) + bits.bits(run);
        break;
      }
      if (size > 1) throw outside();
      const value = size === 0 ? 0 : bits.bits(1) === 1 ? 1 << spec.low : -1 << spec.low;
      index = this.#skipZeros(target, at, index, run);
      if (value !== 0) {
        if (index > spec.last) throw outside();
        target[at + index] = value;
      }
      index++;
    }
    if (this.#endRun > 0) {
      this.#skipZeros(target, at, index, 64);
      this.#endRun--;
    }
  }

  /** Corrects what is no zero on the way behind `zeros` zeros; where it stopped. */
  #skipZeros(target: Int16Array, at: number, from: number, zeros: number): number {
    const { bits, spec } = this.#scan;
    let left = zeros;
    for (let index = from; index <= spec.last; index++) {
      const value = target[at + index] ?? 0;
      if (value === 0) {
        if (left-- === 0) return index;
      } else if (bits.bits(1) === 1 && ((value >> spec.low) & 1) === 0) {
        target[at + index] = value + (value > 0 ? 1 << spec.low : -1 << spec.low);
      }
    }
    return spec.last + 1;
  }
}

function present(table: HuffmanTable | undefined): HuffmanTable {
  if (!table) throw new MediaError("malformed", "The JPEG does not say how a scan is coded.");
  return table;
}

function outside(): MediaError {
  return new MediaError("malformed", "A block of the JPEG has more values than fit in.");
}
