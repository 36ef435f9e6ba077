import { AMOUNT_CHARS_MAX } from "../limits.ts";
import { ConsoleError } from "./errors.ts";

/** The most that fits, in the smallest unit of a currency, as the peer has it. */
export const AMOUNT_MAX = 1_000_000_000_000_000n;
/** What stands between whole ones and parts of one where a language is spoken. */
export type Point = "." | ",";

/** Why something that was typed is no amount. */
export type AmountFault = "none" | "minus" | "doubtful" | "precise" | "much" | "zero";

/** What somebody typed, in the smallest unit, or why it is no amount. */
export type Typed = { readonly units: bigint } | { readonly fault: AmountFault };

/** Blanks that do not break, as they stand in large amounts that are shown. */
const BLANKS = /[\u00a0\u202f]/g;
const GROUP = "\u202f";
/** Digits that still read well in one piece. */
const UNGROUPED_MAX = 4;

/**
 * An amount as the peer tells it, such as "-12.50", in the smallest unit.
 * @throws ConsoleError("amount") for what is none, or is more precise than its currency
 */
export function unitsOf(text: string, decimals: number): bigint {
  const [, minus = "", whole, part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || part.length > decimals) {
    throw new ConsoleError("amount", `The peer tells of an amount that is none: ${text}`);
  }
  const units = BigInt(whole + part.padEnd(decimals, "0"));
  return minus === "" ? units : -units;
}

/** An amount as the peer tells and wants it: "12.50" for 1250n with two decimals. */
export function textOf(units: bigint, decimals: number): string {
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  if (decimals === 0) return sign + digits;
  const border = digits.length - decimals;
  return `${sign}${digits.slice(0, border)}.${digits.slice(border)}`;
}

/** An amount for reading: the language's own point, digits of large ones in threes. */
export function shownAmount(text: string, point: Point): string {
  const [, minus = "", whole = "", part] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === "") return text;
  const grouped = whole.length > UNGROUPED_MAX ? whole.replace(/\B(?=(\d{3})+$)/g, GROUP) : whole;
  return `${minus === "" ? "" : "−"}${grouped}${part === undefined ? "" : point + part}`;
}

/**
 * Reads what somebody typed. Nothing is rounded, and what could mean two amounts is refused: "1,250" is a thousand
 * and more to some, one and a bit to others.
 * @param point the one of the language; the other one is understood where it can only mean the same
 */
export function typedAmount(
  typed: string,
  decimals: number,
  point: Point,
  allowsZero = false,
): Typed {
  const text = typed.trim().replace(BLANKS, "");
  if (/^[-−]/.test(text)) return { fault: "minus" };
  const found = /^(\d+)(?:([.,])(\d+))?$/.exec(text);
  if (found === null || text.length > AMOUNT_CHARS_MAX) return { fault: "none" };
  const [, whole = "", sign, part = ""] = found;
  if (sign !== undefined && sign !== point && part.length === 3) return { fault: "doubtful" };
  if (part.length > decimals) return { fault: "precise" };
  const units = BigInt(whole + part.padEnd(decimals, "0"));
  if (units > AMOUNT_MAX) return { fault: "much" };
  return units === 0n && !allowsZero ? { fault: "zero" } : { units };
}
