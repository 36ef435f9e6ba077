import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { equalBytes } from "../base/bytes.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/index.ts";
import { rootOf } from "./link.ts";
import { get, pattern, put, STRIPE } from "./testing-jobs.ts";
import { TestNet } from "./testing-net.ts";

const suite = createNodeSuite();
const makeNet = (): TestNet =>
  new TestNet({
    suite,
    clock: new ManualClock(),
    random: (seed) => testRandom(seed),
    identity: (label) => testIdentity(suite, label),
  });

const MIB = 1 << 20;

describe("put and get on one peer", () => {
  test.each([0, 1, 63, 64, MIB - 1, MIB, MIB + 1, 5 * MIB])("%i bytes come back", (size) => {
    const net = makeNet();
    const peer = net.add();
    const data = pattern(size);
    const link = put(net, peer, data);
    const got = get(net, peer, link);
    expect(got.error).toBeUndefined();
    expect(got.meta).toEqual({ name: "thing.bin", sizeBytes: size, k: 20, n: 40 });
    expect(equalBytes(got.bytes, data)).toBe(true);
    expect(peer.store.list()).toHaveLength(1);
    expect(peer.fragments(rootOf(link))).toBe(40);
  });

  test("an object put in pieces of any size is the same as in one", () => {
    const net = makeNet();
    const peer = net.add({ stripeBytes: STRIPE });
    const data = pattern(5 * STRIPE + 17);
    for (const piece of [1, 100, STRIPE, STRIPE + 1, data.length]) {
      const link = put(net, peer, data, { piece });
      expect(equalBytes(get(net, peer, link).bytes, data)).toBe(true);
    }
  });

  test("small things stay cheap", () => {
    const net = makeNet();
    const peer = net.add();
    put(net, peer, pattern(3));
    const records = [...peer.disk.records.values()].reduce((sum, value) => sum + value.length, 0);
    expect(peer.disk.usedBytes()).toBe(40 * 16);
    expect(records).toBeLessThan(8_000);
  });

  test("every object has its own key: the same bytes twice share nothing", () => {
    const net = makeNet();
    const peer = net.add({ stripeBytes: STRIPE });
    const first = put(net, peer, pattern(STRIPE));
    const second = put(net, peer, pattern(STRIPE));
    expect(first).not.toBe(second);
    const blocks = [...peer.disk.blocks.values()].map((block) => block.join());
    expect(new Set(blocks).size).toBe(blocks.length);
  });

  test("what is here survives a restart", () => {
    const net = makeNet();
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
