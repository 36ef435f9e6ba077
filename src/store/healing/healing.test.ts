import { describe, expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { equalBytes, fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/index.ts";
import { SERVICE } from "../channel.ts";
import { get, health, pattern, put, STRIPE } from "../jobs.fixture.ts";
import { locateIdOf } from "../link.ts";
import { decodeMessage, encodeMessage, PROTOCOL_VERSION, type StoreMessage } from "../messages.ts";
import type { TestPeer } from "../net.fixture.ts";
import { decodeObject, OBJECT_PREFIX } from "../records.ts";
import { BRISK, Village, type VillageOptions } from "./village.fixture.ts";

// Dozens of peers take a while where other tests run beside them.
vi.setConfig({ testTimeout: 240_000 });

const MINUTE = 60_000;
const suite = createNodeSuite();
/** Stripes of a size at which leaf lists weigh little, and an object of many of them. */
const LARGE = { sizeBytes: 20 * 65_536, store: { stripeBytes: 65_536 } };

function makeVillage(options?: VillageOptions): Village {
  const kit = {
    suite,
    clock: new ManualClock(),
    random: testRandom,
    identity: (label: string) => testIdentity(suite, label),
  };
  return new Village(kit, options);
}

/** Object records on the disks of peers that are up, the first one's left out. */
function objectRecords(village: Village): { peer: TestPeer; readKey: Uint8Array | undefined }[] {
  return village.peers.slice(1).flatMap((peer) => {
    const found = peer.isUp ? [...peer.disk.records] : [];
    return found
      .filter(([key]) => key.startsWith(OBJECT_PREFIX))
      .map(([, value]) => ({ peer, readKey: decodeObject(village.root, value).readKey }));
  });
}

/** Bytes that are sent in a minute in which nothing happens. */
function idleBytes(village: Village): number {
  village.net.settle(MINUTE);
  village.sentBytes = 0;
  village.net.settle(MINUTE);
  return village.sentBytes;
}

describe("holders that die", () => {
  test("a quarter: strangers make all fragments again, for 1.6 times the object at most", () => {
    const village = makeVillage({ ...LARGE, healing: { ...BRISK, watchMs: 600_000 } });
    const idle = idleBytes(village);
    // The only one that could read the object is gone, too.
    village.net.kill(village.first);
    village.kill(9);
    village.sentBytes = 0;
    expect(village.alive().length).toBeLessThanOrEqual(30);
    expect(village.waitFor(() => village.alive().length === 40, MINUTE)).toBe(true);
    village.net.settle(MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, failed: 0 });
    expect(village.sentBytes - 2 * idle).toBeLessThan(1.6 * village.data.length);
    const agents = village.peers.filter(({ store }) => store.usage().healing.made > 0);
    expect(agents).toHaveLength(1);
    expect(objectRecords(village)).toEqual([]);
    const reader = must(village.holders().at(-1), "somebody is left");
    expect(equalBytes(get(village.net, reader, village.link).bytes, village.data)).toBe(true);
  });

  test("fewer than half of the spare ones: nothing happens, until one more dies", () => {
    const village = makeVillage();
    while (village.alive().length > 31) village.kill(1);
    village.net.settle(10 * MINUTE);
    expect(village.alive()).toHaveLength(31);
    expect(village.healed()).toEqual({ healed: 0, made: 0, failed: 0 });
    village.kill(1);
    village.net.settle(MINUTE);
    expect(village.alive()).toHaveLength(40);
    expect(village.healed()).toMatchObject({ healed: 1, failed: 0 });
  });

  test("so many that nobody can make them: agents try again, ever more seldom, and lose nothing", () => {
    const village = makeVillage({ healing: { ...BRISK, retryMs: 30_000 } });
    const back = village.kill(25);
    village.net.kill(village.first);
    village.net.settle(5 * MINUTE);
    const { made, failed } = village.healed();
    expect(made).toBe(0);
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThan(8 * village.holders().length);
    expect(back.length).toBe(25);
  });

  test("a budget bounds what is moved in an hour", () => {
    const healing = { ...BRISK, bytesPerHour: 100_000 };
    const village = makeVillage({ peers: 12, code: { k: 4, n: 10 }, healing });
    for (let more = 1; more <= 2; more++) {
      put(village.net, village.first, pattern(40 * STRIPE + more), { k: 4, n: 10 });
    }
    village.net.settle(MINUTE);
    village.kill(4);
    village.net.settle(10 * MINUTE);
    // One of them is more than the budget of an hour: nobody heals two.
    for (const { store } of village.peers) {
      expect(store.usage().healing.healed).toBeLessThanOrEqual(1);
    }
    expect(village.healed().healed).toBeGreaterThanOrEqual(1);
    expect(village.alive()).toHaveLength(10);
  });

  test("an agent without room for what it would make leaves it to others", () => {
    const village = makeVillage({ store: { quotaBytes: 20_000 } });
    village.kill(10);
    village.net.settle(5 * MINUTE);
    expect(village.healed().made).toBe(0);
    expect(village.healed().failed).toBeGreaterThan(0);
    for (const peer of village.peers.slice(1)) expect(peer.disk.usedBytes()).toBeLessThan(20_000);
  });

  test("an object of before the restart is watched after it", () => {
    const village = makeVillage();
    const disks = village.peers.map(({ disk }) => disk);
    for (const peer of village.peers) village.net.kill(peer);
    const again = disks.slice(0, 28).map((disk, place) => {
      const identity = testIdentity(suite, `peer ${place}`);
      return village.net.add({ identity, stripeBytes: STRIPE, healing: BRISK }, disk);
    });
    village.net.settle(2 * MINUTE);
    const made = again.reduce((sum, { store }) => sum + store.usage().healing.made, 0);
    expect(made).toBeGreaterThanOrEqual(12);
    expect(health(village.net, must(again[0], "a peer"), village.root).alive).toBe(40);
  });
});

describe("peers that come and go", () => {
  test("absences shorter than the timeout move nothing", () => {
    const village = makeVillage();
    const some = village.holders().slice(0, 15);
    for (let round = 0; round < 6; round++) {
      village.part(some);
      village.net.settle(8_000);
      village.join(some);
      village.net.settle(20_000);
    }
    expect(village.healed()).toEqual({ healed: 0, made: 0, failed: 0 });
    expect(village.net.peers.every((peer) => peer.fragments(village.root) <= 1)).toBe(true);
  });

  test("who is away long and often is waited for longer, once that is known", () => {
    const deadAfter = { minMs: 10_000, maxMs: 600_000, unknownMs: 60_000 };
    const village = makeVillage({ healing: { ...BRISK, deadAfter } });
    const some = village.holders().slice(0, 15);
    for (let round = 0; round < 4; round++) {
      village.part(some);
      village.net.settle(50_000);
      village.join(some);
      village.net.settle(20_000);
    }
    expect(village.healed()).toEqual({ healed: 0, made: 0, failed: 0 });
    // Without what was learned this would be too long.
    village.part(some);
    village.net.settle(100_000);
    expect(village.healed()).toEqual({ healed: 0, made: 0, failed: 0 });
    village.net.settle(60_000);
    expect(village.healed().made).toBe(15);
  });

  test("a part that was cut off for long: its fragments count again, and nothing more moves", () => {
    const village = makeVillage({ sizeBytes: 64 * STRIPE });
    const some = village.holders().slice(0, 12);
    village.part(some);
    village.net.settle(5 * MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, made: 12 });
    const idle = idleBytes(village);
    village.sentBytes = 0;
    village.join(some);
    village.net.settle(MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, made: 12 });
    expect(village.sentBytes).toBeLessThan(2 * idle + village.data.length / 4);
    const copies = village.peers.reduce((sum, peer) => sum + peer.fragments(village.root), 0);
    expect(copies).toBe(52);
    // Those that are there twice: as many may die anew without anything being made.
    for (const peer of some) village.net.kill(peer);
    village.net.settle(5 * MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, made: 12 });
    expect(village.alive()).toHaveLength(40);
  });
});

describe("several agents", () => {
  test("all at once: they agree on one", () => {
    const village = makeVillage({ ...LARGE, healing: { ...BRISK, turnMs: 0, watchMs: 600_000 } });
    for (const { store } of village.peers.slice(14)) store.setMetered(true);
    const idle = idleBytes(village);
    village.kill(10);
    village.sentBytes = 0;
    expect(village.waitFor(() => village.alive().length === 40, MINUTE)).toBe(true);
    village.net.settle(MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, made: 10 });
    expect(village.sentBytes - 2 * idle).toBeLessThan(1.6 * village.data.length);
  });

  test("one that dies at work is followed by the next one", () => {
    const village = makeVillage();
    village.kill(10);
    const atWork = (): TestPeer | undefined =>
      village.peers.find(({ isUp, progress }) => isUp && progress.at(-1)?.kind === "repair");
    // Looked at after every step: in a network without delays it is over in an instant.
    expect(village.net.until(() => atWork() !== undefined, MINUTE)).toBe(true);
    village.net.kill(must(atWork(), "somebody heals"));
    expect(village.alive().length).toBeLessThanOrEqual(30);
    // What the agent itself held is not given up yet when the next one begins.
    expect(village.waitFor(() => village.alive().length >= 39, MINUTE)).toBe(true);
    village.net.settle(MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, failed: 0 });
  });

  test("on a line that costs by the byte nobody heals; the others do", () => {
    const village = makeVillage();
    for (const { store } of village.peers) store.setMetered(true);
    village.kill(10);
    village.net.settle(5 * MINUTE);
    expect(village.healed()).toEqual({ healed: 0, made: 0, failed: 0 });
    for (const { store } of village.peers.slice(0, 30)) store.setMetered(false);
    village.net.settle(2 * MINUTE);
    expect(village.healed()).toMatchObject({ healed: 1, made: 10 });
    expect(village.peers.slice(30).every(({ store }) => store.usage().healing.made === 0)).toBe(
      true,
    );
  });
});

describe("peers that lie", () => {
  const ALL = Array.from({ length: 40 }, (_, index) => index);

  /** What a peer sends that says it has all fragments of whatever it is asked about. */
  function lie(bytes: Uint8Array): Uint8Array {
    const { byteOffset, length } = bytes;
    if (length < 5 || new DataView(bytes.buffer, byteOffset).getUint32(0) !== length - 4)
      return bytes;
    const message = decodeMessage(bytes.subarray(4));
    if (message.t === "found") return encodeMessage({ t: "found", indices: ALL });
    if (message.t === "watch") {
      const entries = message.entries.map((entry) => ({ ...entry, indices: ALL }));
      return encodeMessage({ ...message, entries });
    }
    if (message.t !== "common") return bytes;
    const entries = message.entries.map((entry) => ({ ...entry, indices: ALL }));
    return encodeMessage({ ...message, entries });
  }

  test("who says that it has everything counts until it is caught, and then no longer", () => {
    const caught = new Set<string>();
    const honesty = { honesty: (peer: string) => (caught.has(peer) ? 0 : 1) };
    const village = makeVillage({ store: { facts: honesty } });
    const liar = must(village.holders().at(-1), "there is a holder");
    liar.session.tamper = lie;
    village.net.settle(MINUTE);
    liar.store.setMetered(true);
    village.kill(12);
    village.net.settle(MINUTE);
    expect(village.alive()).toHaveLength(28);
    caught.add(liar.id);
    village.net.settle(MINUTE);
    expect(village.alive()).toHaveLength(40);
    expect(village.healed()).toMatchObject({ healed: 1, made: 13 });
  });

  test("who says without end that it heals is waited for once", () => {
    const village = makeVillage();
    const liar = must(village.holders().at(-1), "there is a holder");
    const locateId = locateIdOf(village.net.kit.suite, must(fromHex(village.root), "a root"));
    const claim = { t: "claim", locateId, state: "begins", seconds: 60, placed: [] } as const;
    liar.store.setMetered(true);
    village.kill(10);
    for (let seconds = 0; seconds < 240; seconds += 10) {
      for (const peer of village.peers) {
        if (peer.isUp && peer !== liar) tell(liar, peer, claim);
      }
      village.net.settle(10_000);
      if (seconds < 50) expect(village.alive()).toHaveLength(30);
    }
    expect(village.alive()).toHaveLength(40);
    expect(village.healed()).toMatchObject({ healed: 1, made: 10 });
  });

  test("who says that all is done, and it is not, delays it by one question at most", () => {
    const village = makeVillage();
    const liar = must(village.holders().at(-1), "there is a holder");
    const locateId = locateIdOf(village.net.kit.suite, must(fromHex(village.root), "a root"));
    liar.store.setMetered(true);
    village.kill(10);
    const placed = ALL.map((index) => ({ index, peer: liar.id }));
    for (const peer of village.peers) {
      if (!peer.isUp || peer === liar) continue;
      tell(liar, peer, { t: "claim", locateId, state: "begins", seconds: 60, placed: [] });
      tell(liar, peer, { t: "claim", locateId, state: "done", seconds: 0, placed });
    }
    village.net.settle(3 * MINUTE);
    expect(village.alive()).toHaveLength(40);
    expect(village.healed()).toMatchObject({ healed: 1 });
  });
});

/** Says something to another peer's store. */
function tell(from: TestPeer, to: TestPeer, message: StoreMessage): void {
  const ignore = { onData: () => {}, onEnd: () => {}, onDrain: () => {}, onClose: () => {} };
  const stream = must(from.session.openStream(to.id, SERVICE, ignore), "a stream");
  stream.write(Uint8Array.of(PROTOCOL_VERSION));
  stream.write(encodeMessage(message));
  stream.end();
}
