import { expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/index.ts";
import { type GetOutcome, get, pattern, put, STRIPE } from "../jobs.fixture.ts";
import { LEASE_MS } from "../leases/limits.ts";
import { rootOf } from "../link.ts";
import { encodeMessage } from "../messages.ts";
import type { TestPeer } from "../net.fixture.ts";
import type { StoreOptions } from "../options.ts";
import { decodeObject, objectKey } from "../records.ts";
import { PASSING_BYTES_FLYING, PASSING_BYTES_HELD } from "./limits.ts";
import { BRISK, Village, type VillageOptions } from "./village.fixture.ts";

// Dozens of peers take a while where other tests run beside them.
vi.setConfig({ testTimeout: 120_000 });

const MINUTE = 60_000;
const suite = createNodeSuite();
/** Agents that know what is lost, and whose turn comes long after these tests. */
const SLOW = { ...BRISK, turnMs: 100 * 86_400_000 };

function makeVillage(seed: number, options: VillageOptions = {}): Village {
  const kit = {
    suite,
    clock: new ManualClock(),
    random: (label: string) => testRandom(`${seed} ${label}`),
    identity: (label: string) => testIdentity(suite, label),
  };
  return new Village(kit, { healing: SLOW, ...options });
}

/** Somebody who keeps nothing of the object. */
function addReader(village: Village, options: Partial<StoreOptions> = {}): TestPeer {
  return village.net.add({ stripeBytes: STRIPE, healing: SLOW, ...options });
}

/** Kills so many holders and lets the others give them up. */
function lose(village: Village, count: number): void {
  village.kill(count);
  village.net.settle(MINUTE);
  expect(village.alive()).toHaveLength(40 - count);
}

function read(village: Village, reader: TestPeer): GetOutcome {
  return get(village.net, reader, village.link, 120_000);
}

function expectWhole(village: Village, outcome: GetOutcome): void {
  expect(outcome.error).toBeUndefined();
  expect(equalBytes(outcome.bytes, village.data)).toBe(true);
}

const inPassing = (peer: TestPeer): number => peer.store.usage().healing.inPassing;

test("a holder who gets no stream to one of the others waits for what the rest say", () => {
  const village = makeVillage(2);
  lose(village, 11);
  const reader = must(village.holders()[3], "a holder");
  for (const holder of village.holders()) {
    if (holder === reader) continue;
    holder.session.tamper = (bytes) => {
      if (bytes[4] !== 37) return bytes;
      return encodeMessage({ t: "lacks", seconds: 1_000, indices: [] });
    };
  }
  const open = reader.session.openStream.bind(reader.session);
  const known = new Set<string>();
  let refused = 0;
  reader.session.openStream = (to, service, events) => {
    if (refused === 0 && known.has(to)) {
      refused++;
      return undefined;
    }
    known.add(to);
    return open(to, service, events);
  };
  expectWhole(village, read(village, reader));
  village.net.settle(MINUTE);
  expect(refused).toBe(1);
  expect(village.alive()).toHaveLength(29);
  expect(inPassing(reader)).toBe(0);
});

test("what is made waits for places no longer than a lease lasts, whatever others say", () => {
  const village = makeVillage(1);
  lose(village, 11);
  for (const { store } of village.net.peers) store.setQuota(0);
  for (const { session } of village.holders()) {
    session.tamper = (bytes) => {
      if (bytes[4] !== 37) return bytes;
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(5, 2 ** 32 - 1);
      return bytes;
    };
  }
  const reader = addReader(village);
  expectWhole(village, read(village, reader));
  village.net.settle(MINUTE);
  const record = must(reader.disk.records.get(objectKey(village.root)), "an object record");
  const { lentUntilMs } = decodeObject(village.root, record);
  expect(lentUntilMs).toBeLessThanOrEqual(village.net.kit.clock.wallMs() + LEASE_MS);
});

test("nothing is made by who has what it made before still with it, as nobody takes it", () => {
  const village = makeVillage(1);
  const second = put(village.net, village.first, pattern(40 * STRIPE - 1));
  village.net.settle(MINUTE);
  lose(village, 11);
  for (const { store } of village.net.peers) store.setQuota(0);
  // Room for what is made of one object.
  const reader = addReader(village, { quotaBytes: Math.ceil(1.5 * 11 * 2 * STRIPE) });
  expectWhole(village, read(village, reader));
  village.net.settle(MINUTE);
  expect(reader.fragments(village.root)).toBe(11);
  expect(get(village.net, reader, second).error).toBeUndefined();
  village.net.settle(MINUTE);
  expect(reader.fragments(rootOf(second))).toBe(0);
});

test("nothing is made where what was held until the reading was over is too much for the disk", () => {
  const stripeBytes = 1 << 18;
  const sizeBytes = PASSING_BYTES_HELD - stripeBytes;
  const options = { sizeBytes, code: { k: 4, n: 40 }, store: { stripeBytes } };
  const village = makeVillage(3, options);
  lose(village, 30);
  // Of every byte that is held 30 quarters are made, all at once.
  expect((30 / 4) * sizeBytes).toBeGreaterThan(PASSING_BYTES_FLYING);
  const reader = addReader(village, { stripeBytes });
  const late = must(village.holders().at(-1), "a holder");
  late.session.isSilent = true;
  expectWhole(village, read(village, reader));
  village.net.settle(MINUTE);
  expect(inPassing(reader)).toBe(0);
  expect(reader.fragments(village.root)).toBe(0);
  expect(reader.disk.blocks.size).toBe(0);
  expect(village.alive()).toHaveLength(10);
});
