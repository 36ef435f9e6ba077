import fc from "fast-check";
import { combine, split } from "shamir-secret-sharing";
import { describe, expect, test } from "vitest";
import { toHex } from "../../base/bytes.ts";
import { testRandom } from "../../testing/index.ts";
import { combineShares, splitSecret } from "./shamir.ts";

const random = testRandom("shamir");

describe("shares of a secret", () => {
  test("any that are enough give it back, whatever their order", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 0, max: 4 }),
        fc.infiniteStream(fc.nat()),
        (secret, need, more, order) => {
          const shares = [...splitSecret(secret, need, need + more, random)];
          const keys = new Map(shares.map((share) => [share, order.next().value]));
          shares.sort((a, b) => Number(keys.get(a)) - Number(keys.get(b)));
          expect(combineShares(shares.slice(0, need))).toEqual(secret);
          expect(combineShares(shares)).toEqual(secret);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  test("fewer say nothing: with each possible secret they fit equally well", () => {
    const secret = Uint8Array.of(0x42);
    const [one] = splitSecret(secret, 2, 3, random);
    const found = new Set<string>();
    // Whatever the second share may be, another secret comes out.
    for (let value = 0; value < 256; value++) {
      found.add(toHex(combineShares([one ?? secret, Uint8Array.of(value, 2)])));
    }
    expect(found.size).toBe(256);
  });

  test("are those of npm's shamir-secret-sharing, both ways", async () => {
    for (let round = 0; round < 20; round++) {
      const secret = random.bytes(32);
      const ours = splitSecret(secret, 3, 5, random);
      expect(await combine([...ours.slice(1, 4)])).toEqual(secret);
      const theirs = await split(secret, 5, 3);
      expect(combineShares(theirs.slice(2, 5))).toEqual(secret);
    }
  });

  test("a known one: 3 of 5 by hand", () => {
    // f(x) = 0x2a + 0x03 x + 0x05 x^2 over GF(2^8): f(1) = 2c, f(2) = 38, f(3) = 3e.
    const shares = ["2c01", "3802", "3e03"].map((hex) => Uint8Array.from(Buffer.from(hex, "hex")));
    expect(toHex(combineShares(shares))).toBe("2a");
  });

  test.each([
    ["of different lengths", ["010101", "0102"]],
    ["with one place twice", ["0101", "0201"]],
    ["with the place of the secret itself", ["0100", "0202"]],
    ["empty ones", ["", ""]],
    ["none", []],
  ])("%s are refused", (_, texts) => {
    const shares = texts.map((hex) => Uint8Array.from(Buffer.from(hex, "hex")));
    expect(() => combineShares(shares)).toThrow(expect.objectContaining({ code: "bad-share" }));
  });
});
