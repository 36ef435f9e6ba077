import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { MoneyLoss } from "./losses.ts";
import type { MoneyPost } from "./mail/desk.ts";

/** Whom lines are with, as the peer knows them. */
export interface MoneyPeople {
  /** The person of a peer in reach. */
  personOf(peer: PeerId): PersonId | undefined;
  /** Whether the person is a contact who was met: only they may offer lines. */
  isContact(person: PersonId): boolean;
  /** Whether a device still acts for its person. */
  stands(device: PeerId, person: PersonId): boolean;
  /** Whether a person's own log says that a device acts for them no longer, in reach or not. */
  isRevoked?(device: PeerId, person: PersonId): boolean;
  /** The X25519 key of a device whose record is known here. */
  keyOf?(device: PeerId): Uint8Array | undefined;
  /** Devices of a person that are in reach; none where left out. */
  devicesOf?(person: PersonId): readonly PeerId[];
  /** X25519 keys of devices of these people in reach; of those with several, of one. */
  keysInMesh?(people: ReadonlySet<PersonId>): ReadonlyMap<PersonId, Uint8Array>;
  /** What somebody is called here; undefined for strangers. */
  nameOf(person: PersonId): string | undefined;
  /** What a name looks like: names with one skeleton are easily confused (UTS #39). */
  skeleton(name: string): string;
}

/** What the room of lines is made of. */
export interface LinesOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly session: SessionPort;
  readonly people: MoneyPeople;
  /** Letters to partners who are out of reach; nothing is written where left out. */
  readonly post?: MoneyPost;
  /** Whether this home may be a copy of another one, or an old one that was put back. */
  readonly isCopied: boolean;
  /** Whether a start goes on with what is left where records are missing; else that stops it. */
  readonly salvages?: boolean;
  /** What of lines and currencies a start had to leave out. */
  readonly onMended?: (loss: MoneyLoss) => void;
}

/** Whether a device's word counts no longer: what it signed may come without it, as a link does. */
export function isRevoked(people: MoneyPeople, device: PeerId, person: PersonId): boolean {
  return people.isRevoked?.(device, person) === true || !people.stands(device, person);
}
