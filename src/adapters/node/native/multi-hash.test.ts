import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testRandom } from "../../../testing/fixtures.ts";
import { createNodeSuite } from "../crypto.ts";
import { NODE_HASHES } from "../crypto-hash.ts";
import { type Ffi, loadFfi } from "./ffi.ts";
import { MultiHash, multiHash } from "./multi-hash.ts";

const bytes = testRandom("multi").bytes(70_000);
const ffi = loadFfi();
const right = (text: Uint8Array) => NODE_HASHES.sha256(text);
/** Not by way of `multiHash`, which does without what is wrong. */
const made = make();

function make(): MultiHash | undefined {
  try {
    return ffi === undefined ? undefined : new MultiHash(ffi);
  } catch {
    return undefined;
  }
}

/** Texts of these sizes, hashed into memory that has something around. */
function hashed(hash: Pick<MultiHash, "sha256Each">, sizes: readonly number[]): Uint8Array[] {
  const texts = sizes.map((size, i) => bytes.subarray(i, i + size));
  const into = new Uint8Array(32 * (texts.length + 2)).fill(0xee);
  hash.sha256Each(texts, into.subarray(32, -32));
  expect([...into.subarray(0, 32), ...into.subarray(-32)].every((byte) => byte === 0xee)).toBe(
    true,
  );
  return texts.map((_, i) => into.slice(32 * (i + 1), 32 * (i + 2)));
}

function expected(sizes: readonly number[]): Uint8Array[] {
  return sizes.map((size, i) => right(bytes.subarray(i, i + size)));
}

describe.skipIf(made === undefined)("hashing side by side", () => {
  test("gives what node:crypto gives, of any sizes in any order", () => {
    const size = fc.oneof(
      fc.constantFrom(0, 55, 56, 63, 64, 65, 119, 120, 127, 128, 4_096, 52_433, 69_000),
      fc.nat(400),
    );
    fc.assert(
      fc.property(fc.array(size, { maxLength: 20 }), (sizes) => {
        expect(hashed(made as MultiHash, sizes)).toEqual(expected(sizes));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("takes texts from different memories, small ones too", () => {
    const texts = [200, 60, 3_000].map((size) => Uint8Array.from(bytes.subarray(0, size)));
    const into = new Uint8Array(96);
    (made as MultiHash).sha256Each(texts, into);
    expect(into).toEqual(Uint8Array.from(texts.flatMap((text) => [...right(text)])));
  });

  test("is used where it is right", () => {
    expect(multiHash(ffi as Ffi, right)).toBeDefined();
  });

  test("is not used where the function is missing or does something else", () => {
    const real = ffi as Ffi;
    const missing: Ffi = {
      ...real,
      find: () => {
        throw new RangeError("no such function");
      },
    };
    expect(multiHash(missing, right)).toBeUndefined();
    const idle: Ffi = { ...real, addressOf: (of) => real.addressOf(of), find: () => () => 0 };
    expect(multiHash(idle, right)).toBeUndefined();
    expect(multiHash(real, (text) => right(text).fill(1))).toBeUndefined();
  });
});

test("the suite hashes many texts as it hashes one, whatever it has", () => {
  const sizes = [0, 64, 1_000, 70, 5, 6, 7, 8, 9, 4_000];
  const hash = { sha256Each: createNodeSuite().sha256Each?.bind(createNodeSuite()) };
  expect(hash.sha256Each).toBeDefined();
  expect(hashed(hash as Pick<MultiHash, "sha256Each">, sizes)).toEqual(expected(sizes));
});
