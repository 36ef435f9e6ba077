import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { CHAIN_BYTES } from "../identity/limits.ts";
import { hashBack, isLinkAfter, OwnChain } from "./chain.ts";

const suite = createNodeSuite();
const ID = new Uint8Array(16).fill(1);
const SECRET = new Uint8Array(CHAIN_BYTES).fill(2);
const LENGTH = 32;
const own = new OwnChain(suite, ID, SECRET, LENGTH);
const link = (offset: number): Uint8Array => own.link(offset) as Uint8Array;

test("every link leads back to every earlier one, and to no other", () => {
  fc.assert(
    fc.property(fc.nat(LENGTH), fc.nat(LENGTH), fc.nat(LENGTH), (a, b, steps) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(hashBack(suite, ID, link(high), high - low)).toEqual(link(low));
      expect(isLinkAfter(suite, ID, link(low), link(high), steps)).toBe(steps === high - low);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("has as many links as it was made for, each of CHAIN_BYTES", () => {
  expect(link(LENGTH)).toEqual(SECRET);
  expect(own.link(LENGTH + 1)).toBe(undefined);
  expect(link(0)).toHaveLength(CHAIN_BYTES);
});

test("a link of one peer proves nothing for another, nor does one with a bit changed", () => {
  expect(isLinkAfter(suite, ID, link(0), link(3), 3)).toBe(true);
  expect(isLinkAfter(suite, new Uint8Array(16), link(0), link(3), 3)).toBe(false);
  fc.assert(
    fc.property(fc.nat(CHAIN_BYTES * 8 - 1), (bit) => {
      const forged = link(3).slice();
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isLinkAfter(suite, ID, link(0), forged, 3)).toBe(false);
    }),
    { numRuns: 30, seed: 2 },
  );
});
