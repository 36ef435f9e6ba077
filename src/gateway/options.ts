import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import type { Clock, Log, RecordStore } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { LocalNet, Membership, People } from "./types.ts";

/** What the gateway is made of. */
export interface GatewayOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly log: Log;
  readonly records: RecordStore;
  readonly session: SessionPort;
  readonly people: People;
  readonly groups: Membership;
  readonly net: LocalNet;
  /** The Ed25519 key of a peer in reach, 32 bytes; undefined where it is not known. */
  readonly signKeyOf: (peer: PeerId) => Uint8Array | undefined;
}

/** A machine without a network of its own, as in the simulator: nothing listens, nothing is reached. */
export const NO_NET: LocalNet = {
  dial: (_place, done) => {
    done("not-listening", undefined);
    return () => undefined;
  },
  listen: (port, _accept, done) => done(null, port),
  unlisten: () => undefined,
};
