import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { equalBytes } from "../base/bytes.ts";
import { TestDisk } from "./disk.fixture.ts";
import { get, pattern, put, STRIPE, tryPut } from "./jobs.fixture.ts";
import { PUT_JOBS_MAX, READ_JOBS_MAX, STRIPE_BYTES_MIN, STRIPES_MAX } from "./limits.ts";
import { rootOf } from "./link.ts";
import { TestPeer } from "./net.fixture.ts";

const MIB = 1 << 20;
const SMALL = { stripeBytes: STRIPE };

describe("put and get on one peer", () => {
  test.each([0, 1, 63, 64, MIB - 1, MIB, MIB + 1, 5 * MIB])("%i bytes come back", (size) => {
    const net = makeStoreNet();
    const peer = net.add();
    const data = pattern(size);
    const link = put(net, peer, data);
    const got = get(net, peer, link);
    expect(got.error).toBeUndefined();
    const facts = { name: "thing.bin", sizeBytes: size, k: 20, n: 40 };
    expect(got.meta).toMatchObject(facts);
    expect(equalBytes(got.bytes, data)).toBe(true);
    expect(peer.store.list()).toHaveLength(1);
    expect(peer.fragments(rootOf(link))).toBe(40);
  });

  test("an object put in pieces of any size is the same as in one", () => {
    const net = makeStoreNet();
    const peer = net.add({ stripeBytes: STRIPE });
    const data = pattern(5 * STRIPE + 17);
    for (const piece of [1, 100, STRIPE, STRIPE + 1, data.length]) {
      const link = put(net, peer, data, { piece });
      expect(equalBytes(get(net, peer, link).bytes, data)).toBe(true);
    }
  });

  test("small things stay cheap", () => {
    const net = makeStoreNet();
    const peer = net.add();
    put(net, peer, pattern(3));
    const records = [...peer.disk.records.values()].reduce((sum, value) => sum + value.length, 0);
    expect(peer.disk.usedBytes()).toBe(40 * 16);
    expect(records).toBeLessThan(8_000);
  });

  test("every object has its own key: the same bytes twice share nothing", () => {
    const net = makeStoreNet();
    const peer = net.add({ stripeBytes: STRIPE });
    const first = put(net, peer, pattern(STRIPE));
    const second = put(net, peer, pattern(STRIPE));
    expect(first).not.toBe(second);
    const blocks = [...peer.disk.blocks.values()].map((block) => block.join());
    expect(new Set(blocks).size).toBe(blocks.length);
  });

  test("what is here survives a restart", () => {
    const net = makeStoreNet();
    const peer = net.add({ stripeBytes: STRIPE });
    const data = pattern(3 * STRIPE + 5);
    const link = put(net, peer, data);
    const before = peer.store.usage();
    net.kill(peer);
    const again = net.add({ identity: net.kit.identity("peer 0") }, peer.disk);
    expect(again.store.usage()).toEqual(before);
    expect(equalBytes(get(net, again, link).bytes, data)).toBe(true);
  });
});

describe("limits of one store", () => {
  const nothing = { onDone: () => {}, onError: () => {} };
  const code = (name: string): unknown => expect.objectContaining({ code: name });

  test("so many puts at a time, and not one more", () => {
    const net = makeStoreNet();
    const peer = net.add(SMALL);
    const begin = () => peer.store.beginPut({ name: "x" }, nothing);
    const jobs = Array.from({ length: PUT_JOBS_MAX }, begin);
    expect(begin).toThrowError(code("busy"));
    jobs[0]?.abort();
    expect(begin).not.toThrow();
  });

  test("so many reads at a time, and not one more; aborting frees all", () => {
    const net = makeStoreNet();
    const [peer, other] = [net.add(SMALL), net.add(SMALL)];
    const link = put(net, peer, pattern(STRIPE));
    net.settle();
    const begin = () => peer.store.get(link, { ...nothing, onBytes: () => {} });
    const jobs = Array.from({ length: READ_JOBS_MAX }, begin);
    expect(begin).toThrowError(code("busy"));
    expect(() => peer.store.repair(link, nothing)).toThrowError(code("busy"));
    expect(() => peer.store.health(link, () => {})).toThrowError(code("busy"));
    for (const job of jobs) job.abort();
    net.settle(1_000);
    expect(peer.session.streams.size + other.session.streams.size).toBe(0);
    expect(get(net, peer, link).isDone).toBe(true);
  });

  test("the largest object, and one byte more", () => {
    const net = makeStoreNet();
    const peer = net.add({ stripeBytes: STRIPE_BYTES_MIN });
    const data = pattern(STRIPES_MAX * STRIPE_BYTES_MIN + 1);
    const largest = data.subarray(0, -1);
    const single = { k: 1, n: 1, piece: 2 * STRIPE_BYTES_MIN };
    const link = put(net, peer, largest, single);
    expect(equalBytes(get(net, peer, link).bytes, largest)).toBe(true);
    expect(tryPut(net, peer, data, single).error?.code).toBe("too-large");
    net.settle();
    expect(peer.store.list()).toHaveLength(1);
    expect(peer.disk.blocks.size).toBe(STRIPES_MAX);
  });

  test("codes inside and outside the limits", () => {
    const net = makeStoreNet();
    const peer = net.add(SMALL);
    const data = pattern(2 * STRIPE);
    for (const [k, n] of [
      [1, 1],
      [1, 128],
      [64, 128],
      [10, 30],
    ]) {
      const link = put(net, peer, data, { k: k ?? 0, n: n ?? 0 });
      expect(equalBytes(get(net, peer, link).bytes, data)).toBe(true);
    }
    for (const [k, n] of [
      [0, 4],
      [5, 4],
      [20, 129],
      [1.5, 4],
    ]) {
      const begin = () => peer.store.beginPut({ name: "x", k: k ?? 0, n: n ?? 0 }, nothing);
      expect(begin).toThrowError(code("bad-code"));
    }
  });

  test("before it has loaded, and with a text that is no link, it says so", () => {
    const net = makeStoreNet();
    const peer = new TestPeer(net, "not loaded", new TestDisk(), SMALL);
    expect(() => peer.store.beginPut({ name: "x" }, nothing)).toThrowError(code("not-loaded"));
    const loaded = net.add(SMALL);
    const reading = { ...nothing, onBytes: () => {} };
    expect(() => loaded.store.get("peernet:object/abc", reading)).toThrowError(code("bad-link"));
    expect(() => loaded.store.get("ab".repeat(32), reading)).toThrowError(code("bad-link"));
    expect(loaded.store.object("ab".repeat(32))).toBeUndefined();
  });
});
