import { describe, expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { Random } from "../../ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/index.ts";
import { get, pattern, pin, put, STRIPE, unpin } from "../jobs.fixture.ts";
import { LEASE_MS, TRASH_MS } from "../leases/limits.ts";
import { RELEASED_PREFIX } from "../leases/records.ts";
import { rootOf } from "../link.ts";
import { TestNet, type TestPeer } from "../net.fixture.ts";

// Months of a village take a while where other tests run beside them.
vi.setConfig({ testTimeout: 240_000 });

const suite = createNodeSuite();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DATA = pattern(3 * STRIPE);
const SEEDS = [1];
const OPTIONS = {
  stripeBytes: STRIPE,
  healing: {
    deadAfter: { minMs: HOUR_MS, maxMs: HOUR_MS, unknownMs: HOUR_MS },
    watchMs: 12 * HOUR_MS,
  },
};

/** A village in which peers die for good and others come, with an object of its first peer. */
class Town {
  readonly net: TestNet;
  readonly owner: TestPeer;
  readonly link: string;
  readonly root: string;
  readonly #chance: Random;

  constructor(seed: number) {
    this.net = new TestNet({
      suite,
      clock: new ManualClock(),
      random: (label) => testRandom(`${seed} ${label}`),
      identity: (label) => testIdentity(suite, label),
    });
    this.#chance = testRandom(`town ${seed}`);
    this.owner = this.net.add(OPTIONS);
    this.net.addMany(12, OPTIONS);
    this.link = put(this.net, this.owner, DATA, { k: 4, n: 10 });
    this.root = rootOf(this.link);
    this.net.settle(HOUR_MS);
  }

  /** Lets days pass; every fifth one a holder that is not spared dies and a newcomer arrives. */
  pass(days: number, spared: readonly TestPeer[] = []): void {
    for (let day = 0; day < days; day++) {
      this.net.settle(DAY_MS);
      if (day % 5 !== 4) continue;
      const holders = this.holders().filter((peer) => !spared.includes(peer));
      const victim = holders[this.#chance.u32() % Math.max(1, holders.length)];
      if (victim !== undefined) this.net.kill(victim);
      this.net.add(OPTIONS);
    }
  }

  holders(): TestPeer[] {
    return this.net.peers.filter((peer) => peer.isUp && peer.fragments(this.root) > 0);
  }

  /** Indices that are on the disks of peers that are up. */
  alive(): number {
    const keys = this.holders().flatMap(({ disk }) => [...disk.records.keys()]);
    return new Set(keys.filter((key) => key.startsWith(`store/fragment/${this.root}/`))).size;
  }

  /** Fragments that were made anew so far, by the dead too. */
  made(): number {
    return this.net.peers.reduce((sum, { store }) => sum + store.usage().healing.made, 0);
  }

  /** Everything on disks that are up which names the object or belongs to it. */
  traces(): string[] {
    return this.net.peers
      .filter(({ isUp }) => isUp)
      .flatMap(({ disk }) => [
        ...disk.blocks.keys(),
        ...[...disk.records.keys()].filter((key) => key.includes(this.root)),
      ])
      .filter((key) => !key.startsWith(RELEASED_PREFIX));
  }

  /** Adds a peer of this name, or starts it again with what is on its disk. */
  start(name: string, before?: TestPeer): TestPeer {
    if (before !== undefined) this.net.kill(before);
    return this.net.add({ ...OPTIONS, identity: testIdentity(suite, name) }, before?.disk);
  }

  cut(peer: TestPeer, isCut: boolean): void {
    for (const other of this.net.peers) {
      if (other === peer || !other.isUp) continue;
      for (const [a, b] of [
        [peer, other],
        [other, peer],
      ] as const) {
        if (isCut) a.hidden.add(b.id);
        else a.hidden.delete(b.id);
        if (isCut) a.store.peerUnreachable(b.id);
        else a.store.peerReachable(b.id);
      }
    }
    if (isCut) peer.session.die();
  }
}

describe.each(SEEDS)("in the village of seed %i", (seed) => {
  test("an object whose owner never comes back is healed for a while, and gone when its lease and the time in the trash are over", () => {
    const town = new Town(seed);
    town.net.kill(town.owner);
    town.pass(LEASE_MS / DAY_MS - 1);
    expect(town.made()).toBeGreaterThan(0);
    expect(town.alive()).toBeGreaterThanOrEqual(7);
    const reader = must(town.net.peers.at(-1), "a newcomer");
    expect(equalBytes(get(town.net, reader, town.link).bytes, DATA)).toBe(true);
    town.net.settle(2 * DAY_MS);
    const made = town.made();
    town.net.settle(TRASH_MS);
    expect(town.traces()).toEqual([]);
    expect(town.made()).toBe(made);
  });

  test("it stays whole for as long as somebody has pinned it, over restarts too", () => {
    const town = new Town(seed);
    let friend = town.start("friend");
    pin(town.net, friend, town.link);
    town.net.settle(DAY_MS);
    town.net.kill(town.owner);
    for (let round = 0; round < 4; round++) {
      town.pass(40, [friend]);
      expect(town.alive()).toBeGreaterThanOrEqual(7);
      friend = town.start("friend", friend);
    }
    expect(equalBytes(get(town.net, friend, town.link).bytes, DATA)).toBe(true);
    unpin(town.net, friend, town.link);
    const made = town.made();
    town.net.settle(LEASE_MS + TRASH_MS + DAY_MS);
    expect(town.made()).toBe(made);
    expect(town.traces()).toEqual([]);
  });

  test("an owner on an island for seven weeks finds it whole, and keeps what was made meanwhile", () => {
    const town = new Town(seed);
    town.cut(town.owner, true);
    town.pass(49, [town.owner]);
    expect(town.made()).toBeGreaterThan(0);
    town.cut(town.owner, false);
    town.pass(2 * 49, [town.owner]);
    expect(town.alive()).toBeGreaterThanOrEqual(7);
    expect(equalBytes(get(town.net, town.owner, town.link).bytes, DATA)).toBe(true);
  });
});

test("a pin by the root alone stays, and what lies here of it is not thrown away", () => {
  const town = new Town(4);
  const holder = must(
    town.holders().find((peer) => peer !== town.owner),
    "a holder",
  );
  pin(town.net, holder, town.root);
  town.net.settle(DAY_MS);
  town.net.kill(town.owner);
  town.net.settle(LEASE_MS + TRASH_MS + DAY_MS);
  expect(holder.fragments(town.root)).toBeGreaterThan(0);
  expect(town.alive()).toBeGreaterThanOrEqual(7);
});
