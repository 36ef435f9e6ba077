import { say } from "../words/language.ts";
import { shownAmount } from "./amount.ts";

/** An amount of the peer's with what its unit is called: "12.50 hours", "1.00 hour", "12,50 Stunde". @param unit made safe to show */
export function amountWithUnit(text: string, unit: string): string {
  const { money } = say();
  return `${shownAmount(text, money.point)} ${Number(text) === 1 ? unit : money.units(unit)}`;
}
