import { describe, expect, test } from "vitest";
import { testRandom } from "../../testing/fixtures.ts";
import { createReferenceSuite } from "../../testing/reference-suite.ts";
import { createNodeSuite } from "./crypto.ts";
import { PublicKeyCache, privateKeyObject, rawPublicKey } from "./crypto-keys.ts";

const suite = createNodeSuite();
const reference = createReferenceSuite();

describe("keys in OpenSSL's form", () => {
  test("the public half is the one that Node computes, whatever a JWK says or would have to", () => {
    const random = testRandom("public half");
    for (let i = 0; i < 20; i++) {
      const secret = random.bytes(32);
      const signKey = rawPublicKey(privateKeyObject("ed25519", secret));
      const dhKey = rawPublicKey(privateKeyObject("x25519", secret));
      expect(signKey).toEqual(reference.signingKey(secret).publicKey);
      expect(dhKey).toEqual(reference.dhKey(secret).publicKey);
    }
  });

  test("a secret in the middle of a larger buffer is read at its place", () => {
    const whole = testRandom("whole").bytes(96);
    const secret = whole.subarray(32, 64);
    expect(suite.signingKey(secret).publicKey).toEqual(
      suite.signingKey(Uint8Array.from(secret)).publicKey,
    );
  });
});

describe("cache of public keys", () => {
  const random = testRandom("cache");
  const raw = Array.from({ length: 4 }, () => suite.signingKey(random.bytes(32)).publicKey);
  const [a, b, c, d] = raw as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

  test("gives the same object again, until it is the one not used for longest", () => {
    const cache = new PublicKeyCache("ed25519", 3);
    const [first, second] = [cache.get(a), cache.get(b)];
    cache.get(c);
    expect(cache.get(a)).toBe(first);
    expect(cache.size).toBe(3);
    cache.get(d);
    expect(cache.size).toBe(3);
    expect(cache.get(a)).toBe(first);
    expect(cache.get(b)).not.toBe(second);
  });

  test("does not keep the caller's bytes", () => {
    const cache = new PublicKeyCache("ed25519", 3);
    const lent = Uint8Array.from(a);
    const key = cache.get(lent);
    lent.set(b);
    expect(cache.get(lent)).not.toBe(key);
    expect(cache.get(a)).toBe(key);
  });
});

describe("results", () => {
  test("are plain byte arrays, so that slice copies", () => {
    const key = new Uint8Array(32).fill(1);
    const aead = suite.aead("aes-256-gcm", key);
    const nonce = new Uint8Array(12);
    const sealed = aead.seal(nonce, nonce, key);
    const results = [
      suite.sha256(key),
      suite.sha256(key, key),
      suite.hmacSha256(key, key),
      suite.signingKey(key).publicKey,
      suite.signingKey(key).sign(key),
      suite.dhKey(key).dh(suite.dhKey(key.map((byte) => byte + 1)).publicKey),
      sealed,
      aead.open(nonce, nonce, sealed),
    ];
    for (const result of results) {
      expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
    }
  });
});
