import { lagrangeWeights, transformSize } from "./code.ts";
import { ErasureError } from "./errors.ts";
import { multiply } from "./field.ts";
import { type ErasureKernel, type KernelOptions, range } from "./kernel.ts";
import { BLOCK_BYTES } from "./limits.ts";
import { encodingSteps, type Row, type TransformStep } from "./transform.ts";
import { type RunSteps, startKernel } from "./webassembly.ts";

/** Bytes of both nibble tables of one constant. */
const TABLE_BYTES = 32;
/** All constants' tables, from address 0 on. */
const TABLES_BYTES: number = 256 * TABLE_BYTES;
/** Rows per matrix step. */
const MATRIX_ROWS = 2;
/** Column counts are rounded up to this: two vectors. */
const COLUMN_BYTES = 32;

// The numbering of the kernel's functions, in the order of scripts/wasm/erasure-kernel.mjs.
const INVERSE = 0;
const INVERSE_FIRST = 4;
const FORWARD = 8;
const MIDDLE = 12;
const MATRIX = 14;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/**
 * Bytes from one shard to the next. Rows a multiple of 4 KiB apart would fall into the same few
 * cache lines, so the distance leaves one block over.
 */
function strideFor(shardBytesMax: number): number {
  return roundUp(Math.max(shardBytesMax - BLOCK_BYTES, 0), 4096) + BLOCK_BYTES;
}

function functionOf(step: TransformStep): number {
  const base = {
    inverse: step.isFirst ? INVERSE_FIRST : INVERSE,
    forward: FORWARD,
    middle: MIDDLE,
  };
  return base[step.kind] + step.count - 1;
}

/**
 * The code on WebAssembly SIMD: encoding by additive Fourier transform where that is less work
 * than the matrix, decoding by Lagrange matrix.
 */
export class WasmKernel implements ErasureKernel {
  readonly name = "wasm";
  readonly memory: Uint8Array;
  readonly #options: KernelOptions;
  readonly #words: Uint32Array;
  readonly #run: RunSteps;
  readonly #strideBytes: number;
  readonly #scratchAt: number;
  readonly #shardsAt: number;
  readonly #encodeEnd: number;

  /** @throws ErasureError `kernel-unavailable` where the engine cannot run it */
  constructor(options: KernelOptions) {
    const { k, n, shardBytesMax } = options;
    this.#options = options;
    const steps = k > 1 && n > k ? encodingSteps(k, n) : [];
    const hasTransform = steps.length > 0 && isCheaper(steps, k, n);
    const encodeBytes = hasTransform ? transformBytes(steps) : matrixBytes(k, n - k);
    const combineBytes = matrixBytes(k, Math.max(1, Math.min(k, n - k)));
    const scratchRows = hasTransform ? 2 * transformSize(k) : 0;
    this.#strideBytes = strideFor(shardBytesMax);
    this.#scratchAt = roundUp(TABLES_BYTES + encodeBytes + combineBytes, 4096);
    this.#shardsAt = this.#scratchAt + scratchRows * BLOCK_BYTES;
    const instance = startKernel(this.#shardsAt + n * this.#strideBytes);
    if (!instance) {
      const advice = "This engine has no WebAssembly SIMD, or no memory left for the codec.";
      throw new ErasureError("kernel-unavailable", `${advice} Use the reference kernel.`);
    }
    this.memory = new Uint8Array(instance.memory);
    this.#words = new Uint32Array(instance.memory);
    this.#run = instance.run;
    this.#writeTables();
    this.#encodeEnd = hasTransform
      ? this.#writeTransform(steps, TABLES_BYTES)
      : this.#writeMatrix(range(0, k), range(k, n), TABLES_BYTES);
  }

  shardOffset(index: number): number {
    return this.#shardsAt + index * this.#strideBytes;
  }

  encode(shardBytes: number): void {
    this.#runSteps(TABLES_BYTES, this.#encodeEnd, shardBytes);
  }

  combine(sources: readonly number[], targets: readonly number[], shardBytes: number): void {
    const end = this.#writeMatrix(sources, targets, this.#encodeEnd);
    this.#runSteps(this.#encodeEnd, end, shardBytes);
  }

  #runSteps(first: number, end: number, shardBytes: number): void {
    if (end > first) this.#run(first, end, roundUp(shardBytes, COLUMN_BYTES), BLOCK_BYTES);
  }

  #writeTables(): void {
    for (let constant = 0; constant < 256; constant++) {
      for (let nibble = 0; nibble < 16; nibble++) {
        const at = constant * TABLE_BYTES + nibble;
        this.memory[at] = multiply(constant, nibble);
        this.memory[at + 16] = multiply(constant, nibble << 4);
      }
    }
  }

  #rowWord(row: Row): number {
    if (row.area === "shard") return this.shardOffset(row.index) + 1;
    const size = transformSize(this.#options.k);
    return this.#scratchAt + (row.index + (row.area === "work" ? size : 0)) * BLOCK_BYTES;
  }

  /** Lays down the steps from address `at` on; returns the address behind them. */
  #writeTransform(steps: readonly TransformStep[], at: number): number {
    let word = at / 4;
    for (const step of steps) {
      this.#words[word++] = functionOf(step);
      this.#words[word++] = stepBytes(step);
      for (const row of step.inputs) this.#words[word++] = this.#rowWord(row);
      for (const row of step.outputs) this.#words[word++] = this.#rowWord(row);
      for (const constant of step.constants) this.#words[word++] = constant * TABLE_BYTES;
    }
    return 4 * word;
  }

  /** Lays down the product of the Lagrange matrix with the sources; returns the address behind. */
  #writeMatrix(sources: readonly number[], targets: readonly number[], at: number): number {
    const rows = lagrangeWeights(this.#options.k, sources, targets);
    let word = at / 4;
    for (let first = 0; first < targets.length; first += MATRIX_ROWS) {
      const group = targets.slice(first, first + MATRIX_ROWS);
      this.#words[word++] = MATRIX + group.length - 1;
      this.#words[word++] = matrixStepBytes(sources.length, group.length);
      this.#words[word++] = sources.length;
      for (const target of group) this.#words[word++] = this.shardOffset(target);
      for (const [s, source] of sources.entries()) {
        this.#words[word++] = this.shardOffset(source);
        for (let t = first; t < first + group.length; t++) {
          this.#words[word++] = (rows[t]?.[s] ?? 0) * TABLE_BYTES;
        }
      }
    }
    return 4 * word;
  }
}

function stepBytes(step: TransformStep): number {
  return 4 * (2 + step.inputs.length + step.outputs.length + step.constants.length);
}

function transformBytes(steps: readonly TransformStep[]): number {
  return steps.reduce((sum, step) => sum + stepBytes(step), 0);
}

function matrixStepBytes(sources: number, targets: number): number {
  return 4 * (3 + targets + sources * (1 + targets));
}

function matrixBytes(sources: number, targets: number): number {
  return Math.ceil(targets / MATRIX_ROWS) * matrixStepBytes(sources, MATRIX_ROWS);
}

/**
 * Whether the transform costs less than the matrix. Measured on the kernel: a row that a step
 * loads or stores costs half as much as a product of the matrix.
 */
function isCheaper(steps: readonly TransformStep[], k: number, n: number): boolean {
  const rows = steps.reduce((sum, step) => sum + step.inputs.length + step.outputs.length, 0);
  return rows < 2 * k * (n - k);
}
