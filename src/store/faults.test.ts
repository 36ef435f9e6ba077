import { describe, expect, test } from "vitest";
import { makeStoreNet, restartStore } from "../../test/support/store-net.ts";
import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { TestDisk } from "./disk.fixture.ts";
import { get, pattern, put, repair, STRIPE, tryPut } from "./jobs.fixture.ts";
import { PUT_STRIPES_FLYING, PUT_STRIPES_REFUSED, READ_AHEAD_STRIPES } from "./limits.ts";
import { rootOf } from "./link.ts";
import type { TestPeer } from "./net.fixture.ts";

const SMALL = { stripeBytes: STRIPE };
const CODE = { k: 2, n: 4 };

/** Bytes of the shards of all fragments that a disk has records of. */
function shardBytesOf(peer: TestPeer): number {
  const leaves = [...peer.disk.records].filter(([key]) => key.startsWith("store/leaves/"));
  const leafBytes = leaves.reduce((all, [, value]) => all + value.length - 1, 0);
  return peer.store.usage().usedBytes - leafBytes;
}

describe("a full disk", () => {
  test("ends a put with a typed error, and everything of it goes", () => {
    const net = makeStoreNet();
    const disk = new TestDisk();
    const peer = net.add(SMALL, disk);
    const kept = pattern(2 * STRIPE);
    const link = put(net, peer, kept);
    const before = disk.usedBytes();
    disk.capacityBytes = before + 5 * STRIPE;
    const { error, link: none } = tryPut(net, peer, pattern(20 * STRIPE));
    expect(none).toBeUndefined();
    expect(error?.code).toBe("disk-full");
    expect(error?.message).toContain("free some space");
    net.settle();
    expect(disk.usedBytes()).toBe(before);
    expect(peer.store.list()).toHaveLength(1);
    expect(equalBytes(get(net, peer, link).bytes, kept)).toBe(true);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(tryPut(net, peer, kept).error).toBeUndefined();
  });

  test("at a holder: the fragments stay here, nothing half remains there", () => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const disk = new TestDisk();
    disk.capacityBytes = STRIPE;
    const holder = net.add(SMALL, disk);
    const data = pattern(4 * STRIPE);
    const link = put(net, first, data);
    net.settle(30_000);
    expect(first.fragments(rootOf(link)) + holder.fragments(rootOf(link))).toBe(40);
    expect(disk.usedBytes()).toBe(shardBytesOf(holder));
    expect(equalBytes(get(net, first, link).bytes, data)).toBe(true);
  });

  test("during a repair: an error, and nothing remains", () => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const link = put(net, first, pattern(4 * STRIPE));
    net.add(SMALL);
    net.settle();
    net.kill(first);
    const disk = new TestDisk();
    disk.capacityBytes = STRIPE;
    const healer = net.add(SMALL, disk);
    expect(repair(net, healer, link).error?.code).toBe("disk-full");
    net.settle();
    expect(disk.usedBytes()).toBe(0);
  });
});

describe("the quota of a holder", () => {
  // Two fragments of one object, each of one shard of 16 bytes and one leaf hash, may use half.
  const share = 2 * (16 + 32);

  test.each([
    [2 * share, 2],
    [2 * share - 1, 1],
    [0, 0],
  ])("of %i bytes takes %i fragments of one object", (quotaBytes, taken) => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const holder = net.add({ ...SMALL, quotaBytes });
    const link = put(net, first, pattern(0), CODE);
    net.settle();
    expect(holder.fragments(rootOf(link))).toBe(taken);
    expect(first.fragments(rootOf(link))).toBe(4 - taken);
    expect(holder.store.usage().othersBytes).toBe((taken * share) / 2);
  });

  test("bounds all objects of one peer together, and those of all peers, at the last byte", () => {
    const net = makeStoreNet();
    const holder = net.add({ ...SMALL, quotaBytes: 2 * share });
    const taken = [0, 1].map(() => {
      const owner = net.add(SMALL);
      for (const other of net.peers) if (other !== holder) owner.hidden.add(other.id);
      return [0, 1].map(() => {
        const link = put(net, owner, pattern(0), CODE);
        net.settle();
        return holder.fragments(rootOf(link));
      });
    });
    // Three quarters for one peer, all for all.
    expect(taken).toEqual([
      [2, 1],
      [1, 0],
    ]);
    expect(holder.store.usage().othersBytes).toBe(2 * share);
  });

  test("may change at any time: what is above it stays, and nothing comes until there is room", () => {
    const net = makeStoreNet();
    const first = net.add(SMALL);
    const holder = net.add({ ...SMALL, quotaBytes: 0 });
    const link = put(net, first, pattern(0), CODE);
    net.settle();
    expect(holder.fragments(rootOf(link))).toBe(0);
    holder.store.setQuota(4 * share);
    net.settle(700_000);
    expect(holder.fragments(rootOf(link))).toBe(2);
    expect(holder.store.usage().quotaBytes).toBe(4 * share);
    holder.store.setQuota(1);
    const other = put(net, first, pattern(0), CODE);
    net.settle(700_000);
    expect(holder.fragments(rootOf(other))).toBe(0);
    expect(holder.store.usage()).toMatchObject({ quotaBytes: 1, othersBytes: share });
  });
});

describe("a power cut", () => {
  const data = pattern(2 * STRIPE + 5);

  test.each([false, true])("at any point of a put (last answer lost: %s)", (swallows) => {
    let isAcknowledgedOnce = false;
    for (let cut = 0; !isAcknowledgedOnce; cut++) {
      const net = makeStoreNet();
      const peer = net.add(SMALL);
      peer.disk.operationsLeft = cut;
      peer.disk.swallowsLastAnswer = swallows;
      const { link } = tryPut(net, peer, data, CODE);
      const again = restartStore(net, peer);
      const objects = again.store.list();
      if (link !== undefined) {
        isAcknowledgedOnce = true;
        expect(cut).toBeGreaterThan(12);
        expect(equalBytes(get(net, again, link).bytes, data)).toBe(true);
      }
      for (const object of objects) {
        expect(equalBytes(get(net, again, object.link).bytes, data)).toBe(true);
      }
      expect(again.disk.usedBytes()).toBe(shardBytesOf(again));
      if (objects.length === 0) expect(again.disk.usedBytes()).toBe(0);
    }
  });

  test.each([
    ["publisher", false],
    ["publisher", true],
    ["holder", false],
    ["holder", true],
  ])("of the %s at any point of spreading (last answer lost: %s)", (who, swallows) => {
    let wasCut = true;
    for (let cut = 0; wasCut; cut++) {
      const net = makeStoreNet();
      const first = net.add(SMALL);
      const link = put(net, first, data, CODE);
      const holder = net.add(SMALL);
      const victim = who === "publisher" ? first : holder;
      victim.disk.operationsLeft = cut;
      victim.disk.swallowsLastAnswer = swallows;
      net.settle(5_000);
      wasCut = victim.disk.operationsLeft === 0;
      const again = restartStore(net, victim);
      const both = [victim === first ? holder : first, again];
      const indices = both.flatMap((peer) =>
        [...peer.disk.records.keys()].filter((key) => key.startsWith("store/fragment/")),
      );
      expect(new Set(indices).size).toBe(4);
      net.settle(60_000);
      for (const peer of both) {
        expect(equalBytes(get(net, peer, link).bytes, data)).toBe(true);
        expect(peer.disk.usedBytes()).toBe(shardBytesOf(peer));
      }
      expect(both.map((peer) => peer.fragments(rootOf(link)))).toEqual([2, 2]);
    }
  });
});

describe("memory", () => {
  test("of a large put stays within a few stripes, whatever its size", () => {
    const net = makeStoreNet();
    const peer = net.add();
    const stripe = 1 << 20;
    put(net, peer, pattern(24 * stripe), { piece: stripe / 4 });
    const perStripe = 2.01 * stripe;
    expect(peer.disk.flyingBytesPeak).toBeLessThanOrEqual((PUT_STRIPES_FLYING + 1) * perStripe);
    expect(peer.disk.flyingBytesPeak).toBeGreaterThan(perStripe);
  });

  test("of a put that does not heed back-pressure is bounded by an error", () => {
    const net = makeStoreNet();
    const peer = net.add(SMALL);
    const job = peer.store.beginPut({ name: "x" }, { onDone: () => {}, onError: () => {} });
    const piece = pattern(STRIPE);
    const writeAll = (): void => {
      for (let i = 0; i < PUT_STRIPES_REFUSED + 10; i++) job.write(piece);
    };
    expect(writeAll).toThrowError(expect.objectContaining({ code: "busy" }));
    expect(peer.disk.flyingBytesPeak).toBeLessThan((PUT_STRIPES_REFUSED + 1) * 2.2 * STRIPE);
    job.abort();
    net.settle();
    expect(peer.disk.usedBytes()).toBe(0);
  });

  test("of a paused get stays within the stripes read ahead", () => {
    const net = makeStoreNet();
    const peers = net.addMany(5, SMALL);
    const first = must(peers[0], "a peer");
    const data = pattern(60 * STRIPE);
    const link = put(net, first, data);
    net.settle();
    const reader = net.add(SMALL);
    let sentBytes = 0;
    for (const peer of peers) {
      // Only the get is to be seen here, so nobody spreads to the newcomer.
      peer.hidden.add(reader.id);
      peer.session.tamper = (bytes) => {
        sentBytes += bytes.length;
        return bytes;
      };
    }
    let gotBytes = 0;
    let isDone = false;
    const job = reader.store.get(link, {
      onBytes: (bytes) => {
        gotBytes += bytes.length;
        job.pause();
      },
      onDone: () => {
        isDone = true;
      },
      onError: (error) => {
        throw error;
      },
    });
    net.settle(60_000);
    expect(gotBytes).toBe(STRIPE);
    const leafLists = 40 * 60 * 32;
    expect(sentBytes).toBeLessThan((READ_AHEAD_STRIPES + 1) * 1.2 * STRIPE + leafLists + 4_000);
    while (!isDone) {
      job.resume();
      net.until(() => isDone, 1_000);
    }
    expect(gotBytes).toBe(data.length);
  });
});
