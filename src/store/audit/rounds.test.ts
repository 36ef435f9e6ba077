import { describe, expect, test, vi } from "vitest";
import { makeStoreNet, restartStore } from "../../../test/support/store-net.ts";
import { must } from "../../base/errors.ts";
import { pattern, put, STRIPE } from "../jobs.fixture.ts";
import { rootOf } from "../link.ts";
import type { TestNet, TestPeer } from "../net.fixture.ts";
import { blocksOf } from "./audit.fixture.ts";
import { AUDIT_EVERY_MS, AUDIT_FIRST_MS, AUDITS_PER_HOUR } from "./limits.ts";
import type { AuditingOptions } from "./rounds.ts";

// Months of a neighbourhood take a while where other tests run beside them.
vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CODE = { k: 2, n: 6 };
const KEY = "store/audit-round";

/** An owner, five others, and objects of the owner that lie with all of them. */
function makeHamlet(objects: number, audits: AuditingOptions = {}) {
  const net = makeStoreNet();
  const options = { stripeBytes: STRIPE, healing: { isOff: true } };
  const owner = net.add({ ...options, audits });
  const others = net.addMany(5, options);
  const roots = Array.from({ length: objects }, (_, i) =>
    rootOf(put(net, owner, pattern(100 + i), CODE)),
  );
  net.settle(60_000);
  return { net, owner, others, roots };
}

const statusOf = (peer: TestPeer) => peer.store.usage().audits;

/** When audits were done and of what, as far as they are noted one by one. */
function watch(net: TestNet, owner: TestPeer, days: number): { atMs: number; root: string }[] {
  const seen: { atMs: number; root: string }[] = [];
  for (let hours = 0; hours < 24 * days; hours++) {
    net.settle(HOUR_MS);
    const { lastAtMs } = statusOf(owner);
    if (lastAtMs === (seen.at(-1)?.atMs ?? 0)) continue;
    const record = must(owner.disk.records.get(KEY), "a record of the round");
    seen.push({ atMs: lastAtMs, root: Buffer.from(record).toString("hex") });
  }
  return seen;
}

describe("audits that begin by themselves", () => {
  test("come to each object once in the period, spread evenly, and raise honest scores", () => {
    const { net, owner, others, roots } = makeHamlet(5, { everyMs: 10 * DAY_MS });
    const seen = watch(net, owner, 30);
    expect(seen.length).toBeGreaterThanOrEqual(13);
    expect(seen.length).toBeLessThanOrEqual(17);
    const pauses = seen.slice(1).map(({ atMs }, i) => atMs - (seen[i]?.atMs ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThan(0.74 * 2 * DAY_MS);
    expect(Math.max(...pauses)).toBeLessThan(1.26 * 2 * DAY_MS);
    const order = seen.map(({ root }) => roots.toSorted().findIndex((each) => root.includes(each)));
    expect(order).toEqual(order.map((_, i) => i % 5));
    expect(statusOf(owner)).toMatchObject({
      isOn: true,
      objects: seen.length,
      wrong: 0,
      silent: 0,
    });
    expect(statusOf(owner).proved).toBe(5 * seen.length);
    for (const { id } of others) expect(owner.store.keeping.conduct(id).score).toBeGreaterThan(500);
  });

  test("are rare with the usual settings, and none comes soon after the start", () => {
    const { net, owner } = makeHamlet(1);
    net.settle(AUDIT_FIRST_MS + HOUR_MS);
    expect(statusOf(owner)).toMatchObject({ objects: 0, lastAtMs: 0 });
    net.settle(3 * AUDIT_EVERY_MS);
    expect(statusOf(owner).objects).toBeGreaterThanOrEqual(2);
    expect(statusOf(owner).objects).toBeLessThanOrEqual(4);
  });

  test("find a holder whose disk rots, and its score falls", () => {
    const { net, owner, others } = makeHamlet(2, { everyMs: DAY_MS });
    const rotten = must(others[1], "a holder");
    for (const key of blocksOf(rotten)) {
      const block = must(rotten.disk.blocks.get(key), "a block");
      block[3] = (block[3] ?? 0) ^ 1;
    }
    net.settle(4 * DAY_MS);
    expect(statusOf(owner).wrong).toBeGreaterThanOrEqual(2);
    expect(owner.store.keeping.conduct(rotten.id).score).toBeLessThan(300);
    expect(owner.store.keeping.conduct(must(others[0], "a holder").id).wrong).toBe(0);
  });

  test("move little: for six holders no more than 4 kB per audit, find and all", () => {
    const { net, owner } = makeHamlet(1, { everyMs: DAY_MS });
    const before = net.peers.map(({ store }) => store.usage().sentBytes);
    net.settle(2 * DAY_MS);
    const { objects } = statusOf(owner);
    const sent = net.peers.map(({ store }, i) => store.usage().sentBytes - (before[i] ?? 0));
    expect(objects).toBeGreaterThanOrEqual(1);
    // Leases are renewed meanwhile, too.
    expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(4_000 * objects);
  });

  test("go on where they stood after a restart, and begin anew where that is damaged", () => {
    const { net, owner, roots } = makeHamlet(4, { everyMs: 4 * DAY_MS });
    const sorted = roots.toSorted();
    const first = watch(net, owner, 3).at(-1)?.root ?? "";
    const at = sorted.findIndex((root) => first.includes(root));
    const disk = owner.disk;
    net.kill(owner);
    const identity = net.kit.identity("peer 0");
    const audits = { everyMs: 4 * DAY_MS };
    const again = net.add(
      { stripeBytes: STRIPE, healing: { isOff: true }, identity, audits },
      disk,
    );
    expect(statusOf(again).lastAtMs).toBeGreaterThan(0);
    const before = statusOf(again).lastAtMs;
    expect(net.until(() => statusOf(again).lastAtMs > before, 2 * DAY_MS)).toBe(true);
    net.settle(1_000);
    const next = Buffer.from(must(disk.records.get(KEY), "a record")).toString("hex");
    expect(sorted.findIndex((root) => next.includes(root))).toBe((at + 1) % 4);
    disk.records.set(KEY, Uint8Array.of(1, 2, 3));
    const damaged = restartStore(net, again);
    expect(statusOf(damaged)).toMatchObject({ lastAtMs: 0, objects: 0 });
  });
});

describe("nothing is audited by itself", () => {
  test("where that is switched off", () => {
    const { net, owner } = makeHamlet(3, { isOff: true, everyMs: DAY_MS });
    net.settle(10 * DAY_MS);
    expect(statusOf(owner)).toMatchObject({ isOn: false, objects: 0 });
  });

  test("on a line that costs by the byte, for as long as it does", () => {
    const { net, owner } = makeHamlet(3, { everyMs: DAY_MS });
    owner.store.setMetered(true);
    net.settle(10 * DAY_MS);
    expect(statusOf(owner).objects).toBe(0);
    owner.store.setMetered(false);
    net.settle(DAY_MS);
    expect(statusOf(owner).objects).toBeGreaterThanOrEqual(1);
  });

  test("while no holder is within reach", () => {
    const { net, owner, others } = makeHamlet(3, { everyMs: DAY_MS });
    for (const other of others) net.kill(other);
    net.settle(5 * DAY_MS);
    expect(statusOf(owner).objects).toBe(0);
  });
});

describe("however short the period is", () => {
  test("so many audits begin in an hour and no more", () => {
    const { net, owner } = makeHamlet(3, { everyMs: 1 });
    net.settle(AUDIT_FIRST_MS);
    const before = statusOf(owner).objects;
    net.settle(HOUR_MS);
    const inAnHour = statusOf(owner).objects - before;
    expect(inAnHour).toBeLessThanOrEqual(AUDITS_PER_HOUR);
    expect(inAnHour).toBeGreaterThanOrEqual(AUDITS_PER_HOUR - 3);
  });

  test("holders are made to read so many bytes in an hour and no more", () => {
    const { net, owner, others } = makeHamlet(3, { everyMs: 1, bytesPerHour: 1_000 });
    const ofOne = others[0]?.store.usage().othersBytes ?? 0;
    expect(ofOne).toBeGreaterThan(100);
    net.settle(2 * HOUR_MS);
    const two = statusOf(owner).objects;
    net.settle(20 * HOUR_MS);
    const more = statusOf(owner).objects - two;
    // Six fragments of some 100 bytes each, of which there are 1,000 an hour.
    expect(more).toBeGreaterThanOrEqual(15);
    expect(more).toBeLessThanOrEqual(45);
  });
});
