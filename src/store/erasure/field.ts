/**
 * GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1 with generator x, the field of most storage codes.
 * Bytes are polynomials over GF(2), bit i the coefficient of x^i; addition is exclusive or.
 */
const POLYNOMIAL = 0x11d;
/** Order of the multiplicative group. */
const ORDER = 255;

const EXP = new Uint8Array(2 * ORDER);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < ORDER; power++) {
  EXP[power] = value;
  EXP[power + ORDER] = value;
  LOG[value] = power;
  value <<= 1;
  if (value > ORDER) value ^= POLYNOMIAL;
}

/** Discrete logarithm to base x of a non-zero element, 0 to 254. */
export function log(element: number): number {
  return LOG[element] ?? 0;
}

/** x to any integer power, negative ones too. */
export function exp(power: number): number {
  const reduced = power % ORDER;
  return EXP[reduced < 0 ? reduced + ORDER : reduced] ?? 0;
}

/** Product of two elements. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (EXP[log(a) + log(b)] ?? 0);
}

/** Quotient of two elements; the divisor is not zero. */
export function divide(a: number, b: number): number {
  return a === 0 ? 0 : exp(log(a) - log(b));
}
