import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { get, health, pattern, put, STRIPE, tryPut, unpin } from "./jobs.fixture.ts";
import { TRASH_MS } from "./leases/limits.ts";
import { parseObjectLink, rootOf } from "./link.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";
import type { PutOptions } from "./types.ts";

const DAY_MS = 86_400_000;
/** What was kept for both goes by way of the trash. */
const AFTER_ALL_MS = TRASH_MS + 3 * DAY_MS;

const seedOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const contentOf = (byte: number): { more: Partial<PutOptions> } => ({
  more: { contentSeed: seedOf(byte) },
});

function neighbours(count: number): {
  net: TestNet;
  peers: TestPeer[];
  one: TestPeer;
  two: TestPeer;
} {
  const net = makeStoreNet();
  const peers = net.addMany(count, { stripeBytes: STRIPE });
  const [one, two] = [must(peers[0], "a first"), must(peers[1], "a second")];
  return { net, peers, one, two };
}

const held = (peers: readonly TestPeer[], link: string): number =>
  peers.reduce((sum, peer) => sum + peer.fragments(rootOf(link)), 0);

describe("an object whose key is made of its content", () => {
  test("is the same whoever puts it, whatever it is called, and reads as any other", () => {
    const { net, one, two } = neighbours(2);
    const data = pattern(5 * STRIPE + 7);
    const first = put(net, one, data, contentOf(1));
    const second = put(net, two, data, {
      more: { name: "other", ...contentOf(1).more },
      piece: 999,
    });
    expect(second).toBe(first);
    expect(one.store.object(first)?.name).toBe("thing.bin");
    expect(two.store.object(first)?.name).toBe("other");
    net.settle();
    expect(equalBytes(get(net, two, first).bytes, data)).toBe(true);
  });

  test("has another key for another seed, another stripe, and by chance without one", () => {
    const { net, one } = neighbours(2);
    const data = pattern(STRIPE);
    const links = [contentOf(1), contentOf(2), {}, {}].map((how) => put(net, one, data, how));
    expect(new Set(links.map(rootOf)).size).toBe(4);
    const others = makeStoreNet();
    const far = put(others, others.add({ stripeBytes: 2 * STRIPE }), data, contentOf(1));
    expect(parseObjectLink(far).readKey).not.toEqual(parseObjectLink(links[0] ?? "").readKey);
  });

  test("takes neither layers nor a code or a type of its own", () => {
    const { net, one } = neighbours(2);
    for (const odd of [
      { k: 2, n: 4 },
      { mediaType: "text/plain" },
      { profile: "rich" },
      { layers: [{ k: 20, role: "body", sizeBytes: undefined }] },
    ] as const) {
      const more: Partial<PutOptions> = { ...odd, ...contentOf(1).more };
      expect(() => tryPut(net, one, pattern(9), { more })).toThrow("of its own");
    }
  });
});

describe("what two devices have put", () => {
  test.each([2, 3, 6])("among %i peers is there once, and each can let go alone", (count) => {
    const { net, peers, one, two } = neighbours(count);
    const data = pattern(4 * STRIPE);
    const link = put(net, one, data, contentOf(1));
    net.settle();
    expect(held(peers, link)).toBe(40);
    expect(put(net, two, data, contentOf(1))).toBe(link);
    net.settle();
    // What the first one keeps for itself is placed otherwise by the second: a tenth more at most.
    expect(held(peers, link)).toBeLessThanOrEqual(44);
    for (const peer of [one, two]) {
      expect(health(net, peer, link)).toMatchObject({ alive: 40, waiting: 0 });
    }
    unpin(net, one, link);
    net.settle(2 * DAY_MS);
    expect(equalBytes(get(net, two, link).bytes, data)).toBe(true);
    expect(health(net, two, link).alive).toBe(40);
    unpin(net, two, link);
    net.settle(AFTER_ALL_MS);
    expect(held(peers, link)).toBe(0);
  });

  test("and the second lets go first: the first one's stays", () => {
    for (const count of [2, 5]) {
      const { net, peers, one, two } = neighbours(count);
      const data = pattern(4 * STRIPE);
      const link = put(net, one, data, contentOf(1));
      net.settle();
      put(net, two, data, contentOf(1));
      net.settle();
      unpin(net, two, link);
      net.settle(2 * DAY_MS);
      expect(equalBytes(get(net, one, link).bytes, data)).toBe(true);
      expect(health(net, one, link).alive).toBe(40);
      unpin(net, one, link);
      net.settle(AFTER_ALL_MS);
      expect(held(peers, link)).toBe(0);
      for (const { disk } of peers) expect(disk.blocks.size).toBe(0);
    }
  });

  test("at the same time, also where both begin before anything is spread", () => {
    const { net, peers, one, two } = neighbours(4);
    const data = pattern(4 * STRIPE);
    const links = [one, two].map((peer) => put(net, peer, data, contentOf(1)));
    expect(new Set(links).size).toBe(1);
    net.settle(3_600_000);
    const link = links[0] ?? "";
    expect(held(peers, link)).toBeLessThanOrEqual(60);
    for (const peer of [one, two]) {
      expect(equalBytes(get(net, peer, link).bytes, data)).toBe(true);
    }
    unpin(net, one, link);
    net.settle(2 * DAY_MS);
    expect(health(net, two, link).alive).toBe(40);
  });
});
