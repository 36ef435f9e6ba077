import type { ErasureCode } from "./code.ts";
import { ErasureError } from "./errors.ts";
import { type ErasureKernel, type KernelName, type KernelOptions, range } from "./kernel.ts";
import { DATA_SHARDS_MAX, FRAGMENTS_MAX, SHARD_BYTES_MAX } from "./limits.ts";
import { ReferenceKernel } from "./reference.ts";
import { WasmKernel } from "./wasm-kernel.ts";
import { hasWasmKernel } from "./webassembly.ts";

const KERNELS = ["relaxed", "wasm"] as const;

/** What a codec is built for. */
export interface ErasureCodecOptions extends KernelOptions {
  /** Which arithmetic; without it, the fastest that the engine has. */
  readonly kernel?: KernelName;
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

function checkShardBytes(shardBytes: number, most: number): void {
  if (isWhole(shardBytes, 1, most)) return;
  throw new ErasureError("bad-shard-size", `A shard holds 1 to ${most} bytes, not ${shardBytes}.`);
}

function checkOptions({ k, n, shardBytesMax }: KernelOptions): void {
  if (!isWhole(k, 1, DATA_SHARDS_MAX) || !isWhole(n, k, FRAGMENTS_MAX)) {
    const bounds = `1 <= k <= ${DATA_SHARDS_MAX} and k <= n <= ${FRAGMENTS_MAX}`;
    throw new ErasureError("bad-code", `A code needs ${bounds}, not k = ${k} and n = ${n}.`);
  }
  checkShardBytes(shardBytesMax, SHARD_BYTES_MAX);
}

/**
 * Reed-Solomon erasure code over GF(2^8), systematic: any k of the n shards rebuild all.
 * `transformSize` in `code.ts` says what the code words are.
 *
 * The codec owns the memory of all n shards and lends views of it. A view's content is valid
 * until the codec's next call; the views themselves live as long as the codec. Keep one codec per
 * code and use it again for every stripe.
 */
export class ErasureCodec implements ErasureCode {
  readonly k: number;
  readonly n: number;
  readonly #kernel: ErasureKernel;
  readonly #shardBytesMax: number;
  #shards: readonly Uint8Array[] = [];
  #dataShards: readonly Uint8Array[] = [];
  #leafInputs: readonly Uint8Array[] = [];
  #loaded: readonly number[] = [];
  #shardBytes = 0;

  /** @throws ErasureError `bad-code`, `bad-shard-size` or `kernel-unavailable` */
  constructor(options: ErasureCodecOptions) {
    checkOptions(options);
    this.k = options.k;
    this.n = options.n;
    this.#shardBytesMax = options.shardBytesMax;
    const kernel = options.kernel ?? KERNELS.find(hasWasmKernel) ?? "reference";
    this.#kernel =
      kernel === "reference" ? new ReferenceKernel(options) : new WasmKernel(kernel, options);
  }

  /** Which arithmetic this codec uses. */
  get kernel(): KernelName {
    return this.#kernel.name;
  }

  /**
   * Views of the k data shards, of `shardBytes` each: fill them, then `encode`.
   * @throws ErasureError `bad-shard-size`
   */
  dataShards(shardBytes: number): readonly Uint8Array[] {
    this.#size(shardBytes);
    this.#loaded = [];
    return this.#dataShards;
  }

  /**
   * Computes parity of the data shards: the fragments from `first` up to but without `end`, all
   * without them. Those of one call share most of the work.
   * @returns views of all n shards; 0 to k-1 are the data, only the computed parity is valid
   * @throws ErasureError `bad-shard-size`, or `bad-indices` unless k <= first <= end <= n
   */
  encode(shardBytes: number, first: number = this.k, end: number = this.n): readonly Uint8Array[] {
    if (!isWhole(first, this.k, this.n) || !isWhole(end, first, this.n)) {
      throw new ErasureError("bad-indices", `Parity is fragments ${this.k} to ${this.n - 1}.`);
    }
    this.#size(shardBytes);
    this.#loaded = [];
    if (end > first) this.#kernel.encode(first, end, shardBytes);
    return this.#shards;
  }

  /**
   * Views of all n shards, each with a zero byte before it, as they are hashed to be the leaves of
   * a tree (RFC 9162 section 2.1.1).
   * @throws ErasureError `bad-shard-size`
   */
  leafInputs(shardBytes: number): readonly Uint8Array[] {
    this.#size(shardBytes);
    return this.#leafInputs;
  }

  /**
   * Views to fill with the shards at `indices`, in the same order; then `decode` or `rebuild`.
   * @param indices exactly k distinct fragment indices below n, in any order
   * @throws ErasureError `bad-indices` or `bad-shard-size`
   */
  loadShards(indices: readonly number[], shardBytes: number): readonly Uint8Array[] {
    const areInRange = indices.every((index) => isWhole(index, 0, this.n - 1));
    if (indices.length !== this.k || !areInRange || new Set(indices).size !== this.k) {
      const need = `${this.k} different fragment indices below ${this.n}`;
      throw new ErasureError("bad-indices", `Rebuilding needs exactly ${need}.`);
    }
    this.#size(shardBytes);
    this.#loaded = [...indices];
    return indices.map((index) => this.#shard(index));
  }

  /**
   * Rebuilds the data from the loaded shards; data shards among them stay as they are.
   * @returns views of the shards 0 to k-1
   * @throws ErasureError `not-loaded`
   */
  decode(): readonly Uint8Array[] {
    const loaded = this.#needLoaded();
    const lost = range(0, this.k).filter((index) => !loaded.includes(index));
    if (lost.length > 0) this.#kernel.combine(loaded, lost, this.#shardBytes);
    return this.#dataShards;
  }

  /**
   * Creates the shard at `index` again from the loaded shards, without decoding the others.
   * @throws ErasureError `not-loaded` or `bad-indices`
   */
  rebuild(index: number): Uint8Array {
    const loaded = this.#needLoaded();
    if (!isWhole(index, 0, this.n - 1)) {
      throw new ErasureError("bad-indices", `There is no fragment ${index} of ${this.n}.`);
    }
    if (!loaded.includes(index)) this.#kernel.combine(loaded, [index], this.#shardBytes);
    return this.#shard(index);
  }

  #needLoaded(): readonly number[] {
    if (this.#loaded.length > 0) return this.#loaded;
    throw new ErasureError("not-loaded", "Load k shards before rebuilding from them.");
  }

  /** Cuts the views to `shardBytes`; they are kept as long as the size stays the same. */
  #size(shardBytes: number): void {
    checkShardBytes(shardBytes, this.#shardBytesMax);
    if (shardBytes === this.#shardBytes) return;
    this.#shardBytes = shardBytes;
    this.#shards = range(0, this.n).map((index) => this.#shard(index));
    this.#dataShards = this.#shards.slice(0, this.k);
    this.#leafInputs = this.#shards.map(
      ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset - 1, length + 1),
    );
  }

  #shard(index: number): Uint8Array {
    const offset = this.#kernel.shardOffset(index);
    return this.#kernel.memory.subarray(offset, offset + this.#shardBytes);
  }
}
