/** Words that take a plain s for more than one: small English letters, no ending that wants something else. */
const TAKES_S = /^[a-z][a-z ]*(?<!s|x|z|ch|sh|[^aeiou]y)$/;

/**
 * What more than one of a unit is called in English. People name units freely, in any language, and nothing but the name is
 * known: an s is added where that is plain ("hour"); abbreviations, signs, capitals and all others stay as they stand.
 */
export function unitsName(unit: string): string {
  return TAKES_S.test(unit) ? `${unit}s` : unit;
}

/** An amount with its unit, such as "12.50 hours", "1.00 hour", "12.50 EUR", "3 kWh". */
export function withUnit(amount: string, unit: string): string {
  return `${amount} ${Number(amount) === 1 ? unit : unitsName(unit)}`;
}
