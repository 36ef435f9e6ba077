import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { testRandom } from "../testing/index.ts";
import { get, health, pattern, put, repair, STRIPE } from "./jobs.fixture.ts";
import { rootOf } from "./link.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";

const SMALL = { stripeBytes: STRIPE };

const loads = (peers: readonly TestPeer[], link: string): number[] =>
  peers.map((peer) => peer.fragments(rootOf(link)));

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** A net of peers with one object spread over all of them. */
function spreadOver(
  count: number,
  size: number,
): {
  net: TestNet;
  peers: TestPeer[];
  first: TestPeer;
  data: Uint8Array;
  link: string;
} {
  const net = makeStoreNet();
  const peers = net.addMany(count, SMALL);
  const first = must(peers[0], "there is a first peer");
  const data = pattern(size);
  const link = put(net, first, data);
  net.settle();
  return { net, peers, first, data, link };
}

describe("spreading", () => {
  test.each([2, 3, 5, 16])("among %i peers each gets its even share, once", (count) => {
    const { peers, link, first } = spreadOver(count, 3 * STRIPE);
    const held = loads(peers, link);
    expect(sum(held)).toBe(40);
    expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
    const known = must(first.store.object(link), "it is listed").health;
    expect(known).toMatchObject({ alive: 40, waiting: 0, holders: count, here: held[0] });
    for (const peer of peers) expect(peer.session.streams.size).toBe(0);
  });

  test("from a disk that is closed meanwhile takes nothing for damaged", () => {
    const warnings: string[] = [];
    const log = { ...SILENT_LOG, warn: (event: string) => void warnings.push(event) };
    const net = makeStoreNet();
    const first = net.add({ ...SMALL, log });
    const link = put(net, first, pattern(60 * STRIPE));
    const second = net.add(SMALL);
    first.disk.readsLeft = 100;
    net.settle(5_000);
    expect(second.disk.blocks.size).toBeGreaterThan(0);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings).not.toContain("fragment damaged");
    const known = must(first.store.object(link), "it is listed").health;
    expect(known.alive).toBe(40);
  });

  test("on a line that costs by the byte nothing moves by itself, in neither direction", () => {
    const net = makeStoreNet();
    const peers = net.addMany(3, SMALL);
    const [first, second, third] = peers.map((peer) => must(peer, "there are three"));
    first?.store.setMetered(true);
    const link = put(net, must(first, "there is a first"), pattern(STRIPE));
    net.settle();
    expect(loads(peers, link)).toEqual([40, 0, 0]);
    second?.store.setMetered(true);
    first?.store.setMetered(false);
    net.settle();
    const [, none, some] = loads(peers, link);
    expect([none, (some ?? 0) > 0]).toEqual([0, true]);
    expect(third?.store.usage().othersBytes).toBeGreaterThan(0);
  });

  test("alone everything waits here, and health says so", () => {
    const { net, first, link } = spreadOver(1, STRIPE);
    const told = health(net, first, link);
    expect(told).toMatchObject({ alive: 40, here: 40, waiting: 40, holders: 1 });
    expect(told.summary).toContain("Only on this computer");
    expect(first.store.object(link)?.health).toEqual(told);
  });

  test("asking for health teaches what holders have lost, and keeps what nobody can tell", () => {
    const { net, peers, first, link } = spreadOver(4, STRIPE);
    const [, forgetful, away] = peers;
    net.kill(must(away, "a peer"));
    const lost = must(forgetful, "a peer").fragments(rootOf(link));
    net.kill(must(forgetful, "a peer"));
    net.add({ ...SMALL, identity: net.kit.identity("peer 1") });
    expect(first.store.object(link)?.health.alive).toBe(40);
    const gone = must(away, "a peer").fragments(rootOf(link));
    expect(health(net, first, link).alive).toBe(40 - lost - gone);
    expect(first.store.object(link)?.health.alive).toBe(40 - lost);
  });

  test("as the neighbourhood grows fragments move on, and the link stays", () => {
    const { net, first, data, link } = spreadOver(1, 5 * STRIPE);
    let before = 40;
    for (let count = 2; count <= 9; count++) {
      net.add(SMALL);
      net.settle();
      const held = loads(net.peers, link);
      expect(sum(held)).toBe(40);
      expect(held[0]).toBeLessThanOrEqual(before);
      before = held[0] ?? 0;
      const last = must(net.peers.at(-1), "there is a last peer");
      expect(equalBytes(get(net, last, link).bytes, data)).toBe(true);
    }
    expect(before).toBeLessThanOrEqual(Math.ceil(40 / 5));
    expect(Math.max(...loads(net.peers, link))).toBeLessThanOrEqual(20);
    expect(first.store.counters().movedFragments).toBe(40 - before);
  });

  test("a peer that comes and goes moves nothing", () => {
    const { net, peers, link, first } = spreadOver(4, STRIPE);
    const held = loads(peers, link);
    const flapping = must(peers[2], "there is a third peer");
    for (let i = 0; i < 3; i++) {
      flapping.isUp = false;
      for (const other of net.peers) if (other.isUp) other.store.peerUnreachable(flapping.id);
      net.settle();
      flapping.isUp = true;
      for (const other of net.peers) other.store.peerReachable(flapping.id);
      net.settle();
    }
    expect(loads(peers, link)).toEqual(held);
    expect(first.store.object(link)?.health.waiting).toBe(0);
  });

  test("objects that find all streams taken by others get their turn", () => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const links = Array.from({ length: 6 }, () => put(net, first, pattern(STRIPE)));
    net.addMany(7, SMALL);
    net.settle();
    const waiting = links.map((link) => first.store.object(link)?.health.waiting);
    expect(waiting).toEqual(links.map(() => 0));
  });

  test("a full peer is passed over and the next one gets its share", () => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const full = net.add({ ...SMALL, quotaBytes: 0 });
    const others = net.addMany(2, SMALL);
    const link = put(net, first, pattern(2 * STRIPE));
    net.settle();
    expect(full.fragments(rootOf(link))).toBe(0);
    expect(full.store.counters().refusedOffers).toBe(1);
    expect(sum(loads([first, ...others], link))).toBe(40);
    expect(Math.max(...loads(others, link))).toBeLessThanOrEqual(14);
  });

  test("what a holder has stored survives its restart", () => {
    const { net, peers, data, link } = spreadOver(2, 2 * STRIPE);
    const holder = must(peers[1], "there is a holder");
    const held = holder.fragments(rootOf(link));
    net.kill(holder);
    const again = net.add({ ...SMALL, identity: net.kit.identity("peer 1") }, holder.disk);
    expect(again.store.usage().fragmentCount).toBe(held);
    expect(equalBytes(get(net, again, link).bytes, data)).toBe(true);
  });
});

describe("reading when peers are gone", () => {
  test.each([1, 2, 3, 4])("any n-k fragments may be lost, seed %i", (seed) => {
    const { net, peers, data, link } = spreadOver(16, 4 * STRIPE + 9);
    const random = testRandom(seed);
    const reader = must(peers[random.u32() % 16], "there is a reader");
    let lost = 0;
    for (;;) {
      const alive = peers.filter((peer) => peer.isUp && peer !== reader);
      const victim = must(alive[random.u32() % alive.length], "somebody is left");
      const held = victim.fragments(rootOf(link));
      if (lost + held > 20) break;
      net.kill(victim);
      lost += held;
    }
    expect(lost).toBeGreaterThan(17);
    const got = get(net, reader, link);
    expect(got.error).toBeUndefined();
    expect(equalBytes(got.bytes, data)).toBe(true);
  });

  test("exactly k fragments are enough; one less is an error that counts them", () => {
    const { net, peers, data, link, first } = spreadOver(8, 2 * STRIPE);
    for (const peer of peers.slice(4)) net.kill(peer);
    expect(sum(loads(peers.slice(0, 4), link))).toBe(20);
    expect(equalBytes(get(net, first, link).bytes, data)).toBe(true);
    // One fragment more goes: its blocks rot away on the first peer.
    const key = must([...first.disk.blocks.keys()][0], "it has a block");
    first.disk.blocks.delete(key);
    const before = net.kit.clock.monotonicMs();
    const { error, bytes } = get(net, first, link);
    expect(error?.code).toBe("not-enough-fragments");
    expect(error?.counts?.needed).toBe(20);
    expect(bytes.length).toBeLessThan(data.length);
    expect(net.kit.clock.monotonicMs() - before).toBeGreaterThanOrEqual(15_000);
  });

  test("with 19 fragments the error says 19 of 20", () => {
    const { net, peers, link } = spreadOver(40, STRIPE);
    for (const peer of peers.slice(19)) net.kill(peer);
    const { error } = get(net, must(peers[0], "a reader"), link);
    expect(error?.code).toBe("not-enough-fragments");
    expect(error?.counts).toEqual({ found: 19, needed: 20 });
    expect(error?.message).toContain("19 of the 20");
  });

  test("a get that lacks fragments goes on when a peer comes back in time", () => {
    const { net, peers, data, link, first } = spreadOver(4, STRIPE);
    const [, second, third] = peers;
    for (const peer of [second, third]) {
      must(peer, "a peer").isUp = false;
      first.store.peerUnreachable(must(peer, "a peer").id);
    }
    let isDone = false;
    const parts: Uint8Array[] = [];
    first.store.get(link, {
      onBytes: (bytes) => parts.push(bytes.slice()),
      onDone: () => {
        isDone = true;
      },
      onError: (error) => {
        throw error;
      },
    });
    const isEarly = net.until(() => isDone, 14_000);
    if (!isEarly) {
      must(second, "a peer").isUp = true;
      first.store.peerReachable(must(second, "a peer").id);
    }
    expect(isEarly || net.until(() => isDone, 10_000)).toBe(true);
    expect(equalBytes(must(parts[0], "bytes"), data)).toBe(true);
  });

  test("a silent holder is left and others are asked", () => {
    const { net, peers, data, link } = spreadOver(6, 6 * STRIPE);
    const reader = must(peers[5], "a reader");
    must(peers[1], "a holder").session.isSilent = true;
    must(peers[2], "a holder").session.isSilent = true;
    expect(equalBytes(get(net, reader, link).bytes, data)).toBe(true);
  });

  test("a corrupted shard is noticed, its holder left, and the object still whole", () => {
    const { net, peers, data, link } = spreadOver(5, 8 * STRIPE);
    const liar = must(peers[1], "a holder");
    for (const block of liar.disk.blocks.values()) block[3] = (block[3] ?? 0) ^ 1;
    const reader = net.add(SMALL);
    const got = get(net, reader, link);
    expect(got.error).toBeUndefined();
    expect(equalBytes(got.bytes, data)).toBe(true);
    expect(reader.store.counters().badShards).toBe(1);
  });

  test("a link with another key is refused as such", () => {
    const { net, first, link } = spreadOver(1, STRIPE);
    const at = "peernet:object/".length + 10;
    const swapped = link[at] === "a" ? "b" : "a";
    const { error } = get(net, first, link.slice(0, at) + swapped + link.slice(at + 1));
    expect(error?.code).toBe("wrong-key");
  });
});

describe("repair", () => {
  test("a stranger with only the root brings back all n fragments", () => {
    const { net, peers, data, link } = spreadOver(10, 5 * STRIPE + 1);
    for (const peer of peers.slice(5)) net.kill(peer);
    expect(sum(loads(peers.slice(0, 5), link))).toBe(20);
    const stranger = net.add(SMALL);
    const { created, error } = repair(net, stranger, rootOf(link));
    expect(error).toBeUndefined();
    expect(created).toHaveLength(20);
    expect(stranger.store.list()).toEqual([]);
    net.settle(60_000);
    const alive = net.peers.filter((peer) => peer.isUp);
    expect(sum(loads(alive, link))).toBe(40);
    expect(Math.max(...loads(alive, link))).toBe(7);
    expect(health(net, stranger, rootOf(link))).toMatchObject({ alive: 40, holders: 6 });
    for (const peer of peers.slice(3, 5)) net.kill(peer);
    expect(equalBytes(get(net, stranger, link).bytes, data)).toBe(true);
  });

  test("waits for no peer that is silent, and does not count what it may have", () => {
    const { net, peers, data, link } = spreadOver(5, 2 * STRIPE);
    must(peers[1], "a peer").session.isSilent = true;
    net.kill(must(peers[2], "a peer"));
    const healer = net.add(SMALL);
    const { created, error } = repair(net, healer, rootOf(link));
    expect(error).toBeUndefined();
    expect(created).toHaveLength(16);
    expect(equalBytes(get(net, healer, link).bytes, data)).toBe(true);
  });

  test("a whole object needs nothing", () => {
    const { net, first, link } = spreadOver(3, STRIPE);
    expect(repair(net, first, link).created).toEqual([]);
  });

  test("with too few fragments it says so and leaves nothing behind", () => {
    const { net, peers, link } = spreadOver(40, STRIPE);
    for (const peer of peers.slice(19)) net.kill(peer);
    const healer = net.add(SMALL);
    const { error } = repair(net, healer, rootOf(link));
    expect(error?.code).toBe("not-enough-fragments");
    expect(healer.disk.blocks.size).toBe(0);
  });
});
