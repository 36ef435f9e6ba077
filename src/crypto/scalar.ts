import { fromHex, toHex } from "../base/bytes.ts";
import { assert, must } from "../base/errors.ts";
import { KEY_BYTES } from "./points.ts";

/** The order of the base point of Curve25519 (RFC 7748 section 4.1): 2^252 and a little. */
const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
const HIGH_BIT = 1n << 254n;
/** 1/8 modulo the order. */
const EIGHTH = modPow(8n, ORDER - 2n);

/**
 * One X25519 secret that does what two do one after another: `dh` with it gives, from any public key on the curve,
 * what the `dh` of one gives from the `dh` of the other. For secrets that live for one message: BigInt's time depends
 * on what it computes.
 * @param one 32 bytes, as `other`
 */
export function productOfSecrets(one: Uint8Array, other: Uint8Array): Uint8Array {
  const product = (clamped(one) * clamped(other)) % ORDER;
  // A secret is 2^254 + 8k. x knows no sign, so of a number and its negative either will do, and one is of that form.
  const eighth = (product * EIGHTH) % ORDER;
  const [low, high] = [8n * eighth, 8n * (ORDER - eighth)];
  const isLow = low >= HIGH_BIT && low < 2n * HIGH_BIT;
  assert(isLow || (high >= HIGH_BIT && high < 2n * HIGH_BIT), "one of two is a secret");
  return littleEndian(isLow ? low : high);
}

/** The number that X25519 makes of a secret (RFC 7748 section 5). */
function clamped(secret: Uint8Array): bigint {
  assert(secret.length === KEY_BYTES, "an X25519 secret has 32 bytes");
  const bytes = Uint8Array.from(secret).reverse();
  bytes[0] = ((bytes[0] ?? 0) & 127) | 64;
  bytes[KEY_BYTES - 1] = (bytes[KEY_BYTES - 1] ?? 0) & 248;
  return BigInt(`0x${toHex(bytes)}`);
}

function littleEndian(number: bigint): Uint8Array {
  const hex = number.toString(16).padStart(2 * KEY_BYTES, "0");
  return must(fromHex(hex), "a number in hexadecimal").reverse();
}

function modPow(base: bigint, exponent: bigint): bigint {
  let [result, power] = [1n, base];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * power) % ORDER;
    power = (power * power) % ORDER;
  }
  return result;
}
