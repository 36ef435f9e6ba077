import type { CryptoSuite } from "../../crypto/index.ts";
import { type PersonId, peerIdOf, personIdOf } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import { aboutOf } from "../about.ts";
import type { Contacts } from "../contacts.ts";
import { ContactsError } from "../errors.ts";
import { CONTACTS_MAX } from "../limits.ts";
import type { Contact } from "../types.ts";
import { parseTransfer, type TransferredContact } from "./transfer.ts";

/** What came of a file of contacts. */
export interface ImportOutcome {
  readonly added: number;
  /** Known here already, or oneself: nothing was changed. */
  readonly known: number;
  /** Without a Peernet key. */
  readonly skipped: number;
}

interface Parts {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly contacts: Contacts;
}

/**
 * Takes in the people of a file one after another: their keys are held, but nobody counts as met,
 * and nobody as verified, whatever the file says. What was taken in before an error stays.
 */
export function importContacts(
  { suite, clock, contacts }: Parts,
  text: string,
  done: (error: ContactsError | null, outcome: ImportOutcome | undefined) => void,
): void {
  let transfer: ReturnType<typeof parseTransfer>;
  try {
    transfer = parseTransfer(suite, text);
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    done(error, undefined);
    return;
  }
  const outcome = { added: 0, known: 0, skipped: transfer.skipped };
  const steps = [
    ...transfer.contacts.map((one) => (then: (error: ContactsError | null) => void) => {
      takeOne({ suite, clock, contacts }, one, outcome, then);
    }),
    ...transfer.removed.map((person) => (then: (error: ContactsError | null) => void) => {
      takeRemoval({ clock, contacts }, person, then);
    }),
  ];
  const next = (at: number): void => {
    const step = steps[at];
    if (step === undefined) {
      done(null, outcome);
      return;
    }
    step((error) => {
      if (error === null) next(at + 1);
      else done(error, undefined);
    });
  };
  next(0);
}

function takeOne(
  { suite, clock, contacts }: Parts,
  one: TransferredContact,
  outcome: { added: number; known: number; skipped: number },
  done: (error: ContactsError | null) => void,
): void {
  const personId = personIdOf(suite, one.signKey);
  if (personId === contacts.ownPersonId) {
    outcome.known++;
    done(null);
    return;
  }
  contacts.edit(
    personId,
    (card) => {
      if (card !== undefined) {
        outcome.known++;
        return undefined;
      }
      if (contacts.all().length >= CONTACTS_MAX) {
        throw new ContactsError("too-many-contacts", `There are ${CONTACTS_MAX} contacts already.`);
      }
      outcome.added++;
      const nowMs = clock.wallMs();
      const contact: Contact = {
        personId,
        signKey: one.signKey,
        dhKey: one.dhKey,
        petname: contacts.freeName(one.petname, personId),
        state: "asked",
        devices: one.devices.map((signKey) => ({
          peerId: peerIdOf(suite, signKey),
          signKey,
          introduced: false,
        })),
        endpoints: [],
        addedAtMs: nowMs,
        refusal: undefined,
      };
      const about = {
        ...aboutOf({ kind: "imported", atMs: nowMs }),
        blockedAtMs: one.isBlocked ? nowMs : undefined,
      };
      return {
        card: { contact, question: undefined, vow: undefined },
        writes: [contacts.about.planPut(personId, about)],
      };
    },
    done,
  );
}

/** Somebody who was deleted elsewhere is not let in here by an old word, unless known here. */
function takeRemoval(
  { clock, contacts }: Pick<Parts, "clock" | "contacts">,
  person: PersonId,
  done: (error: ContactsError | null) => void,
): void {
  contacts.edit(
    person,
    (card) => {
      if (card !== undefined || contacts.removed.has(person)) return undefined;
      return { writes: contacts.removed.planAdd(person, clock.wallMs()) };
    },
    done,
  );
}
