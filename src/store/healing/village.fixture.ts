import { must } from "../../base/errors.ts";
import { pattern, put, STRIPE, type TestPut } from "../jobs.fixture.ts";
import { rootOf } from "../link.ts";
import { type TestKit, TestNet, type TestPeer } from "../net.fixture.ts";
import type { StoreOptions } from "../options.ts";
import type { HealingOptions } from "./types.ts";

/** Times in which tests need not wait long. */
export const BRISK: HealingOptions = {
  deadAfter: { minMs: 10_000, maxMs: 10_000, unknownMs: 10_000 },
  watchMs: 120_000,
  watchFirstMs: 1_000,
  turnMs: 2_000,
  claimMs: 20_000,
  retryMs: 5_000,
};

/** How a village is made. */
export interface VillageOptions {
  readonly peers?: number;
  readonly sizeBytes?: number;
  readonly code?: TestPut;
  readonly healing?: HealingOptions;
  readonly store?: Partial<StoreOptions>;
}

/** Peers that all see each other, and an object of the first one that lies with all of them. */
export class Village {
  readonly net: TestNet;
  readonly peers: readonly TestPeer[];
  readonly data: Uint8Array;
  readonly link: string;
  readonly root: string;
  /** Bytes that any peer has sent. */
  sentBytes = 0;

  constructor(kit: TestKit, options: VillageOptions = {}) {
    const { peers = 41, sizeBytes = 40 * STRIPE, code, healing = BRISK } = options;
    this.net = new TestNet(kit);
    this.peers = this.net.addMany(peers, { stripeBytes: STRIPE, healing, ...options.store });
    for (const { session } of this.peers) {
      session.tamper = (bytes) => {
        this.sentBytes += bytes.length;
        return bytes;
      };
    }
    this.data = pattern(sizeBytes);
    this.link = put(this.net, this.first, this.data, code);
    this.root = rootOf(this.link);
    this.net.settle(60_000);
  }

  get first(): TestPeer {
    return must(this.peers[0], "there is a first peer");
  }

  /** Peers that are up, hold something and are not the first one. */
  holders(): TestPeer[] {
    return this.peers.filter(
      (peer) => peer !== this.first && peer.isUp && peer.fragments(this.root) > 0,
    );
  }

  /** Indices that are with peers that are up, whenever they came, each once. */
  alive(): number[] {
    const found = new Set<number>();
    const prefix = `store/fragment/${this.root}/`;
    for (const { disk, isUp } of this.net.peers) {
      if (!isUp) continue;
      for (const key of disk.records.keys()) {
        if (key.startsWith(prefix)) found.add(Number(key.slice(prefix.length)));
      }
    }
    return [...found];
  }

  /** Objects that were healed by all peers together, and fragments that were made. */
  healed(): { healed: number; made: number; failed: number } {
    const sums = { healed: 0, made: 0, failed: 0 };
    for (const { store, isUp } of this.peers) {
      if (!isUp) continue;
      const { healed, made, failed } = store.usage().healing;
      sums.healed += healed;
      sums.made += made;
      sums.failed += failed;
    }
    return sums;
  }

  /** Lets time pass until the condition holds; looks four times a second. False: not in time. */
  waitFor(condition: () => boolean, maxMs: number): boolean {
    for (let passedMs = 0; passedMs < maxMs; passedMs += 250) {
      if (condition()) return true;
      this.net.settle(250);
    }
    return condition();
  }

  /** Kills so many holders; what they held is gone. */
  kill(count: number): TestPeer[] {
    const victims = this.holders().slice(0, count);
    for (const victim of victims) this.net.kill(victim);
    return victims;
  }

  /** Cuts peers off from all others; both sides go on. */
  part(some: readonly TestPeer[]): void {
    for (const one of some) {
      for (const other of this.peers) {
        if (some.includes(other)) continue;
        one.hidden.add(other.id);
        other.hidden.add(one.id);
      }
      one.session.die();
    }
    this.#tellAcross(some, (one, other) => one.store.peerUnreachable(other.id));
  }

  /** Joins them again. */
  join(some: readonly TestPeer[]): void {
    for (const peer of this.peers) peer.hidden.clear();
    this.#tellAcross(some, (one, other) => one.store.peerReachable(other.id));
  }

  #tellAcross(some: readonly TestPeer[], tell: (one: TestPeer, other: TestPeer) => void): void {
    for (const one of some) {
      for (const other of this.peers) {
        if (some.includes(other) || !one.isUp || !other.isUp) continue;
        tell(one, other);
        tell(other, one);
      }
    }
  }
}
