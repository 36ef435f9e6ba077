import type { CryptoSuite } from "../../crypto/index.ts";
import {
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
  peerIdToBytes,
} from "../../identity/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import type { PathPort } from "../path-types.ts";
import type { RoutingStats } from "../stats.ts";
import { Directory } from "./directory.ts";
import { Landmarks } from "./landmarks.ts";
import { LocatedPeers, type LocatedWay } from "./located.ts";
import { LocatorStore } from "./locator-store.ts";
import { Lookups } from "./lookups.ts";
import { Publisher } from "./publisher.ts";
import type { Vicinity } from "./vicinity.ts";

/** What is needed to be found, and to find others, beyond the vicinity. */
export interface FarOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly stats: RoutingStats;
  readonly vicinity: Vicinity;
  readonly landmarksMax: number;
  readonly ownRecord: () => PeerRecord;
  readonly isBeyondVicinity: () => boolean;
  readonly onLocated: (record: PeerRecord) => void;
  readonly echo: PathPort["echo"];
  readonly sendRecorded: PathPort["sendRecorded"];
  /** Sends by one way of a located peer. False: it cannot be used from here. */
  readonly sendBy: (
    way: LocatedWay,
    destination: Uint8Array,
    payload: Uint8Array,
    firstHop?: PeerId,
  ) => boolean;
}

/** Landmarks, locators and lookups: all that is done about peers beyond the vicinity. */
export class Far {
  readonly directory: Directory;
  readonly lookups: Lookups;
  readonly publisher: Publisher;
  readonly store: LocatorStore = new LocatorStore();
  readonly located: LocatedPeers = new LocatedPeers();
  readonly #options: FarOptions;

  constructor(options: FarOptions) {
    const { identity, suite, stats, vicinity, random, clock, landmarksMax } = options;
    const { ownRecord, isBeyondVicinity, onLocated, echo, sendRecorded } = options;
    this.#options = options;
    const self = { id: identity.id, idBytes: peerIdToBytes(identity.id) };
    const { store, located } = this;
    const landmarks = new Landmarks({ suite, self, vicinity, landmarksMax });
    const selfId = self.id;
    this.directory = new Directory({
      ...{ selfId, suite, stats, landmarks, vicinity, store, ownRecord },
    });
    this.lookups = new Lookups({
      ...{ selfId, suite, stats, landmarks, located, store, onLocated },
      random: random.fork("lookups"),
      send: sendRecorded,
    });
    this.publisher = new Publisher({
      ...{ identity, idBytes: self.idBytes, suite, stats, landmarks, vicinity, echo },
      ...{ ownRecord, isBeyondVicinity, send: sendRecorded, random: random.fork("publisher") },
      nowMs: () => clock.monotonicMs(),
      keepOwn: (deposit) => this.directory.keepOwn(deposit, clock.monotonicMs()),
    });
  }

  /** See `PathPort.locate`. */
  locate(to: PeerId, done: (record: PeerRecord | undefined) => void): void {
    const nowMs = this.#nowMs();
    const { vicinity, identity, isBeyondVicinity } = this.#options;
    const near = vicinity.get(to);
    const known = this.located.get(to, nowMs);
    if (near?.selected !== undefined && near.record !== undefined) done(near.record);
    else if (to === identity.id || !isBeyondVicinity()) done(undefined);
    else if (known !== undefined && !known.exhausted) done(known.record);
    else this.lookups.start(to, done, nowMs);
  }

  /** The record of a peer that was located. */
  record(id: PeerId): PeerRecord | undefined {
    return this.located.get(id, this.#nowMs())?.record;
  }

  /**
   * Sends to a located peer over the landmark that serves it, beginning with `firstHop` where that
   * is given. False: none does.
   */
  send(to: PeerId, payload: Uint8Array, firstHop?: PeerId): boolean {
    const nowMs = this.#nowMs();
    const destination = peerIdToBytes(to);
    const ways = this.located.waysOf(to, nowMs);
    const skipped = ways.findIndex((way) => {
      return this.#options.sendBy(way, destination, payload, firstHop);
    });
    if (ways.length > 0) this.located.used(to, skipped < 0 ? ways.length : skipped, nowMs);
    // No way leads there: other landmarks are asked, so that a later packet may come through.
    if (this.located.takesAsking(to, nowMs)) this.lookups.start(to, () => {}, nowMs);
    return skipped >= 0;
  }

  nextDeadlineMs(): number {
    const nowMs = this.#nowMs();
    return Math.min(this.lookups.nextDeadlineMs(), this.publisher.nextDeadlineMs(nowMs));
  }

  tick(): void {
    const nowMs = this.#nowMs();
    this.lookups.tick(nowMs);
    this.publisher.tick(nowMs);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
