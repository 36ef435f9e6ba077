import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });

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
