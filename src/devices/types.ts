import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId, PersonPublicKeys } from "../identity/index.ts";
import type { Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { DeviceOrigin } from "./log/op.ts";
import type { DeviceEvent } from "./news.ts";
import type { CopiedRecord } from "./pairing/protocol.ts";

/** How this device came to its person, for its own entry in the log. */
export interface OwnOrigin {
  readonly origin: DeviceOrigin;
  /** Blinded ids of the friends who brought the person back. */
  readonly vouchers: readonly Uint8Array[];
}

/** Secrets of the person beyond the identity, as far as this device has them. */
export interface PersonSecrets {
  /** 32 bytes, the same as the 24 words. */
  readonly entropy: Uint8Array | undefined;
}

/** The people whose devices this room deals with. */
export interface DevicesPeople {
  /** The person of a peer where it is this person or a contact who is met. */
  personOf(peer: PeerId): PersonPublicKeys | undefined;
  /** Records of contacts for a new device of this person. */
  copies(): readonly CopiedRecord[];
}

/** What this room tells the one above; always after persistence. */
export interface DevicesEvents {
  /** Something about a person's devices has changed. */
  onDevicesChanged(personId: PersonId, events: readonly DeviceEvent[]): void;
}

/** What the devices room is made of. */
export interface DevicesOptions {
  readonly identity: LocalIdentity;
  /** What others see of this device. */
  readonly name: string;
  readonly origin: OwnOrigin;
  readonly secrets: PersonSecrets | undefined;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
  readonly people: DevicesPeople;
  /** Whether device logs of which records are missing go on with the rest; else that stops the start. */
  readonly salvages?: boolean;
  readonly events: DevicesEvents;
}
