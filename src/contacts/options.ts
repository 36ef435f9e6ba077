import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore, RecordWrite } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { Card } from "./card.ts";
import type { FirstContact } from "./invite.ts";
import type { Contact } from "./types.ts";

/** What the contacts room tells the one above. */
export interface ContactsEvents {
  /** A contact is new or has changed; persisted. */
  onContactChanged(contact: Contact): void;
  /** Another device of this person has deleted a contact, who is gone here, too; persisted. */
  onRemovedElsewhere?(person: PersonId): void;
}

/** What is known of devices of people, by their device logs. */
export interface DeviceNews {
  /** Whether this device acts for this person no longer, as the person's own log says. */
  isRevoked(device: PeerId, person: PersonId): boolean;
  /** Whether a peer is a device of the person that its record names, as far as is known. */
  stands(record: PeerRecord): boolean;
  /** Revocations in this person's own log, whether they count or not: their number never falls. */
  readonly revocations: number;
}

/** Where no logs are kept, nobody was ever revoked. */
export const NO_NEWS: DeviceNews = { isRevoked: () => false, stands: () => true, revocations: 0 };

/** What every part of the contacts room works with. */
export interface Surroundings {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
}

/** What the contacts room is made of. */
export interface ContactsOptions extends Surroundings {
  readonly identity: LocalIdentity;
  /** What this person calls itself; others may take it as petname. */
  readonly name: string;
  readonly records: RecordStore;
  /** Without it, certificates alone say who is whose device. */
  readonly devices?: DeviceNews;
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
  /** The keys that let its user write at once, which end when it does. */
  readonly firstContact?: FirstContact | undefined;
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
