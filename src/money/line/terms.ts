import { fromBase32, toBase32 } from "../../base/base32.ts";
import { fromHex, utf8 } from "../../base/bytes.ts";
import { assert, must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import type { CurrencyId } from "../line-desk.ts";
import type { LineTerms, Side } from "./types.ts";

const LABEL = utf8("peernet money line v1");
/** Bytes of a line's id. */
export const LINE_ID_BYTES = 16;

/** The line of two people in a currency, whoever of them asks. */
export function lineTerms(
  suite: Pick<CryptoSuite, "sha256">,
  one: PersonId,
  other: PersonId,
  currency: CurrencyId,
): LineTerms {
  assert(one !== other, "nobody has a line with themselves");
  const people = one < other ? ([one, other] as const) : ([other, one] as const);
  const [first, second] = people.map((id) => must(fromHex(id), "an id is hexadecimal"));
  const currencyBytes = must(fromBase32(currency), "a currency's id is base32");
  const hash = suite.sha256(LABEL, must(first, "0"), must(second, "1"), currencyBytes);
  const idBytes = hash.subarray(0, LINE_ID_BYTES).slice();
  return { id: toBase32(idBytes), idBytes, people, currency };
}

/** Which side of a line somebody is. */
export function sideOf(terms: LineTerms, person: PersonId): Side {
  return terms.people[0] === person ? 0 : 1;
}

/** The other side. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}
