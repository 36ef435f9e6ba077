import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { allowRelaxedSimd } from "../../adapters/node/relaxed-simd.ts";
import { equalBytes, toHex } from "../../base/bytes.ts";
import { ErasureCodec } from "./codec.ts";
import { ErasureError } from "./errors.ts";
import { RELAXED_KERNEL_WASM } from "./kernel.generated.ts";
import type { KernelName } from "./kernel.ts";
import { BLOCK_BYTES } from "./limits.ts";

allowRelaxedSimd();
const WASM_KERNELS = ["relaxed", "wasm"] as const;
const KERNELS: readonly KernelName[] = [...WASM_KERNELS, "reference"];
const CODES = [
  [1, 1],
  [1, 3],
  [2, 5],
  [3, 4],
  [4, 12],
  [5, 9],
  [7, 64],
  [10, 30],
  [16, 64],
  [20, 40],
  [32, 64],
  [33, 64],
  [63, 64],
  [64, 64],
  [32, 96],
  [9, 128],
  [32, 128],
  [64, 128],
] as const;

/** Multiplication modulo 0x11d the slow way, one bit at a time; shares nothing with the codec. */
function slowMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1;
    if (product > 255) product ^= 0x11d;
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/** By number; of zero there is none. */
const SLOW_INVERSES = Array.from({ length: 256 }, (_, a) => {
  for (let b = 1; b < 256; b++) if (slowMultiply(a, b) === 1) return b;
  return Number.NaN;
});

/** Value at `point` of the polynomial through the K points (i, values[i]), by Lagrange's formula. */
function interpolate(values: readonly number[], point: number): number {
  let sum = 0;
  for (const [i, value] of values.entries()) {
    let term = value;
    for (let other = 0; other < values.length; other++) {
      if (other === i) continue;
      term = slowMultiply(
        term,
        slowMultiply(point ^ other, SLOW_INVERSES[i ^ other] ?? Number.NaN),
      );
    }
    sum ^= term;
  }
  return sum;
}

/** A small seeded stream of bytes and choices. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

function fill(shards: readonly Uint8Array[], seed: number): Uint8Array[] {
  const next = seeded(seed);
  for (const shard of shards) for (let i = 0; i < shard.length; i++) shard[i] = next() & 255;
  return shards.map((shard) => shard.slice());
}

/** `count` different numbers below `n`, in random order. */
function choose(n: number, count: number, next: () => number): number[] {
  const pool = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: count }, () => pool.splice(next() % pool.length, 1)[0] ?? 0);
}

function encoded(codec: ErasureCodec, shardBytes: number, seed: number): Uint8Array[] {
  fill(codec.dataShards(shardBytes), seed);
  return codec.encode(shardBytes).map((shard) => shard.slice());
}

function load(codec: ErasureCodec, words: readonly Uint8Array[], indices: readonly number[]): void {
  const views = codec.loadShards(indices, words[0]?.length ?? 0);
  for (const [i, index] of indices.entries()) views[i]?.set(words[index] ?? []);
}

/** Overwrites all shards, so that nothing right is left over from an earlier call. */
function spoil(codec: ErasureCodec, shardBytes: number): void {
  for (const shard of codec.encode(shardBytes)) shard.fill(0xa5);
}

afterEach(() => vi.unstubAllGlobals());

describe.each(KERNELS)("%s kernel", (kernel) => {
  test.each(CODES)("k=%i n=%i makes the code words of the definition", (k, n) => {
    const shardBytes = 3;
    const codec = new ErasureCodec({ k, n, shardBytesMax: shardBytes, kernel });
    const words = encoded(codec, shardBytes, 7 * k + n);
    const size = 2 ** Math.ceil(Math.log2(k));
    for (let column = 0; column < shardBytes; column++) {
      const values = words.slice(0, k).map((shard) => shard[column] ?? 0);
      while (values.length < size) values.push(0);
      const parity = words.slice(k).map((shard) => shard[column]);
      expect(parity).toEqual(parity.map((_, i) => interpolate(values, size + i)));
    }
  });

  test.each(CODES)("k=%i n=%i rebuilds from sampled subsets, data and every index", (k, n) => {
    const shardBytes = 37;
    const codec = new ErasureCodec({ k, n, shardBytesMax: 64, kernel });
    const words = encoded(codec, shardBytes, k + n);
    const next = seeded(99);
    const lastK = Array.from({ length: k }, (_, i) => n - 1 - i);
    const subsets = [lastK, ...Array.from({ length: 24 }, () => choose(n, k, next))];
    for (const indices of subsets) {
      spoil(codec, shardBytes);
      load(codec, words, indices);
      expect(codec.decode().every((shard, i) => equalBytes(shard, words[i] ?? shard))).toBe(true);
      expect(codec.decode().length).toBe(k);
    }
    spoil(codec, shardBytes);
    load(codec, words, lastK);
    for (const [index, word] of words.entries()) expect(codec.rebuild(index)).toEqual(word);
  });

  test("all ten pairs and all orders of a 2-of-5 code rebuild all five", () => {
    const codec = new ErasureCodec({ k: 2, n: 5, shardBytesMax: 5, kernel });
    const words = encoded(codec, 5, 3);
    for (let a = 0; a < 5; a++) {
      for (let b = 0; b < 5; b++) {
        if (a === b) continue;
        spoil(codec, 5);
        load(codec, words, [a, b]);
        expect(words.map((_, index) => codec.rebuild(index).slice())).toEqual(words);
      }
    }
  });

  test("surviving data shards are lent as loaded, never written", () => {
    const codec = new ErasureCodec({ k: 3, n: 6, shardBytesMax: 8, kernel });
    const views = codec.loadShards([5, 1, 4], 8);
    for (const view of views) view.fill(7);
    const data = codec.decode();
    expect(data[1]).toEqual(new Uint8Array(8).fill(7));
    expect(views[1]?.byteOffset).toBe(data[1]?.byteOffset);
  });

  test("a decoded object can be encoded again in place", () => {
    const codec = new ErasureCodec({ k: 5, n: 9, shardBytesMax: 50, kernel });
    const words = encoded(codec, 50, 4);
    spoil(codec, 50);
    load(codec, words, [8, 7, 6, 5, 0]);
    codec.decode();
    expect(codec.encode(50)).toEqual(words);
  });

  test("parity is made by ranges, and nothing else is written", () => {
    const [k, n] = [20, 64];
    const codec = new ErasureCodec({ k, n, shardBytesMax: 33, kernel });
    const words = encoded(codec, 33, 11);
    const ranges = [k, k + 1, 31, 40, 51, 52, 53, n - 1, n];
    for (const first of ranges) {
      for (const end of ranges.filter((one) => one >= first)) {
        spoil(codec, 33);
        for (const [i, view] of codec.dataShards(33).entries()) view.set(words[i] ?? view);
        const shards = codec.encode(33, first, end);
        const isMade = (index: number): boolean => index < k || (index >= first && index < end);
        const spoilt = new Uint8Array(33).fill(0xa5);
        const wanted = words.map((word, index) => (isMade(index) ? word : spoilt));
        expect(shards.every((shard, i) => equalBytes(shard, wanted[i] ?? spoilt))).toBe(true);
      }
    }
  });

  test("programs for ever new losses replace old ones", () => {
    const codec = new ErasureCodec({ k: 33, n: 128, shardBytesMax: 16, kernel });
    const words = encoded(codec, 16, 5);
    const next = seeded(12);
    const subsets = Array.from({ length: 40 }, () => choose(128, 33, next));
    for (const indices of [...subsets, ...subsets.slice(0, 3)]) {
      load(codec, words, indices);
      expect(codec.decode().every((shard, i) => equalBytes(shard, words[i] ?? shard))).toBe(true);
    }
    expect(codec.dataShards(16).length).toBe(33);
    for (const [i, view] of codec.dataShards(16).entries()) view.set(words[i] ?? view);
    expect(codec.encode(16)).toEqual(words);
  });

  test("shards follow a zero byte, whatever was computed", () => {
    // Sizes that fill the distance between two shards, and those around.
    for (const most of [1, 31, 960, 961, 1024, 5056, 5120]) {
      const codec = new ErasureCodec({ k: 3, n: 7, shardBytesMax: most, kernel });
      const words = encoded(codec, most, most);
      load(codec, words, [6, 5, 4]);
      codec.decode();
      const again = codec.encode(most).map((shard) => shard.slice());
      const inputs = codec.leafInputs(most);
      expect(again).toEqual(words);
      expect(inputs.map((input) => input[0])).toEqual(Array(7).fill(0));
      expect(inputs.map((input) => input.slice(1))).toEqual(words);
    }
  });

  test("one codec serves objects of changing shard sizes", () => {
    const codec = new ErasureCodec({ k: 4, n: 7, shardBytesMax: 5000, kernel });
    for (const shardBytes of [5000, 1, 1024, 17, 4097, 5000]) {
      const words = encoded(codec, shardBytes, shardBytes);
      expect(words.map((word) => word.length)).toEqual(Array(7).fill(shardBytes));
      spoil(codec, shardBytes);
      load(codec, words, [6, 2, 5, 4]);
      expect(codec.decode()).toEqual(words.slice(0, 4));
    }
  });
});

describe("all kernels", () => {
  test("make the same bytes for any code, size, content and loss", () => {
    const codes = fc
      .integer({ min: 1, max: 64 })
      .chain((k) => fc.record({ k: fc.constant(k), n: fc.integer({ min: k, max: 128 }) }));
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(
        1023,
        1040,
        BLOCK_BYTES - 1,
        BLOCK_BYTES,
        BLOCK_BYTES + 1,
        2 * BLOCK_BYTES + 1,
      ),
    );
    const property = fc.property(codes, sizes, fc.nat(), ({ k, n }, shardBytes, seed) => {
      const options = { k, n, shardBytesMax: shardBytes };
      const reference = new ErasureCodec({ ...options, kernel: "reference" });
      const words = encoded(reference, shardBytes, seed);
      const same = (shards: readonly Uint8Array[]): boolean =>
        shards.every((shard, i) => equalBytes(shard, words[i] ?? new Uint8Array()));
      const chosen = choose(n, k, seeded(seed));
      for (const kernel of WASM_KERNELS) {
        const wasm = new ErasureCodec({ ...options, kernel });
        expect(same(encoded(wasm, shardBytes, seed))).toBe(true);
        spoil(wasm, shardBytes);
        load(wasm, words, chosen);
        expect(same(wasm.decode())).toBe(true);
        expect(equalBytes(wasm.rebuild(n - 1), words[n - 1] ?? new Uint8Array())).toBe(true);
      }
    });
    fc.assert(property, { seed: 20, numRuns: 80 });
  });

  test("the code words stay what they were", () => {
    const codec = new ErasureCodec({ k: 3, n: 6, shardBytesMax: 4 });
    for (const [i, shard] of codec.dataShards(4).entries()) shard.set([i, 16 * i, 255 - i, 1]);
    expect(codec.encode(4).slice(3).map(toHex)).toEqual(["38a75715", "33176413", "221ae61d"]);
  });

  test("the fastest kernel is the one of choice", () => {
    expect(new ErasureCodec({ k: 1, n: 1, shardBytesMax: 1 }).kernel).toBe("relaxed");
  });

  test("an engine that learns relaxed SIMD after it was asked is asked again", async () => {
    let canRelax = false;
    const isRelaxed = (bytes: Uint8Array): boolean => equalBytes(bytes, RELAXED_KERNEL_WASM);
    const Module = class {
      constructor(bytes: Uint8Array) {
        if (isRelaxed(bytes) && !canRelax) throw new TypeError();
      }
    };
    vi.stubGlobal("WebAssembly", { Module });
    vi.resetModules();
    const { hasWasmKernel } = await import("./webassembly.ts");
    expect(WASM_KERNELS.map(hasWasmKernel)).toEqual([false, true]);
    canRelax = true;
    expect(WASM_KERNELS.map(hasWasmKernel)).toEqual([true, true]);
  });

  test("an engine without WebAssembly gets the reference, or a typed error if it insists", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const bare = await import("./codec.ts");
    expect(new bare.ErasureCodec({ k: 2, n: 3, shardBytesMax: 1 }).kernel).toBe("reference");
    expect(() => new bare.ErasureCodec({ k: 2, n: 3, shardBytesMax: 1, kernel: "wasm" })).toThrow(
      expect.objectContaining({ name: "ErasureError", code: "kernel-unavailable" }),
    );
  });
});

describe("wrong use", () => {
  const codeOf = (action: () => unknown): string => {
    try {
      action();
    } catch (error) {
      if (error instanceof ErasureError) return error.code;
      throw error;
    }
    return "none";
  };
  const construct = (k: number, n: number, shardBytesMax: number) => () =>
    new ErasureCodec({ k, n, shardBytesMax, kernel: "reference" });

  test("codes beyond the limits are refused, those at the limit are not", () => {
    expect(codeOf(construct(64, 128, 1))).toBe("none");
    for (const [k, n] of [
      [0, 3],
      [-1, 3],
      [1.5, 3],
      [4, 3],
      [65, 128],
      [1, 129],
      [1, Number.NaN],
    ]) {
      expect(codeOf(construct(k ?? 0, n ?? 0, 1))).toBe("bad-code");
    }
  });

  test("shard sizes beyond the limit are refused, those at the limit are not", () => {
    expect(codeOf(construct(1, 1, 2 ** 21))).toBe("none");
    for (const size of [0, -1, 1.5, 2 ** 21 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(codeOf(construct(1, 1, size))).toBe("bad-shard-size");
    }
    const codec = construct(2, 4, 100)();
    expect(codeOf(() => codec.dataShards(100))).toBe("none");
    expect(codeOf(() => codec.dataShards(101))).toBe("bad-shard-size");
    expect(codeOf(() => codec.encode(0))).toBe("bad-shard-size");
    expect(codeOf(() => codec.loadShards([0, 1], 101))).toBe("bad-shard-size");
  });

  test("indices must be k different ones of the code", () => {
    const codec = construct(2, 4, 100)();
    for (const indices of [
      [],
      [0],
      [0, 0],
      [0, 1, 2],
      [0, 4],
      [-1, 0],
      [0, 0.5],
      [0, Number.NaN],
    ]) {
      expect(codeOf(() => codec.loadShards(indices, 10))).toBe("bad-indices");
    }
    codec.loadShards([3, 0], 10);
    expect(codeOf(() => codec.rebuild(3))).toBe("none");
    for (const index of [4, -1, 0.5, Number.NaN]) {
      expect(codeOf(() => codec.rebuild(index))).toBe("bad-indices");
    }
  });

  test("a range of parity must lie in the code's", () => {
    const codec = construct(2, 4, 100)();
    expect(codeOf(() => codec.encode(100, 2, 4))).toBe("none");
    expect(codeOf(() => codec.encode(100, 4, 4))).toBe("none");
    for (const [first, end] of [
      [1, 4],
      [2, 5],
      [3, 2],
      [2.5, 4],
      [2, Number.NaN],
    ]) {
      expect(codeOf(() => codec.encode(100, first, end))).toBe("bad-indices");
    }
  });

  test("decoding needs loaded shards; filling data shards anew forgets them", () => {
    const codec = construct(2, 4, 100)();
    expect(codeOf(() => codec.decode())).toBe("not-loaded");
    expect(codeOf(() => codec.rebuild(0))).toBe("not-loaded");
    codec.loadShards([3, 0], 10);
    expect(codeOf(() => codec.decode())).toBe("none");
    codec.dataShards(10);
    expect(codeOf(() => codec.decode())).toBe("not-loaded");
  });

  test("a refused call changes nothing", () => {
    const codec = construct(2, 4, 100)();
    codec.loadShards([3, 0], 10);
    expect(codeOf(() => codec.loadShards([3, 3], 20))).toBe("bad-indices");
    expect(codec.decode()[0]?.length).toBe(10);
  });

  test("the largest codec fits into its memory", () => {
    const codec = new ErasureCodec({ k: 64, n: 128, shardBytesMax: 2 ** 21, kernel: "wasm" });
    const last = codec.encode(2 ** 21)[127];
    expect(last?.length).toBe(2 ** 21);
    expect(last?.every((byte) => byte === 0)).toBe(true);
  });
});
