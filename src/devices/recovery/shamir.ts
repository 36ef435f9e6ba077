import { assert } from "../../base/errors.ts";
import type { Random } from "../../ports/index.ts";
import { DevicesError } from "../errors.ts";

/** Most shares of a secret: x is one byte and never 0. */
const SHARES_MAX = 255;

/**
 * Splits a secret so that any `need` of `total` shares give it back, and fewer say nothing about it
 * (Shamir, "How to share a secret", 1979), byte by byte over GF(2^8) with the polynomial of AES
 * (x^8 + x^4 + x^3 + x + 1). A share is the values of all bytes and then its x, as in HashiCorp
 * Vault and npm's shamir-secret-sharing, against which the tests compare it. No step depends on
 * secret bytes by a branch or a place in memory.
 * @returns shares with x = 1 … `total`
 */
export function splitSecret(
  secret: Uint8Array,
  need: number,
  total: number,
  random: Random,
): readonly Uint8Array[] {
  assert(need >= 2 && need <= total && total <= SHARES_MAX, "a threshold is within its bounds");
  const shares = Array.from({ length: total }, (_, at) => {
    const share = new Uint8Array(secret.length + 1);
    share[secret.length] = at + 1;
    return share;
  });
  for (const [at, byte] of secret.entries()) {
    const coefficients = random.bytes(need - 1);
    for (const share of shares) {
      const x = share[secret.length] ?? 0;
      // Horner's rule, the highest power first; the secret is the value at 0.
      let value = 0;
      for (let power = need - 2; power >= 0; power--) {
        value = multiply(value ^ (coefficients[power] ?? 0), x);
      }
      share[at] = value ^ byte;
    }
  }
  return shares;
}

/**
 * The secret of at least as many shares as are needed; of fewer, or of wrong ones, something else:
 * who combines must be able to tell.
 * @throws DevicesError("bad-share") where they do not fit each other
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const length = (shares[0]?.length ?? 0) - 1;
  const places = shares.map((share) => share[length] ?? 0);
  const isFit =
    length >= 1 &&
    shares.every((share) => share.length === length + 1) &&
    places.every((x) => x !== 0) &&
    new Set(places).size === places.length;
  if (!isFit) throw new DevicesError("bad-share", "These shares do not belong together.");
  const secret = new Uint8Array(length);
  for (const [index, share] of shares.entries()) {
    const x = places[index] ?? 0;
    // Lagrange's polynomial of this share at 0.
    let weight = 1;
    for (const other of places) {
      if (other !== x) weight = multiply(weight, multiply(other, inverse(other ^ x)));
    }
    for (let at = 0; at < length; at++) {
      secret[at] = (secret[at] ?? 0) ^ multiply(share[at] ?? 0, weight);
    }
  }
  return secret;
}

/** The product in GF(2^8), always by the same steps. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = a;
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & factor;
    factor = (factor << 1) ^ (-((factor >> 7) & 1) & 0x11b);
  }
  return product & 0xff;
}

/** a^254, which is 1 / a. */
function inverse(a: number): number {
  let result = 1;
  let power = a;
  for (let bit = 1; bit < 8; bit++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}
