import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";

/** For `give` of one currency there is `get` of another, both in smallest units. */
export interface ExchangeRate {
  readonly give: number;
  readonly get: number;
}

/**
 * What has to come in so that `amount` goes out: rounded up, so that whoever quotes the rate never pays for what does
 * not divide, and by less than one smallest unit. @throws MoneyError("bad-amount") where it is more than AMOUNT_MAX
 */
export function amountToGive({ give, get }: ExchangeRate, amount: number): number {
  return fitting((BigInt(amount) * BigInt(give) + BigInt(get) - 1n) / BigInt(get));
}

/** What goes out for `amount` that comes in: rounded down. @throws MoneyError("bad-amount") where that is nothing */
export function amountToGet({ give, get }: ExchangeRate, amount: number): number {
  return fitting((BigInt(amount) * BigInt(get)) / BigInt(give));
}

function fitting(amount: bigint): number {
  if (amount >= 1n && amount <= BigInt(AMOUNT_MAX)) return Number(amount);
  throw new MoneyError(
    "bad-amount",
    "At this rate the amount is less than the smallest unit, or too much.",
  );
}
