import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { Vouching } from "./log/index.ts";

/** What the parts of the room share. */
export interface GroupsContext {
  readonly identity: LocalIdentity;
  /** What this person calls itself, and is called in groups that it founds or joins. */
  readonly name: string;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly session: SessionPort;
  readonly vouching: Vouching;
  /** Shows others for whom this device acts. */
  readonly proof: Uint8Array;
  /** Operations that one log may have. */
  readonly opsMax: number;
  /** The person of a peer in reach. */
  readonly personOf: (peer: PeerId) => PersonId | undefined;
  /** Whether the person is a contact who was met: only their offers are heard. */
  readonly isContact: (person: PersonId) => boolean;
}
