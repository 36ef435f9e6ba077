import { randomBytes } from "node:crypto";
import type { CryptoSuite } from "../../../crypto/index.ts";
import { type LocalIdentity, makeLocalIdentity } from "../../../identity/index.ts";
import { Peer, type PeerEvents } from "../../../peer/index.ts";
import type { Clock, Log, Random, Timed } from "../../../ports/index.ts";
import { createNodeClock } from "../clock.ts";
import { createNodeSuite } from "../crypto.ts";
import { Driver } from "../driver.ts";
import { MemoryRecordStore, NO_BLOCKS } from "../memory-disks.ts";
import { createNodeRandom } from "../random.ts";
import type { PeerResources } from "../resources.ts";
import { openTransports, type TransportChoices, Wiring } from "../transports.ts";

/** What runs beside a visiting peer on its turns. */
export interface Guest extends Timed {
  peerReachable(id: string, signKey: Uint8Array): void;
  peerUnreachable(id: string): void;
}

/** What guests are made of. */
export interface VisitorParts {
  readonly peer: Peer;
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A peer that is only passing through. */
export interface Visitor {
  readonly parts: VisitorParts;
  readonly records: MemoryRecordStore;
  /** Where it can be dialled. */
  readonly listening: () => readonly string[];
  /** Dials an endpoint; one that is of no use here is passed over. */
  dial(endpoint: string): void;
  /** Lets a guest run with the peer, and tells it who is in reach. */
  host(guest: Guest): void;
  /** To be called after calls into the peer or the guest from outside. */
  poke(): void;
}

const SILENT: PeerEvents = {
  onNeighbourUp: () => undefined,
  onNeighbourDown: () => undefined,
  onReachable: () => undefined,
  onUnreachable: () => undefined,
  onContactChanged: () => undefined,
  onMessage: () => undefined,
  onMessageState: () => undefined,
  onStoreProgress: () => undefined,
  onObjectChanged: () => undefined,
};

/**
 * Starts a peer with a device's keys, of nobody, that keeps nothing on disk: a device that is about
 * to become somebody's. Closing the resources ends it.
 * @throws AdapterError, PeerError with what to do next
 */
export async function startVisitor(
  resources: PeerResources,
  options: TransportChoices & {
    readonly deviceSeed: Uint8Array;
    readonly name: string;
    readonly links: readonly string[];
  },
): Promise<Visitor> {
  const { log } = resources;
  const suite = createNodeSuite();
  const nobody = new Uint8Array(randomBytes(32));
  const identity = makeLocalIdentity(suite, options.deviceSeed, nobody);
  const wiring = new Wiring();
  const { udp, tcp } = await openTransports(options, resources, wiring);
  const transports = [udp, tcp];
  const [clock, random] = [createNodeClock(), createNodeRandom()];
  const poke = (): void => driver.poke();
  const records = new MemoryRecordStore(() => poke());
  let guest: Guest | undefined;
  const peer = new Peer(
    { clock, random, log, suite, records, blocks: NO_BLOCKS, transports },
    {
      ...{ identity, name: options.name, storeQuotaBytes: 0, links: options.links },
      discovery: options.discovery ?? true,
    },
    {
      ...SILENT,
      onReachable: (id) => {
        const signKey = peer.routing.record(id)?.signKey;
        if (signKey !== undefined) guest?.peerReachable(id, signKey);
      },
      onUnreachable: (id) => guest?.peerUnreachable(id),
    },
  );
  const both: Timed = {
    nextDeadlineMs: () =>
      Math.min(peer.nextDeadlineMs(), guest?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY),
    tick: () => {
      guest?.tick();
      peer.tick();
    },
  };
  const driver = new Driver(
    both,
    () => clock.monotonicMs(),
    (error) => {
      throw error;
    },
  );
  resources.stopPeer = () => {
    peer.stop();
    driver.stop();
  };
  wiring.connect(peer, transports, driver);
  await new Promise<void>((resolve, reject) => {
    peer.start((error) => (error === null ? resolve() : reject(error)));
  });
  poke();
  return {
    parts: { peer, identity, suite, clock, random, log },
    records,
    listening: () => [...tcp.reachableAt(), ...udp.reachableAt()],
    dial: (endpoint) => dial(peer, endpoint, log),
    host: (one) => {
      guest = one;
      for (const { record } of peer.routing.routes()) one.peerReachable(record.id, record.signKey);
      poke();
    },
    poke,
  };
}

function dial(peer: Peer, endpoint: string, log: Log): void {
  try {
    peer.link.addStaticLink(endpoint);
  } catch (error) {
    log.debug("an endpoint of a link is of no use here", { endpoint, why: String(error) });
  }
}
