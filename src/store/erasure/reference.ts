import { lagrangeWeights } from "./code.ts";
import { multiply } from "./field.ts";
import { type ErasureKernel, type KernelOptions, range } from "./kernel.ts";

/** `products(c)[v]` is c times v. */
function productTables(): readonly Uint8Array[] {
  return range(0, 256).map((constant) =>
    Uint8Array.from({ length: 256 }, (_, value) => multiply(constant, value)),
  );
}

let sharedTables: readonly Uint8Array[] | undefined;

/** target += constant * source, byte by byte. */
function addProduct(target: Uint8Array, source: Uint8Array, products: Uint8Array): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (target[i] ?? 0) ^ (products[source[i] ?? 0] ?? 0);
  }
}

/**
 * The code straight from its definition, in plain TypeScript: every shard is a weighted sum of
 * k others. Serves engines without WebAssembly SIMD, and tests as the yardstick.
 */
export class ReferenceKernel implements ErasureKernel {
  readonly name = "reference";
  readonly memory: Uint8Array;
  readonly #options: KernelOptions;
  readonly #tables: readonly Uint8Array[];

  constructor(options: KernelOptions) {
    this.#options = options;
    this.memory = new Uint8Array(this.shardOffset(options.n));
    sharedTables ??= productTables();
    this.#tables = sharedTables;
  }

  shardOffset(index: number): number {
    return index * (1 + this.#options.shardBytesMax) + 1;
  }

  encode(first: number, end: number, shardBytes: number): void {
    this.combine(range(0, this.#options.k), range(first, end), shardBytes);
  }

  combine(sources: readonly number[], targets: readonly number[], shardBytes: number): void {
    const rows = lagrangeWeights(this.#options.k, sources, targets);
    for (const [t, target] of targets.entries()) {
      const sum = this.#shard(target, shardBytes).fill(0);
      for (const [s, source] of sources.entries()) {
        const products = this.#tables[rows[t]?.[s] ?? 0];
        if (products) addProduct(sum, this.#shard(source, shardBytes), products);
      }
    }
  }

  #shard(index: number, shardBytes: number): Uint8Array {
    const offset = this.shardOffset(index);
    return this.memory.subarray(offset, offset + shardBytes);
  }
}
