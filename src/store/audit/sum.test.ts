import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import { testRandom } from "../../testing/index.ts";
import { Coefficients } from "./coefficients.ts";
import { AUDIT_BLOCK_BYTES } from "./limits.ts";
import { blockCount, fold, ReferenceSummer, wasmSummer } from "./sum.ts";

const suite = createNodeSuite();
const random = testRandom("sums");
const ZEROS: Uint8Array = new Uint8Array(32);
const PEERS = [`fd${"0".repeat(29)}1`, `fd${"0".repeat(29)}2`];

function coefficients(peer = 0, seed = ZEROS): Coefficients {
  return new Coefficients(suite, ZEROS, PEERS[peer] ?? "", seed);
}

test("the kernel adds up what the definition says, whatever the length", () => {
  const kernel = must(wasmSummer(), "Node has WebAssembly SIMD");
  const reference = new ReferenceSummer();
  const lengths = fc.oneof(
    fc.integer({ min: 1, max: 400 }),
    fc.constantFrom(65_536, 65_537, 140_016),
  );
  fc.assert(
    fc.property(lengths, (length) => {
      const bytes = random.bytes(length);
      const factors = random.bytes(blockCount(length));
      const first = random.bytes(AUDIT_BLOCK_BYTES);
      const sums = [kernel, reference].map((summer) => {
        const sum = first.slice();
        summer.add(sum, bytes, factors);
        return sum;
      });
      expect(sums[0]).toEqual(sums[1]);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("coefficients are never zero, the same for a longer draw, and differ for every asker and seed", () => {
  const long = coefficients().ofStripe(3, 70_000);
  expect(long.includes(0)).toBe(false);
  expect(long.subarray(0, 900)).toEqual(coefficients().ofStripe(3, 900));
  const others = [
    coefficients(1).ofStripe(3, 900),
    coefficients(0, random.bytes(32)).ofStripe(3, 900),
    coefficients().ofStripe(4, 900),
    coefficients().ofFold(3, 900),
  ];
  for (const other of others) expect(other).not.toEqual(long.subarray(0, 900));
});

test("every value but zero is drawn equally often", () => {
  const counts = new Array<number>(256).fill(0);
  const draws = 255 * 400;
  for (const value of coefficients().ofStripe(0, draws)) counts[value] = (counts[value] ?? 0) + 1;
  const chiSquare = counts.slice(1).reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
  // 254 degrees of freedom: 350 is passed by one fair generator in ten thousand.
  expect(chiSquare).toBeLessThan(350);
});

test("a sum folds into any smaller power of two, and a wrong byte shows in all of them", () => {
  const sum = random.bytes(AUDIT_BLOCK_BYTES);
  const wrong = sum.slice();
  wrong[37] = (wrong[37] ?? 0) ^ 0x10;
  for (let width = 1; width <= AUDIT_BLOCK_BYTES; width *= 2) {
    const factors = coefficients().ofFold(0, AUDIT_BLOCK_BYTES / width);
    const folded = fold(sum, width, factors);
    expect(folded).toHaveLength(width);
    expect(fold(wrong, width, factors)).not.toEqual(folded);
  }
});
