import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { productOfSecrets } from "./scalar.ts";

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });

test("the product of secrets does what they do one after another", () => {
  const suite = createNodeSuite();
  fc.assert(
    fc.property(secret, secret, secret, secret, (a, b, c, theirs) => {
      const { publicKey } = suite.dhKey(theirs);
      const chain = [a, b, c].reduce((key, each) => suite.dhKey(each).dh(key), publicKey);
      const product = productOfSecrets(productOfSecrets(a, b), c);
      expect(suite.dhKey(product).dh(publicKey)).toEqual(chain);
    }),
    { numRuns: 200 },
  );
});

test("of what lies beside the subgroup nothing is left, as with one after another", () => {
  const suite = createNodeSuite();
  // Points that no pair has: with a part of small order, or on the twist, which has another order.
  const beside = [3, 4, 9, 16, 20].map((u) => new Uint8Array(32).fill(u, 0, 1));
  const [a, b] = [new Uint8Array(32).fill(0xa7), new Uint8Array(32).fill(0x31)];
  const product = productOfSecrets(a, b);
  const agreeing = beside.filter((key) => {
    const chain = suite.dhKey(b).dh(suite.dhKey(a).dh(key));
    return Buffer.compare(chain, suite.dhKey(product).dh(key)) === 0;
  });
  expect(agreeing.length).toBeGreaterThan(0);
});

test("exchanges with secrets that are used once are those of pairs, and refuse the same keys", () => {
  const suite = createNodeSuite();
  const { dhOnce } = suite;
  if (dhOnce === undefined) throw new RangeError("Node's suite has them");
  fc.assert(
    fc.property(secret, secret, (one, other) => {
      const [mine, theirs] = [suite.dhKey(one), suite.dhKey(other)];
      expect(dhOnce.publicOf(one)).toEqual(mine.publicKey);
      expect(dhOnce.exchange(one, theirs.publicKey)).toEqual(mine.dh(theirs.publicKey));
    }),
    { numRuns: 50 },
  );
  const [good, zero] = [new Uint8Array(32).fill(7), new Uint8Array(32)];
  expect(() => dhOnce.exchange(good, zero)).toThrow("everybody knows");
  expect(() => dhOnce.exchange(good, good.subarray(1))).toThrow("31");
  expect(() => dhOnce.exchange(good.subarray(1), good)).toThrow("31");
  expect(() => dhOnce.publicOf(good.subarray(1))).toThrow("31");
});
