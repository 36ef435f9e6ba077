import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { Contact } from "./types.ts";

/** What the contacts room tells the one above. */
export interface ContactsEvents {
  /** A contact is new or has changed; persisted. */
  onContactChanged(contact: Contact): void;
}

/** What the contacts room is made of. */
export interface ContactsOptions {
  readonly identity: LocalIdentity;
  /** What this person calls itself; others may take it as petname. */
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
  readonly events: ContactsEvents;
}
