import { type PersonId, peerIdOf, personOfProof } from "../identity/index.ts";
import { type LineCoreOptions, lineTerms, sideOf } from "./line/index.ts";
import type { CurrencyId } from "./line-desk.ts";
import type { LinesOptions } from "./options.ts";

/** What a line's machine is made of on this device. */
export function coreOptions(
  options: Pick<LinesOptions, "suite" | "identity" | "people">,
  partner: PersonId,
  currency: CurrencyId,
): LineCoreOptions {
  const { suite, identity, people } = options;
  const own = identity.person.personId;
  const terms = lineTerms(suite, own, partner, currency);
  return {
    ...{ suite, terms, side: sideOf(terms, own) },
    personOf: (key, proof) => {
      const person = personOfProof(suite, key, proof);
      if (person === undefined || person === own) return person;
      return people.stands(peerIdOf(suite, key), person) ? person : undefined;
    },
  };
}
