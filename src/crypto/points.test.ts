import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { isAllZero, isLowOrderDhKey, isUnusableSignKey, KEY_BYTES } from "./points.ts";

fc.configureGlobal({ seed: 1 });

const P = 2n ** 255n - 19n;
const TOP_BIT = 2n ** 255n;

/** A number in 32 bytes, little-endian, as keys are. */
function key(number: bigint): Uint8Array {
  return must(fromHex(number.toString(16).padStart(64, "0")), "no hexadecimal text").reverse();
}

/** All multiples of a generator of the eight points of small order (eprint 2020/1244, table 1). */
const SMALL_ORDER = Array.from({ length: 8 }, (_, times) => {
  const generator = ed25519.Point.fromHex(
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  );
  return times === 0 ? ed25519.Point.ZERO : generator.multiply(BigInt(times));
});

describe("sign keys", () => {
  test("the eight points of small order are unusable, with either sign", () => {
    for (const point of SMALL_ORDER) {
      const bytes = point.toBytes();
      expect(isUnusableSignKey(bytes)).toBe(true);
      bytes[31] = (bytes[31] ?? 0) ^ 0x80;
      expect(isUnusableSignKey(bytes)).toBe(true);
    }
  });

  test.each([0n, 1n, 2n, 18n])("a coordinate of p + %d is not reduced, so unusable", (above) => {
    expect(isUnusableSignKey(key(P + above))).toBe(true);
    expect(isUnusableSignKey(key(TOP_BIT + P + above))).toBe(true);
  });

  test.each([
    ["p - 2", P - 2n],
    ["p - 256", P - 256n],
    ["p less its highest bit", P - 2n ** 254n],
    ["2", 2n],
    ["the low byte of p alone", 0xedn],
    ["the low byte of p and ones up to the highest byte", 2n ** 248n - 19n],
  ])("a reduced coordinate is left to the suite: %s", (_, number) => {
    expect(isUnusableSignKey(key(number))).toBe(false);
    expect(isUnusableSignKey(key(TOP_BIT + number))).toBe(false);
  });

  test("of the numbers near p exactly those from p on are unusable", () => {
    const place = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(place, fc.nat(0xfe), fc.nat(18), (at, byte, above) => {
        const bytes = key(P + BigInt(above));
        bytes[at] = byte;
        expect(isUnusableSignKey(bytes)).toBe(false);
      }),
    );
  });

  test("true keys are usable, of another length they are not", () => {
    const { publicKey } = ed25519.keygen(new Uint8Array(32).fill(7));
    expect(isUnusableSignKey(publicKey)).toBe(false);
    expect(isUnusableSignKey(publicKey.subarray(1))).toBe(true);
    expect(isUnusableSignKey(concatBytes(publicKey, Uint8Array.of(0)))).toBe(true);
  });
});

describe("keys for Diffie-Hellman", () => {
  test("the points of small order have no secrecy, reduced or not, whatever the top bit", () => {
    const numbers = SMALL_ORDER.map((point) => x25519Number(point));
    for (const number of [...numbers, P - 1n, P, P + 1n]) {
      for (const bytes of [key(number), key(TOP_BIT + number)]) {
        expect(isLowOrderDhKey(bytes)).toBe(true);
        expect(() => x25519.getSharedSecret(new Uint8Array(32).fill(7), bytes)).toThrow();
      }
    }
  });

  test("true keys have, of another length they are refused", () => {
    const publicKey = x25519.getPublicKey(new Uint8Array(32).fill(7));
    expect(isLowOrderDhKey(publicKey)).toBe(false);
    expect(isLowOrderDhKey(publicKey.subarray(1))).toBe(true);
    expect(isLowOrderDhKey(concatBytes(publicKey, Uint8Array.of(0)))).toBe(true);
  });
});

/** u = (1 + y) / (1 - y) (RFC 7748 section 4.1); 0 for the point at infinity, as RFC 7748 says. */
function x25519Number(point: (typeof SMALL_ORDER)[number]): bigint {
  const { Fp } = ed25519.Point;
  const { y } = point.toAffine();
  return y === 1n ? 0n : Fp.div(Fp.add(1n, y), Fp.sub(1n, y));
}

test("all bytes zero or not, wherever the one that is not", () => {
  expect(isAllZero(new Uint8Array(KEY_BYTES))).toBe(true);
  for (let at = 0; at < KEY_BYTES; at++) {
    expect(isAllZero(new Uint8Array(KEY_BYTES).fill(1, at, at + 1))).toBe(false);
    expect(isAllZero(new Uint8Array(KEY_BYTES).fill(0x80, at, at + 1))).toBe(false);
  }
});
