import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import { AMOUNT_CHARS_MAX } from "./limits.ts";

/**
 * A whole number of the smallest unit for what somebody typed, such as "12.50": digits and at most one point, with
 * no more places behind it than the currency has. Nothing is ever rounded.
 * @throws MoneyError("bad-amount") that says what to type instead
 */
export function parseAmount(text: string, decimals: number, allowsZero = false): number {
  const trimmed = text.trim();
  if (trimmed.startsWith("-")) {
    throw bad("An amount is more than nothing. To get money back, ask your partner to pay you.");
  }
  if (trimmed.length > AMOUNT_CHARS_MAX || !/^\d+(\.\d+)?$/.test(trimmed)) {
    throw bad(
      `'${shown(trimmed)}' is no amount. Type digits with at most one point, such as ${example(decimals)}.`,
    );
  }
  const [whole = "", part = ""] = trimmed.split(".");
  if (part.length > decimals) {
    throw bad(`'${trimmed}' is too precise: this currency has ${places(decimals)}.`);
  }
  const units = BigInt(whole + part.padEnd(decimals, "0"));
  if (units > BigInt(AMOUNT_MAX)) {
    throw bad(
      `'${trimmed}' is too much: ${formatAmount(AMOUNT_MAX, decimals)} is the most that fits.`,
    );
  }
  if (units === 0n && !allowsZero) throw bad("An amount is more than nothing.");
  return Number(units);
}

/** "12.50" for 1250 with two decimals; less than nothing with a minus sign. */
export function formatAmount(units: number, decimals: number): string {
  const sign = units < 0 ? "-" : "";
  const digits = String(Math.abs(units)).padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  const border = digits.length - decimals;
  return `${sign}${digits.slice(0, border)}.${digits.slice(border)}`;
}

function example(decimals: number): string {
  return formatAmount(decimals === 0 ? 12 : 12.5 * 10 ** decimals, decimals);
}

function places(decimals: number): string {
  if (decimals === 0) return "no places behind the point";
  return decimals === 1 ? "one place behind the point" : `${decimals} places behind the point`;
}

function shown(text: string): string {
  return text.length > AMOUNT_CHARS_MAX ? `${text.slice(0, AMOUNT_CHARS_MAX)}…` : text;
}

function bad(message: string): MoneyError {
  return new MoneyError("bad-amount", message);
}
