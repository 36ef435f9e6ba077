/** Largest amount, limit and balance, in the smallest unit of a currency: sums of eight stay exact integers. */
export const AMOUNT_MAX = 1_000_000_000_000_000;

/** Whether a number can be paid: a whole number from 1 to AMOUNT_MAX. */
export function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= AMOUNT_MAX;
}

/**
 * A sum as people are told it: exact up to 2^53 - 1 either way, and that where it is more. What is judged is judged by
 * the sum itself.
 */
export function nearestNumber(sum: bigint): number {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(sum > most ? most : sum < -most ? -most : sum);
}
