import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PersonId } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore, RecordWrite } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { Card } from "./card.ts";
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
  /** Whether a request of this person with this token waits in the tray. */
  readonly isPending?: (person: PersonId, token: Uint8Array) => boolean;
  readonly events: ContactsEvents;
}

/** How an invite is to be; the usual without it. */
export interface InviteWish {
  /** Different people whom it lets in: 1 … INVITE_USES_MAX. */
  readonly usesMax?: number | undefined;
  /** How long it may be used, in milliseconds, up to INVITE_LIFE_MAX_MS. */
  readonly lifeMs?: number | undefined;
}

/** What `createInvite` answers. */
export interface CreatedInvite {
  readonly link: string;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** A change of what is kept of one person. */
export interface CardEdit {
  /** The new card; null deletes it; without it, it stays. */
  readonly card?: Card | null;
  /** What is written besides, in the same batch. */
  readonly writes?: readonly RecordWrite[];
}
