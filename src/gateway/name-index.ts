import type { PersonId } from "../identity/index.ts";
import type { People } from "./types.ts";

/** Whom a name that can be part of a host name stands for: somebody, or several and thus nobody. */
export type Named = { readonly petname: string; readonly person: PersonId } | "several";

interface Index {
  readonly revision: number | undefined;
  readonly petnames: ReadonlyMap<string, Named>;
  readonly introduced: ReadonlyMap<PersonId, ReadonlyMap<string, PersonId | "several">>;
}

/** Programs ask for names far more often than these change: one index for each set of people. */
const indices = new WeakMap<People, Index>();

/** The form in which a petname can be part of a host name: "Anna Maria" is `anna-maria`. */
export function hostForm(petname: string): string {
  return petname
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
}

/** Petnames by the form that they have in host names. */
export function petnameForms(people: People): ReadonlyMap<string, Named> {
  return indexOf(people).petnames;
}

/** What each contact called those whom they introduced, in the form of host names. */
export function introducedForms(
  people: People,
): ReadonlyMap<PersonId, ReadonlyMap<string, PersonId | "several">> {
  return indexOf(people).introduced;
}

function indexOf(people: People): Index {
  const revision = people.revision?.();
  const known = indices.get(people);
  if (known !== undefined && revision !== undefined && known.revision === revision) return known;
  const petnames = new Map<string, Named>();
  for (const [petname, person] of people.names()) {
    const form = hostForm(petname);
    if (form !== "") petnames.set(form, petnames.has(form) ? "several" : { petname, person });
  }
  const introduced = new Map<PersonId, Map<string, PersonId | "several">>();
  for (const [by, calls, person] of people.introductions?.() ?? []) {
    const form = hostForm(calls);
    const forms = introduced.get(by) ?? new Map<string, PersonId | "several">();
    if (form !== "") introduced.set(by, forms.set(form, forms.has(form) ? "several" : person));
  }
  const index = { revision, petnames, introduced };
  indices.set(people, index);
  return index;
}
