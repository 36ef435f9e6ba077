import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import type { MoneyLoss } from "../losses.ts";
import type { CommunityId, Seat } from "./types.ts";

/** Groups and people, as the peer knows them. */
export interface CommunityPeople {
  /** The person of a peer in reach. */
  personOf(peer: PeerId): PersonId | undefined;
  /** Whether somebody is a member of a group that is here. */
  isMember(group: string, person: PersonId): boolean;
  /** Whether somebody may found communities of a group: its owners and admins. */
  mayFound(group: string, person: PersonId): boolean;
  /** Whether a device still acts for its person, as far as is known. */
  stands(device: PeerId, person: PersonId): boolean;
  /** Whether somebody is with this person in any group. */
  isMate(person: PersonId): boolean;
  /** A device of a person that can be named as a steward's; undefined where none was in reach since the start. */
  seatOf(person: PersonId): Seat | undefined;
}

/** What the room tells the peer. */
export interface CommunityEvents {
  /** Something about a community is new here. */
  onCommunityChanged?(id: CommunityId): void;
  /** Somebody has paid this person, and it is on disk. */
  onCommunityPaid?(id: CommunityId, from: PersonId, amount: number, memo: string): void;
}

/** What communities on one device are made of. */
export interface CommunityParts {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly session: SessionPort;
  readonly people: CommunityPeople;
  /** Whether this home may be a copy of another one, or an old one that was put back. */
  readonly isCopied: boolean;
  /** Whether a start goes on with what is left where records are missing; else that stops it. */
  readonly salvages?: boolean;
  /** What of communities a start had to leave out. */
  readonly onMended?: (loss: MoneyLoss) => void;
  readonly events: CommunityEvents;
}

/** Seconds since 1970 by this clock. */
export function nowS({ clock }: Pick<CommunityParts, "clock">): number {
  return Math.max(0, Math.floor(clock.wallMs() / 1_000));
}
