import { assert } from "../../base/errors.ts";
import { MATRIX_FUNCTION, writeProductTables } from "../erasure/wasm-kernel.ts";
import { type KernelInstance, startKernel } from "../erasure/webassembly.ts";
import { AUDIT_BLOCK_BYTES } from "./limits.ts";
import { products } from "./products.ts";

/** Adds blocks times coefficients to a sum of one block, column by column over GF(2^8). */
export interface BlockSummer {
  /**
   * sum += coefficients[0] * block 0 + coefficients[1] * block 1 + …
   * @param sum one block; changed
   * @param bytes cut into blocks, the last one padded with zeros
   * @param coefficients one byte per block
   */
  add(sum: Uint8Array, bytes: Uint8Array, coefficients: Uint8Array): void;
}

/** Blocks of so many bytes. */
export function blockCount(bytes: number): number {
  return Math.ceil(bytes / AUDIT_BLOCK_BYTES);
}

/** The same straight from its definition, for engines without WebAssembly SIMD and for tests. */
export class ReferenceSummer implements BlockSummer {
  add(sum: Uint8Array, bytes: Uint8Array, coefficients: Uint8Array): void {
    assert(coefficients.length === blockCount(bytes.length), "each block has a coefficient");
    const table = products();
    for (let at = 0; at < bytes.length; at++) {
      const row = (coefficients[at >> 6] ?? 0) << 8;
      const column = at & (AUDIT_BLOCK_BYTES - 1);
      sum[column] = (sum[column] ?? 0) ^ (table[row | (bytes[at] ?? 0)] ?? 0);
    }
  }
}

/** Blocks that the kernel adds up with one call. */
const CHUNK_BLOCKS = 1_024;
const TABLE_BYTES = 32;
const STEP_AT: number = 256 * TABLE_BYTES;
/** Function, bytes of the step, sources, target. */
const STEP_HEAD_WORDS = 4;
/** The sum so far is the first source: its coefficient is one. */
const SOURCES_MAX: number = CHUNK_BLOCKS + 1;
const SUM_AT: number =
  Math.ceil((STEP_AT + 4 * (STEP_HEAD_WORDS + 2 * SOURCES_MAX)) / AUDIT_BLOCK_BYTES) *
  AUDIT_BLOCK_BYTES;
const DATA_AT: number = SUM_AT + AUDIT_BLOCK_BYTES;
const MEMORY_BYTES: number = DATA_AT + CHUNK_BLOCKS * AUDIT_BLOCK_BYTES;

/** The erasure kernel's matrix product with one target: the blocks are its rows. */
export class WasmSummer implements BlockSummer {
  readonly #memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #run: KernelInstance["run"];

  constructor(instance: KernelInstance) {
    this.#memory = new Uint8Array(instance.memory);
    this.#words = new Uint32Array(instance.memory);
    this.#run = instance.run;
    writeProductTables(this.#memory);
    const step = STEP_AT / 4;
    this.#words[step] = MATRIX_FUNCTION;
    this.#words[step + 3] = SUM_AT;
    for (let source = 0; source < SOURCES_MAX; source++) {
      const row = SUM_AT + source * AUDIT_BLOCK_BYTES;
      this.#words[step + STEP_HEAD_WORDS + 2 * source] = row;
    }
    this.#words[step + STEP_HEAD_WORDS + 1] = TABLE_BYTES;
  }

  add(sum: Uint8Array, bytes: Uint8Array, coefficients: Uint8Array): void {
    assert(coefficients.length === blockCount(bytes.length), "each block has a coefficient");
    this.#memory.set(sum, SUM_AT);
    for (let first = 0; first < coefficients.length; first += CHUNK_BLOCKS) {
      const at = first * AUDIT_BLOCK_BYTES;
      const part = bytes.subarray(at, at + CHUNK_BLOCKS * AUDIT_BLOCK_BYTES);
      this.#addChunk(part, coefficients.subarray(first, first + CHUNK_BLOCKS));
    }
    sum.set(this.#memory.subarray(SUM_AT, SUM_AT + AUDIT_BLOCK_BYTES));
  }

  #addChunk(bytes: Uint8Array, coefficients: Uint8Array): void {
    const step = STEP_AT / 4;
    const end = DATA_AT + coefficients.length * AUDIT_BLOCK_BYTES;
    this.#memory.set(bytes, DATA_AT);
    this.#memory.fill(0, DATA_AT + bytes.length, end);
    let word = step + STEP_HEAD_WORDS + 3;
    for (let i = 0; i < coefficients.length; i++, word += 2) {
      this.#words[word] = (coefficients[i] ?? 0) * TABLE_BYTES;
    }
    const sources = coefficients.length + 1;
    const stepBytes = 4 * (STEP_HEAD_WORDS + 2 * sources);
    this.#words[step + 1] = stepBytes;
    this.#words[step + 2] = sources;
    this.#run(STEP_AT, STEP_AT + stepBytes, AUDIT_BLOCK_BYTES, AUDIT_BLOCK_BYTES);
  }
}

/** A summer on WebAssembly, or undefined where the engine cannot run it. */
export function wasmSummer(): WasmSummer | undefined {
  const instance = startKernel("relaxed", MEMORY_BYTES) ?? startKernel("wasm", MEMORY_BYTES);
  return instance === null ? undefined : new WasmSummer(instance);
}

let shared: BlockSummer | undefined;

/** The fastest summer of this engine; made when first needed, then kept. */
export function blockSummer(): BlockSummer {
  shared ??= wasmSummer() ?? new ReferenceSummer();
  return shared;
}

/**
 * A sum made narrower: its pieces of `width` bytes, each times a coefficient, added up.
 * @param coefficients one byte per piece
 */
export function fold(sum: Uint8Array, width: number, coefficients: Uint8Array): Uint8Array {
  if (width === sum.length) return sum.slice();
  const folded = new Uint8Array(width);
  const table = products();
  for (let at = 0; at < sum.length; at++) {
    const row = (coefficients[Math.floor(at / width)] ?? 0) << 8;
    const column = at % width;
    folded[column] = (folded[column] ?? 0) ^ (table[row | (sum[at] ?? 0)] ?? 0);
  }
  return folded;
}
