import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { createToySuite } from "./toy-suite.ts";

const real = createNodeSuite();
const toy = createToySuite(real);
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });

describe("the toy suite, as far as simulations rely on it,", () => {
  test("has the sizes of the real one", () => {
    const seed = new Uint8Array(32).fill(7);
    for (const suite of [toy, real]) {
      expect(suite.signingKey(seed).publicKey).toHaveLength(32);
      expect(suite.signingKey(seed).sign(seed)).toHaveLength(64);
      expect(suite.dhKey(seed).publicKey).toHaveLength(32);
      expect(suite.hmacSha256(seed, seed)).toHaveLength(32);
      const sealed = suite.aead("aes-256-gcm", seed).seal(new Uint8Array(12), seed, seed);
      expect(sealed).toHaveLength(48);
    }
  });

  test("both sides of a key agreement arrive at the same secret, others elsewhere", () => {
    fc.assert(
      fc.property(key, key, key, (a, b, c) => {
        const [one, other, third] = [toy.dhKey(a), toy.dhKey(b), toy.dhKey(c)];
        const secret = one.dh(other.publicKey);
        expect(other.dh(one.publicKey)).toEqual(secret);
        fc.pre(!c.every((byte, at) => byte === b[at]));
        expect(one.dh(third.publicKey)).not.toEqual(secret);
      }),
    );
  });

  test("signatures and seals refuse one flipped bit", () => {
    fc.assert(
      fc.property(key, nonce, fc.uint8Array({ maxLength: 99 }), fc.nat(), (seed, n, text, at) => {
        const signing = toy.signingKey(seed);
        const signature = signing.sign(text);
        expect(toy.verify(signing.publicKey, text, signature)).toBe(true);
        expect(toy.verify(signing.publicKey, text, flipped(signature, at))).toBe(false);
        const aead = toy.aead("chacha20-poly1305", seed);
        const sealed = aead.seal(n, seed, text);
        expect(aead.open(n, seed, sealed)).toEqual(text);
        expect(aead.open(n, seed, flipped(sealed, at))).toBeUndefined();
        expect(aead.open(flipped(n, at), seed, sealed)).toBeUndefined();
        expect(aead.open(n, flipped(seed, at), sealed)).toBeUndefined();
        const other = toy.aead("chacha20-poly1305", flipped(seed, at));
        expect(other.open(n, seed, sealed)).toBeUndefined();
      }),
    );
  });

  test("refuses what is shorter than a tag", () => {
    const aead = toy.aead("aes-256-gcm", new Uint8Array(32));
    expect(aead.open(new Uint8Array(12), new Uint8Array(0), new Uint8Array(15))).toBeUndefined();
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  const bit = at % (copy.length * 8);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
