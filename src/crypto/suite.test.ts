import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, fromHex, NO_BYTES, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { createReferenceSuite } from "../testing/reference-suite.ts";
import { hkdfSha256 } from "./hkdf.ts";
import { type AeadName, CryptoError, TAG_BYTES } from "./suite.ts";

fc.configureGlobal({ seed: 1, numRuns: 40 });

const native = createNodeSuite();
vi.stubEnv("PEERNET_FFI", "off");
const withoutFfi = createNodeSuite();
vi.unstubAllEnvs();
const reference = createReferenceSuite();
const all = [
  ["native", native],
  ["native without FFI", withoutFfi],
  ["reference", reference],
] as const;
const AEADS: readonly AeadName[] = ["chacha20-poly1305", "aes-256-gcm"];

const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce12 = fc.uint8Array({ minLength: 12, maxLength: 12 });
const someBytes = fc.uint8Array({ maxLength: 300 });

function hex(text: string): Uint8Array {
  return must(fromHex(text), "no hexadecimal text");
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

describe.each(all)("published vectors, %s", (_, suite) => {
  test("SHA-256 of FIPS 180-4, in one part or several", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(toHex(suite.sha256(utf8("abc")))).toBe(abc);
    expect(toHex(suite.sha256(utf8("a"), NO_BYTES, utf8("bc")))).toBe(abc);
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(toHex(suite.sha256())).toBe(empty);
  });

  test("HMAC-SHA-256 of RFC 4231, case 2", () => {
    const tag = suite.hmacSha256(utf8("Jefe"), utf8("what do ya want "), utf8("for nothing?"));
    expect(toHex(tag)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  test("HKDF of RFC 5869, cases 1 and 3", () => {
    const ikm = hex("0b".repeat(22));
    const salt = hex("000102030405060708090a0b0c");
    expect(toHex(hkdfSha256(suite, salt, ikm, 42, hex("f0f1f2f3f4f5f6f7f8f9")))).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
    expect(toHex(hkdfSha256(suite, NO_BYTES, ikm, 42, NO_BYTES))).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
    expect(hkdfSha256(suite, salt, ikm, 8160, NO_BYTES).length).toBe(8160);
    expect(() => hkdfSha256(suite, salt, ikm, 8161, NO_BYTES)).toThrow("8160");
  });

  test.each([
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ])("Ed25519 of RFC 8032 section 7.1: %s", (seed, publicKey, message, signature) => {
    const key = suite.signingKey(hex(seed));
    expect(toHex(key.publicKey)).toBe(publicKey);
    expect(toHex(key.sign(hex(message)))).toBe(signature);
    expect(suite.verify(hex(publicKey), hex(message), hex(signature))).toBe(true);
  });

  test("X25519 of RFC 7748 section 5.2, alone and a thousand times over", () => {
    const scalar = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    const u = hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    expect(toHex(suite.dhKey(scalar).dh(u))).toBe(
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    );
    let [k, point] = [hex(`09${"00".repeat(31)}`), hex(`09${"00".repeat(31)}`)];
    for (let i = 0; i < 1000; i++) [k, point] = [suite.dhKey(k).dh(point), k];
    expect(toHex(k)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  });

  test("ChaCha20-Poly1305 of RFC 8439 section 2.8.2", () => {
    const key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    const plaintext = utf8(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the " +
        "future, sunscreen would be it.",
    );
    const sealed = suite
      .aead("chacha20-poly1305", key)
      .seal(hex("070000004041424344454647"), hex("50515253c0c1c2c3c4c5c6c7"), plaintext);
    expect(toHex(sealed.subarray(0, 16))).toBe("d31a8d34648e60db7b86afbc53ef7ec2");
    expect(toHex(sealed.subarray(-TAG_BYTES))).toBe("1ae10b594f09e26a7e902ecbd0600691");
  });

  test("AES-256-GCM of the NIST submission, cases 13 and 14", () => {
    const key = suite.aead("aes-256-gcm", new Uint8Array(32));
    const nonce = new Uint8Array(12);
    expect(toHex(key.seal(nonce, NO_BYTES, NO_BYTES))).toBe("530f8afbc74536b9a963b4f1c4cb738b");
    expect(toHex(key.seal(nonce, NO_BYTES, new Uint8Array(16)))).toBe(
      "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    );
  });
});

describe.each(all)("refusals, %s", (_, suite) => {
  test.each([0, 31, 33])("a key of %d bytes is a bad key", (length) => {
    const key = new Uint8Array(length);
    expect(codeOf(() => suite.signingKey(key))).toBe("bad-key");
    expect(codeOf(() => suite.dhKey(key))).toBe("bad-key");
    expect(codeOf(() => suite.dhKey(new Uint8Array(32)).dh(key))).toBe("bad-key");
    for (const name of AEADS) expect(codeOf(() => suite.aead(name, key))).toBe("bad-key");
    expect(suite.verify(key, NO_BYTES, new Uint8Array(64))).toBe(false);
  });

  test.each([
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ])("the low-order point %s is refused", (point) => {
    const key = suite.dhKey(suite.sha256(utf8("any secret")));
    expect(codeOf(() => key.dh(hex(point)))).toBe("low-order");
  });

  test("under a small-order key no signature fits", () => {
    const identity = ed25519.Point.ZERO.toBytes();
    const forged = concatBytes(identity, new Uint8Array(32));
    expect(ed25519.verify(forged, utf8("anything"), identity)).toBe(true);
    expect(suite.verify(identity, utf8("anything"), forged)).toBe(false);
  });

  test("a signature that is right only up to the cofactor is refused", () => {
    const { forged, publicKey, message } = forgeWithTorsion();
    expect(ed25519.verify(forged, message, publicKey)).toBe(true);
    expect(suite.verify(publicKey, message, forged)).toBe(false);
  });

  test("a nonce of another length is our own mistake", () => {
    const key = suite.aead("aes-256-gcm", new Uint8Array(32));
    expect(() => key.seal(new Uint8Array(11), NO_BYTES, NO_BYTES)).toThrow("12 bytes");
    expect(() => key.open(new Uint8Array(13), NO_BYTES, new Uint8Array(16))).toThrow("12 bytes");
  });
});

/** A point of order 8 (eprint 2020/1244, table 1). */
const TORSION = ed25519.Point.fromHex(
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
);

function forgeWithTorsion(): { forged: Uint8Array; publicKey: Uint8Array; message: Uint8Array } {
  const order = ed25519.Point.Fn.ORDER;
  const [secret, nonce, message] = [1234n, 5678n, utf8("message")];
  const publicKey = ed25519.Point.BASE.multiply(secret).toBytes();
  const r = ed25519.Point.BASE.multiply(nonce).add(TORSION).toBytes();
  const digest = sha512(concatBytes(r, publicKey, message)).reverse();
  const s = (nonce + (BigInt(`0x${toHex(digest)}`) % order) * secret) % order;
  const littleEndian = hex(s.toString(16).padStart(64, "0")).reverse();
  return { forged: concatBytes(r, littleEndian), publicKey, message };
}

describe("native and reference agree", () => {
  test("on hashes and HKDF of any parts", () => {
    fc.assert(
      fc.property(fc.array(someBytes, { maxLength: 4 }), someBytes, (parts, key) => {
        expect(native.sha256(...parts)).toEqual(reference.sha256(...parts));
        expect(native.hmacSha256(key, ...parts)).toEqual(reference.hmacSha256(key, ...parts));
        const derive = (suite: typeof native) =>
          hkdfSha256(suite, key, concatBytes(...parts), 70, key);
        expect(derive(native)).toEqual(derive(reference));
      }),
    );
  });

  test("on signatures, and on what one changed bit does to them", () => {
    fc.assert(
      fc.property(key32, someBytes, fc.nat(), (seed, message, bit) => {
        const [a, b] = [native.signingKey(seed), reference.signingKey(seed)];
        const signature = a.sign(message);
        expect(a.publicKey).toEqual(b.publicKey);
        expect(signature).toEqual(b.sign(message));
        for (const suite of [native, reference]) {
          expect(suite.verify(a.publicKey, message, signature)).toBe(true);
          expect(suite.verify(a.publicKey, message, flip(signature, bit))).toBe(false);
          expect(suite.verify(flip(a.publicKey, bit), message, signature)).toBe(false);
          expect(suite.verify(a.publicKey, concatBytes(message, Uint8Array.of(0)), signature)).toBe(
            false,
          );
        }
      }),
    );
  });

  test("on signatures under a key with a torsion part, whatever the verdict", () => {
    const secret = 987_654_321n;
    const publicKey = ed25519.Point.BASE.multiply(secret).add(TORSION).toBytes();
    const order = ed25519.Point.Fn.ORDER;
    const verdicts = new Set<boolean>();
    for (let i = 0; i < 60; i++) {
      const message = utf8(`message ${i}`);
      const r = ed25519.Point.BASE.multiply(77n).toBytes();
      const digest = sha512(concatBytes(r, publicKey, message)).reverse();
      const s = (77n + (BigInt(`0x${toHex(digest)}`) % order) * secret) % order;
      const signature = concatBytes(r, hex(s.toString(16).padStart(64, "0")).reverse());
      const verdict = native.verify(publicKey, message, signature);
      expect(reference.verify(publicKey, message, signature)).toBe(verdict);
      verdicts.add(verdict);
    }
    expect(verdicts.size).toBe(2);
  });

  test("on random bytes in place of keys and signatures", () => {
    const signature = fc.uint8Array({ minLength: 60, maxLength: 68 });
    fc.assert(
      fc.property(key32, someBytes, signature, (key, message, forged) => {
        expect(native.verify(key, message, forged)).toBe(false);
        expect(reference.verify(key, message, forged)).toBe(false);
      }),
    );
  });

  test("on Diffie-Hellman, from either side", () => {
    fc.assert(
      fc.property(key32, key32, (ours, theirs) => {
        const secret = native.dhKey(ours).dh(reference.dhKey(theirs).publicKey);
        expect(reference.dhKey(theirs).dh(native.dhKey(ours).publicKey)).toEqual(secret);
        expect(native.dhKey(ours).publicKey).toEqual(reference.dhKey(ours).publicKey);
      }),
    );
  });

  test.each(AEADS)("on %s, and on what one changed bit does to it", (name) => {
    fc.assert(
      fc.property(key32, nonce12, someBytes, someBytes, fc.nat(), (key, nonce, aad, text, bit) => {
        const keys = all.map(([, suite]) => suite.aead(name, key));
        const sealed = native.aead(name, key).seal(nonce, aad, text);
        for (const suite of keys) {
          expect(suite.seal(nonce, aad, text)).toEqual(sealed);
          expect(suite.open(nonce, aad, sealed)).toEqual(text);
          expect(suite.open(nonce, aad, flip(sealed, bit))).toBeUndefined();
          expect(suite.open(flip(nonce, bit), aad, sealed)).toBeUndefined();
          expect(suite.open(nonce, concatBytes(aad, Uint8Array.of(0)), sealed)).toBeUndefined();
          expect(suite.open(nonce, aad, sealed.subarray(0, bit % sealed.length))).toBeUndefined();
        }
      }),
    );
  });
});
