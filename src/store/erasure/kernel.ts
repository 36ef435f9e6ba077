import type { ErasureCode } from "./code.ts";

/**
 * Which implementation does the arithmetic: WebAssembly with relaxed SIMD, with plain SIMD, or
 * TypeScript. All make the same bytes.
 */
export type KernelName = "relaxed" | "wasm" | "reference";

/** The arithmetic of one code, over shards that lie in the kernel's own memory. */
export interface ErasureKernel {
  readonly name: KernelName;
  /** The memory in which all shards lie. */
  readonly memory: Uint8Array;
  /** Where fragment `index` begins in `memory`; the byte before it is zero. */
  shardOffset(index: number): number;
  /**
   * Computes the parity shards from `first` up to but without `end` from the data shards, over the
   * first `shardBytes` of each.
   * @param first at least k
   */
  encode(first: number, end: number, shardBytes: number): void;
  /**
   * Computes the shards at `targets` from those at `sources`.
   * @param sources k distinct indices
   * @param targets indices that are no sources
   */
  combine(sources: readonly number[], targets: readonly number[], shardBytes: number): void;
}

/** What a kernel is built for. */
export interface KernelOptions extends ErasureCode {
  /** Largest shard that will ever be worked on, in bytes. */
  readonly shardBytesMax: number;
}

/** The whole numbers from `first` up to but without `end`. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}
