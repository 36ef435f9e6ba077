import { equalBytes } from "../../base/bytes.ts";
import type { PersonId } from "../../identity/index.ts";
import { seesAll } from "./comparing.ts";
import type { Ledger } from "./ledger.ts";
import { RULES_MAX } from "./limits.ts";

/** `Head.restsUntil` of a device that has lost records: it does not know yet which rules hold. */
export const UNTIL_KNOWN: number = RULES_MAX;

/**
 * Whether a device that may have forgotten some of the books has all of them again: as many stewards as it takes to
 * sign rules, this device's person among them, had the same ones. Who may not see the whole books has heard from as many.
 */
export class CatchingUp {
  readonly #told = new Map<PersonId, Uint8Array>();
  readonly #same = new Set<PersonId>();

  /** What somebody's books sum up to; empty where one of the two may not see all. */
  note(person: PersonId, sum: Uint8Array): void {
    if (sum.length > 0) this.#told.set(person, sum);
  }

  /** @param heard stewards who have told what they signed last for this account */
  isDone(
    ledger: Ledger,
    sum: Uint8Array,
    { self, heard }: { readonly self: PersonId; readonly heard: ReadonlySet<PersonId> },
  ): boolean {
    const { current } = ledger;
    if (current === undefined) return false;
    for (const [person, told] of this.#told) if (equalBytes(told, sum)) this.#same.add(person);
    const agreeing = seesAll(ledger, self) ? this.#same : heard;
    const stewards = current.seats.filter(({ person }) => person === self || agreeing.has(person));
    return stewards.length >= current.need;
  }
}
