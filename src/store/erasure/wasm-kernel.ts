import { lagrangeWeights, transformSize } from "./code.ts";
import { decodingSteps } from "./decoding.ts";
import { ErasureError } from "./errors.ts";
import { multiply } from "./field.ts";
import { type ErasureKernel, type KernelOptions, range } from "./kernel.ts";
import { BLOCK_BYTES, PROGRAM_BYTES } from "./limits.ts";
import { encodingSteps, type Row, type TransformStep } from "./transform.ts";
import { type RunSteps, startKernel, type WasmKernelName } from "./webassembly.ts";

/** Bytes of both nibble tables of one constant. */
const TABLE_BYTES = 32;
/** All constants' tables, from address 0 on. */
const TABLES_BYTES: number = 256 * TABLE_BYTES;
/** Rows per matrix step. */
const MATRIX_ROWS = 2;
/** Column counts are rounded up to this: two vectors. */
const COLUMN_BYTES = 32;

// The numbering of the kernel's functions, in the order of scripts/wasm/erasure-kernel.mjs.
const FUNCTIONS = {
  inverse: 0,
  inverseFirst: 4,
  forward: 8,
  forwardFirst: 12,
  middle: 16,
  scale: 18,
  add: 19,
  matrix: 20,
  matrixMore: 22,
} as const;

/** The function of a matrix step with one target row, for others that lay down steps. */
export const MATRIX_FUNCTION: number = FUNCTIONS.matrix;

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Bytes before each shard that stay zero, a cache line. */
const LEAD_BYTES = 64;

/**
 * Bytes from one scratch row to the next: an odd number of cache lines, so that rows are spread over all sets of
 * the fastest cache. With that and blocks of this size, encoding was up to a fifth quicker than with rows of 2 KiB.
 */
const SCRATCH_ROW_BYTES: number = BLOCK_BYTES + 192;

/** How far each row's first byte lies behind the one before in the cache's sets. */
const STAGGER_BYTES = 1024;

/**
 * Bytes from one shard to the next. Rows a multiple of 4 KiB apart would fall into the same few
 * cache lines.
 */
function strideFor(shardBytesMax: number): number {
  const bytes = shardBytesMax + LEAD_BYTES;
  return roundUp(Math.max(bytes - STAGGER_BYTES, 0), 4096) + STAGGER_BYTES;
}

function functionOf({ kind, isFirst, count }: TransformStep): number {
  const first = { inverse: FUNCTIONS.inverseFirst, forward: FUNCTIONS.forwardFirst };
  const isShort = isFirst && (kind === "inverse" || kind === "forward");
  return (isShort ? first[kind] : FUNCTIONS[kind]) + count - 1;
}

/** A list of steps in the kernel's memory: from address `at` up to `end`. */
interface Program {
  readonly at: number;
  readonly end: number;
}

/**
 * The code on WebAssembly SIMD: by additive Fourier transforms where they are less work than the
 * Lagrange matrix, otherwise by that.
 */
export class WasmKernel implements ErasureKernel {
  readonly name: WasmKernelName;
  readonly memory: Uint8Array;
  readonly #k: number;
  readonly #words: Uint32Array;
  readonly #run: RunSteps;
  readonly #strideBytes: number;
  readonly #programs: Map<string, Program> = new Map();
  readonly #programsAt: number = TABLES_BYTES;
  #programsEnd: number = TABLES_BYTES;
  readonly #scratchAt: number;
  readonly #shardsAt: number;

  /** @throws ErasureError `kernel-unavailable` where the engine cannot run it */
  constructor(name: WasmKernelName, { k, n, shardBytesMax }: KernelOptions) {
    this.name = name;
    this.#k = k;
    this.#strideBytes = strideFor(shardBytesMax);
    this.#scratchAt = this.#programsAt + PROGRAM_BYTES;
    // Coefficients, work and one row of zeros.
    this.#shardsAt = this.#scratchAt + (2 * transformSize(k) + 1) * SCRATCH_ROW_BYTES + LEAD_BYTES;
    const instance = startKernel(name, this.#shardsAt + n * this.#strideBytes);
    if (!instance) {
      const advice = "This engine lacks WebAssembly's SIMD, or memory for the codec.";
      throw new ErasureError("kernel-unavailable", `${advice} Use the reference kernel.`);
    }
    this.memory = new Uint8Array(instance.memory);
    this.#words = new Uint32Array(instance.memory);
    this.#run = instance.run;
    writeProductTables(this.memory);
  }

  shardOffset(index: number): number {
    return this.#shardsAt + index * this.#strideBytes;
  }

  encode(first: number, end: number, shardBytes: number): void {
    const k = this.#k;
    const write = (at: number): number => {
      const steps = k > 1 ? encodingSteps(k, first, end) : [];
      return k > 1 && isCheaper(steps, k * (end - first))
        ? this.#writeTransform(steps, at)
        : this.#writeMatrix(range(0, k), range(first, end), false, at);
    };
    this.#runProgram(this.#program(`${first}-${end}`, write), shardBytes);
  }

  combine(sources: readonly number[], targets: readonly number[], shardBytes: number): void {
    const write = (at: number): number => this.#writeCombination(sources, targets, at);
    this.#runProgram(this.#program(`${sources}:${targets}`, write), shardBytes);
  }

  #runProgram({ at, end }: Program, shardBytes: number): void {
    this.#run(at, end, roundUp(shardBytes, COLUMN_BYTES), BLOCK_BYTES);
  }

  /** The program of that name, laid down when it is not there; all make room when it is full. */
  #program(name: string, write: (at: number) => number): Program {
    const known = this.#programs.get(name);
    if (known !== undefined) return known;
    const room = this.#programsAt + PROGRAM_BYTES - this.#programsEnd;
    if (room < PROGRAM_BYTES / 2) {
      this.#programs.clear();
      this.#programsEnd = this.#programsAt;
    }
    const at = this.#programsEnd;
    const program = { at, end: write(at) };
    this.#programsEnd = program.end;
    this.#programs.set(name, program);
    return program;
  }

  #writeCombination(sources: readonly number[], targets: readonly number[], at: number): number {
    const data = sources.filter((index) => index < this.#k);
    const isData = targets.every((index) => index < this.#k);
    const products = targets.length * (sources.length - data.length);
    if (!isData || transformSize(this.#k) < 4 || products === 0) {
      return this.#writeMatrix(sources, targets, false, at);
    }
    const steps = decodingSteps(this.#k, sources, targets);
    if (!isCheaper(steps, products)) return this.#writeMatrix(sources, targets, false, at);
    const end = this.#writeTransform(steps, at);
    return data.length === 0 ? end : this.#writeMatrix(sources, targets, true, end);
  }

  #rowWord(row: Row): number {
    if (row.area === "shard") return this.shardOffset(row.index) + 1;
    const size = transformSize(this.#k);
    const first = { coefficient: 0, work: size, zero: 2 * size }[row.area];
    return this.#scratchAt + (first + row.index) * SCRATCH_ROW_BYTES;
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

  /**
   * Lays down the product of the Lagrange matrix with the sources; returns the address behind.
   * @param isMore whether only the data among the sources counts, added to what the targets hold
   */
  #writeMatrix(
    sources: readonly number[],
    targets: readonly number[],
    isMore: boolean,
    at: number,
  ): number {
    const rows = lagrangeWeights(this.#k, sources, targets);
    const used = [...sources.entries()].filter(([, index]) => !isMore || index < this.#k);
    let word = at / 4;
    for (let first = 0; first < targets.length; first += MATRIX_ROWS) {
      const group = targets.slice(first, first + MATRIX_ROWS);
      this.#words[word++] = (isMore ? FUNCTIONS.matrixMore : FUNCTIONS.matrix) + group.length - 1;
      this.#words[word++] = matrixStepBytes(used.length, group.length);
      this.#words[word++] = used.length;
      for (const target of group) this.#words[word++] = this.shardOffset(target);
      for (const [s, source] of used) {
        this.#words[word++] = this.shardOffset(source);
        for (let t = first; t < first + group.length; t++) {
          this.#words[word++] = (rows[t]?.[s] ?? 0) * TABLE_BYTES;
        }
      }
    }
    return 4 * word;
  }
}

/** Lays down the products of all constants with both nibbles, from address 0 on. */
export function writeProductTables(memory: Uint8Array): void {
  for (let constant = 0; constant < 256; constant++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      const at = constant * TABLE_BYTES + nibble;
      memory[at] = multiply(constant, nibble);
      memory[at + 16] = multiply(constant, nibble << 4);
    }
  }
}

function stepBytes(step: TransformStep): number {
  return 4 * (2 + step.inputs.length + step.outputs.length + step.constants.length);
}

function matrixStepBytes(sources: number, targets: number): number {
  return 4 * (3 + targets + sources * (1 + targets));
}

/**
 * Whether steps cost less than a matrix of so many products. Measured on the kernel: a row that a
 * step loads or stores costs half as much as a product of the matrix.
 */
function isCheaper(steps: readonly TransformStep[], products: number): boolean {
  const rows = steps.reduce((sum, step) => sum + step.inputs.length + step.outputs.length, 0);
  return rows < 2 * products;
}
