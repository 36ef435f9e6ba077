import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../../test/support/store-net.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { testIdentity } from "../../testing/index.ts";
import { TestDisk } from "../disk.fixture.ts";
import { StoreError } from "../errors.ts";
import { get, pattern, pin, put, STRIPE, unpin } from "../jobs.fixture.ts";
import { rootOf } from "../link.ts";
import type { TestNet, TestPeer } from "../net.fixture.ts";
import { LEASE_MS, RENEW_FIRST_MS, TRASH_GRACE_MS, TRASH_MS } from "./limits.ts";

const suite = createNodeSuite();
// Agents that heal want what they heal, too; here only owners are looked at.
const SMALL = { stripeBytes: STRIPE, healing: { isOff: true } };
const CODE = { k: 2, n: 6 };
const DAY_MS = 86_400_000;
const DATA = pattern(2 * STRIPE);

/** An owner whose object is spread over itself and two others. */
function makeTrio(): {
  net: TestNet;
  owner: TestPeer;
  others: TestPeer[];
  link: string;
  root: string;
} {
  const net = makeStoreNet();
  const owner = net.add(SMALL);
  const others = net.addMany(2, SMALL);
  const link = put(net, owner, DATA, CODE);
  net.settle();
  const root = rootOf(link);
  expect([owner, ...others].map((peer) => peer.fragments(root))).toEqual([2, 2, 2]);
  return { net, owner, others, link, root };
}

function again(net: TestNet, peer: TestPeer, options = {}): TestPeer {
  if (peer.isUp) net.kill(peer);
  const index = net.peers.indexOf(peer);
  const identity = testIdentity(suite, `peer ${index}`);
  return net.add({ ...SMALL, identity, ...options }, peer.disk);
}

const keysOf = (peer: TestPeer, prefix: string): string[] =>
  [...peer.disk.records.keys()].filter((key) => key.startsWith(prefix));
const trashOf = (peers: readonly TestPeer[]): number[] =>
  peers.map(({ store }) => store.usage().trashCount);

describe("what is kept for an owner", () => {
  test("stays for as long as the owner is heard of", () => {
    const { net, others, link, root } = makeTrio();
    net.settle(2 * (LEASE_MS + TRASH_MS));
    expect(others.map((peer) => peer.fragments(root))).toEqual([2, 2]);
    expect(trashOf(others)).toEqual([0, 0]);
    expect(equalBytes(get(net, must(others[0], "a peer"), link).bytes, DATA)).toBe(true);
  });

  test("lies in the trash, served, when its lease is over, and is deleted two weeks later", () => {
    const { net, owner, others, link, root } = makeTrio();
    net.kill(owner);
    net.settle(LEASE_MS - DAY_MS);
    expect(trashOf(others)).toEqual([0, 0]);
    net.settle(2 * DAY_MS);
    expect(trashOf(others)).toEqual([1, 1]);
    const reader = net.add(SMALL);
    expect(equalBytes(get(net, reader, link).bytes, DATA)).toBe(true);
    net.settle(TRASH_MS - 2 * DAY_MS);
    expect(others.map((peer) => peer.fragments(root))).toEqual([2, 2]);
    net.settle(2 * DAY_MS);
    for (const { disk, store } of others) {
      expect(disk.blocks.size).toBe(0);
      expect([...disk.records.keys()].filter((key) => key.includes(root))).toEqual([]);
      expect(store.usage()).toMatchObject({ usedBytes: 0, othersBytes: 0, trashCount: 0 });
    }
    net.settle(TRASH_MS);
    expect(others.flatMap((peer) => keysOf(peer, "store/"))).toEqual([]);
  });

  test("comes out of the trash when the owner returns", () => {
    const { net, owner, others, root } = makeTrio();
    net.kill(owner);
    net.settle(LEASE_MS + 10 * DAY_MS);
    expect(trashOf(others)).toEqual([1, 1]);
    again(net, owner);
    net.settle(RENEW_FIRST_MS + 10_000);
    expect(trashOf(others)).toEqual([0, 0]);
    net.settle(TRASH_MS + LEASE_MS);
    expect(others.map((peer) => peer.fragments(root))).toEqual([2, 2]);
  });

  test("is known after a restart, in the trash too", () => {
    const { net, owner, others } = makeTrio();
    net.kill(owner);
    net.settle(LEASE_MS + DAY_MS);
    const first = again(net, must(others[0], "a peer"));
    expect(trashOf([first])).toEqual([1]);
    net.settle(TRASH_MS);
    expect(first.disk.blocks.size).toBe(0);
  });

  test("from before there were leases has one from the first start on", () => {
    const { net, owner, others, root } = makeTrio();
    net.kill(owner);
    net.settle(LEASE_MS - DAY_MS);
    const old = must(others[0], "a peer");
    for (const key of keysOf(old, "store/lessee/")) old.disk.records.delete(key);
    const upgraded = again(net, old);
    net.settle(LEASE_MS - DAY_MS);
    expect(trashOf([upgraded, must(others[1], "a peer")])).toEqual([0, 0]);
    expect(upgraded.fragments(root)).toBe(2);
    expect(must(others[1], "a peer").fragments(root)).toBe(0);
    net.settle(2 * DAY_MS);
    expect(trashOf([upgraded])).toEqual([1]);
  });

  test("is not deleted at once by a clock that is set wrong", () => {
    const net = makeStoreNet();
    const owner = net.add(SMALL);
    let jumpMs = 0;
    const { clock } = net.kit;
    const wrong = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs() + jumpMs,
    };
    const holder = net.add({ ...SMALL, clock: wrong });
    const root = rootOf(put(net, owner, DATA, CODE));
    net.settle();
    net.kill(owner);
    net.settle(TRASH_GRACE_MS + 60_000);
    jumpMs = 10 * LEASE_MS;
    net.settle(DAY_MS);
    expect(trashOf([holder])).toEqual([1]);
    jumpMs = 20 * LEASE_MS;
    net.settle(TRASH_GRACE_MS / 2);
    expect(holder.fragments(root)).toBe(3);
    again(net, owner);
    net.settle(RENEW_FIRST_MS + 60_000);
    expect(trashOf([holder])).toEqual([0]);
  });
});

describe("an owner", () => {
  test("that lets an object go has it deleted everywhere, also by holders that were away", () => {
    const { net, owner, others, link, root } = makeTrio();
    const [near, far] = [must(others[0], "a peer"), must(others[1], "a peer")];
    net.kill(far);
    unpin(net, owner, link);
    expect(owner.store.list()).toEqual([]);
    expect(owner.disk.blocks.size).toBe(0);
    net.settle(10_000);
    expect(near.fragments(root)).toBe(0);
    expect(near.disk.blocks.size).toBe(0);
    expect(far.fragments(root)).toBe(2);
    const restarted = again(net, owner);
    const back = again(net, far);
    net.settle(RENEW_FIRST_MS + 10_000);
    expect(back.fragments(root)).toBe(0);
    expect(back.disk.blocks.size).toBe(0);
    expect(keysOf(restarted, "store/released/")).toEqual([]);
    expect(() => restarted.store.keeping.unpin(link, () => {})).toThrow(StoreError);
  });

  test("deletes nothing that somebody else wants, too", () => {
    const { net, owner, others, link } = makeTrio();
    const friend = net.add(SMALL);
    pin(net, friend, link);
    expect(friend.store.object(link)).toMatchObject({ link, name: "thing.bin" });
    net.settle(2 * DAY_MS);
    unpin(net, owner, link);
    net.settle(2 * (LEASE_MS + TRASH_MS));
    expect(trashOf(others)).toEqual([0, 0]);
    expect(equalBytes(get(net, friend, link).bytes, DATA)).toBe(true);
    unpin(net, friend, link);
    net.settle(10_000);
    expect(others.map(({ disk }) => disk.blocks.size)).toEqual([0, 0]);
  });

  test("that lost its own records keeps what it brought until the lease ends, and no longer", () => {
    const { net, owner, others, root } = makeTrio();
    net.kill(owner);
    for (const key of keysOf(owner, "store/object/")) owner.disk.records.delete(key);
    const forgetful = again(net, owner);
    const other = put(net, forgetful, pattern(99), CODE);
    net.settle(LEASE_MS - DAY_MS);
    expect(others.map((peer) => peer.fragments(root))).toEqual([2, 2]);
    net.settle(DAY_MS + TRASH_MS + DAY_MS);
    expect(others.map((peer) => peer.fragments(root))).toEqual([0, 0]);
    expect(others.map((peer) => peer.fragments(rootOf(other)))).toEqual([2, 2]);
  });

  test("that finds its lost records again has everything kept as before", () => {
    const { net, owner, others, link, root } = makeTrio();
    net.kill(owner);
    const records = keysOf(owner, "store/object/").map(
      (key) => [key, must(owner.disk.records.get(key), "a record")] as const,
    );
    for (const [key] of records) owner.disk.records.delete(key);
    const forgetful = again(net, owner);
    put(net, forgetful, pattern(99), CODE);
    net.settle(10 * DAY_MS);
    for (const [key, value] of records) forgetful.disk.records.set(key, value);
    net.kill(forgetful);
    net.add({ ...SMALL, identity: testIdentity(suite, "peer 0") }, forgetful.disk);
    net.settle(2 * (LEASE_MS + TRASH_MS));
    expect(others.map((peer) => peer.fragments(root))).toEqual([2, 2]);
    expect(equalBytes(get(net, must(others[0], "a peer"), link).bytes, DATA)).toBe(true);
  });

  test("learns which holders have lost what they kept", () => {
    const { net, owner, others, link } = makeTrio();
    const lost = must(others[1], "a peer");
    net.kill(lost);
    const identity = testIdentity(suite, `peer ${net.peers.indexOf(lost)}`);
    net.add({ ...SMALL, identity }, new TestDisk());
    expect(owner.store.object(link)?.health.alive).toBe(6);
    net.settle(RENEW_FIRST_MS + 10_000);
    expect(owner.store.object(link)?.health.alive).toBe(4);
  });

  test("cannot look after what nobody has", () => {
    const net = makeStoreNet();
    let code: string | undefined;
    net.add(SMALL).store.keeping.pin("00".repeat(32), (error) => {
      code = error?.code;
    });
    net.settle(1_000);
    expect(code).toBe("not-enough-fragments");
  });

  test("that pins again what it had let go has it kept again", () => {
    const { net, owner, others, link } = makeTrio();
    const friend = net.add(SMALL);
    pin(net, friend, link);
    net.settle(2 * DAY_MS);
    unpin(net, owner, link);
    net.settle(10_000);
    pin(net, owner, link);
    net.settle(2 * DAY_MS);
    unpin(net, friend, link);
    net.settle(2 * (LEASE_MS + TRASH_MS));
    expect(trashOf(others)).toEqual([0, 0]);
    expect(equalBytes(get(net, owner, link).bytes, DATA)).toBe(true);
  });
});

test("accounts follow every change, in both directions", () => {
  const { net, owner, others, link } = makeTrio();
  const first = must(others[0], "a peer");
  const { othersBytes } = first.store.usage();
  net.settle(RENEW_FIRST_MS + 10_000);
  const [kept] = first.store.keeping.neighbours();
  expect(kept).toMatchObject({
    peer: owner.id,
    taken: { bytes: othersBytes, objects: 1 },
    given: { bytes: 0, objects: 0 },
  });
  const now = net.kit.clock.wallMs();
  expect(kept?.leaseEndsAtMs).toBeGreaterThan(now + LEASE_MS - DAY_MS);
  const given = owner.store.keeping.neighbours().find(({ peer }) => peer === first.id);
  expect(given?.given.objects).toBe(1);
  expect(Math.abs((given?.given.bytes ?? 0) - othersBytes)).toBeLessThan(othersBytes / 20);
  expect(given?.promisedUntilMs).toBeGreaterThan(now + LEASE_MS - DAY_MS);
  const restarted = again(net, first);
  expect(restarted.store.keeping.neighbours()).toMatchObject([
    { taken: { bytes: othersBytes, objects: 1 } },
  ]);
  unpin(net, owner, link);
  net.settle(RENEW_FIRST_MS + 10_000);
  expect(restarted.store.keeping.neighbours()).toEqual([]);
  expect(owner.store.keeping.neighbours()).toEqual([]);
});
