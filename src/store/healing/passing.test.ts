import { describe, expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/index.ts";
import { type GetOutcome, get, pattern, put, STRIPE } from "../jobs.fixture.ts";
import { LEASE_MS } from "../leases/limits.ts";
import { rootOf } from "../link.ts";
import { decodeMessage, encodeMessage } from "../messages.ts";
import type { TestPeer } from "../net.fixture.ts";
import type { StoreOptions } from "../options.ts";
import type { GetJob, GetOptions } from "../types.ts";
import {
  LACKS_ASKED_MAX,
  PASSING_BYTES_FLYING,
  PASSING_BYTES_HELD,
  PASSINGS_MAX,
} from "./limits.ts";
import { BRISK, Village, type VillageOptions } from "./village.fixture.ts";

// Dozens of peers take a while where other tests run beside them.
vi.setConfig({ testTimeout: 240_000 });

const MINUTE = 60_000;
const suite = createNodeSuite();
/** Agents that know what is lost, and whose turn comes long after these tests. */
const SLOW = { ...BRISK, turnMs: 100 * 86_400_000 };
const ALL = Array.from({ length: 40 }, (_, index) => index);

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

function read(village: Village, reader: TestPeer, options?: GetOptions): GetOutcome {
  return get(village.net, reader, village.link, 120_000, options);
}

function expectWhole(village: Village, outcome: GetOutcome): void {
  expect(outcome.error).toBeUndefined();
  expect(equalBytes(outcome.bytes, village.data)).toBe(true);
}

/** Counts the shards that a peer asks for, and those that it brings others. */
function countShards(peer: TestPeer): { asked: number; sent: number } {
  const counts = { asked: 0, sent: 0 };
  peer.session.tamper = (bytes) => {
    if (bytes[4] === 7 && bytes.length === 42) counts.asked++;
    if (bytes[4] === 8 && bytes.length === 10) counts.sent++;
    return bytes;
  };
  return counts;
}

/** Begins to read and pauses after the first bytes, until what is lost is known. */
function readFirst(village: Village, reader: TestPeer): { job: GetJob; isDone: () => boolean } {
  let isDone = false;
  const onError = (error: Error): void => {
    throw error;
  };
  const onDone = (): void => {
    isDone = true;
  };
  const job = reader.store.get(village.link, { onBytes: () => job.pause(), onDone, onError });
  village.net.settle(10_000);
  return { job, isDone: () => isDone };
}

const inPassing = (peer: TestPeer): number => peer.store.usage().healing.inPassing;

describe.each([1, 2, 3])("in the village of seed %i", (seed) => {
  test("a stranger who reads a sick object makes it whole, and nothing is fetched for that", () => {
    const village = makeVillage(seed, { sizeBytes: 60 * STRIPE });
    lose(village, 11);
    const reader = addReader(village);
    const shards = countShards(reader);
    expectWhole(village, read(village, reader));
    village.net.settle(MINUTE);
    expect(village.alive()).toHaveLength(40);
    expect(reader.store.usage().healing).toMatchObject({ healed: 0, inPassing: 1, made: 11 });
    expect(shards.asked).toBe(60 * 20);
    expect(shards.sent).toBe(10 * 60);
    // It keeps its share at most, and looks after nothing.
    expect(reader.fragments(village.root)).toBeLessThanOrEqual(1);
    const records = [...reader.disk.records.keys()].filter((key) => key.includes(village.root));
    expect(records.filter((key) => key.includes("/object/"))).toEqual([]);
    if (reader.fragments(village.root) === 0) expect(records).toEqual([]);
    village.net.settle(10 * MINUTE);
    expect(village.healed()).toMatchObject({ healed: 0, made: 0 });
  });
});

describe("a reader", () => {
  test("of an object in layers fetches no more than the coarse ones besides", () => {
    const preview = { k: 3, sizeBytes: 2 * STRIPE, role: "preview" as const };
    const body = { k: 20, sizeBytes: undefined, role: "body" as const };
    const layers = { more: { layers: [preview, body], n: 40, nMax: 40, fileBytes: 38 * STRIPE } };
    const village = makeVillage(1, { code: layers });
    const file = village.data.subarray(2 * STRIPE);
    lose(village, 12);
    const reader = addReader(village);
    const outcome = read(village, reader);
    expect(equalBytes(outcome.bytes, file)).toBe(true);
    village.net.settle(MINUTE);
    expect(village.alive()).toHaveLength(40);
    expect(inPassing(reader)).toBe(1);
    const shown = read(village, addReader(village), { preview: true, layersMax: 1 });
    expect(equalBytes(shown.bytes, village.data.subarray(0, 2 * STRIPE))).toBe(true);
  });

  test("who keeps a fragment, or whose object it is, does so, too", () => {
    for (const pick of [(v: Village) => v.first, (v: Village) => must(v.holders()[3], "one")]) {
      const village = makeVillage(2);
      lose(village, 11);
      const reader = pick(village);
      expectWhole(village, read(village, reader));
      village.net.settle(MINUTE);
      expect(village.alive()).toHaveLength(40);
      expect(inPassing(reader)).toBe(1);
      const own = [...village.first.disk.records.keys()].filter((key) => key.includes("/object/"));
      expect(own).toHaveLength(1);
    }
  });

  test("holds so many bytes while it is not known what is lost, and makes up for one more stripe", () => {
    const stripeBytes = 1 << 18;
    const stripes = PASSING_BYTES_HELD / stripeBytes - 1;
    const asked = [stripes, stripes + 2].map((count) => {
      const village = makeVillage(3, { sizeBytes: count * stripeBytes, store: { stripeBytes } });
      lose(village, 11);
      const reader = addReader(village, { stripeBytes });
      // One that does not answer keeps everybody from knowing what is lost until it is given up.
      const late = must(village.holders().at(-1), "a holder");
      late.session.isSilent = true;
      const shards = countShards(reader);
      expectWhole(village, read(village, reader));
      const usual = shards.asked;
      expect(village.waitFor(() => inPassing(reader) === 1, MINUTE)).toBe(true);
      late.session.isSilent = false;
      expect(village.alive()).toHaveLength(40);
      return (shards.asked - usual) / 20;
    });
    expect(asked).toEqual([0, 2]);
  });
});

/** Reads, lets some time pass and expects that nothing was made. */
function expectNothingMade(village: Village, reader: TestPeer, options?: GetOptions): void {
  const before = village.alive().length;
  expect(read(village, reader, options).error).toBeUndefined();
  village.net.settle(MINUTE);
  expect(village.alive()).toHaveLength(before);
  expect(village.net.peers.every((peer) => inPassing(peer) === 0)).toBe(true);
  expect(reader.disk.blocks.size).toBe(0);
}

describe("nothing is made in passing", () => {
  test("where more is left than the threshold, and the reading costs not one byte more", () => {
    const sent = [SLOW, { isOff: true }].map((healing) => {
      const village = makeVillage(1);
      lose(village, 9);
      const reader = addReader(village, { healing });
      village.sentBytes = 0;
      expectWhole(village, read(village, reader));
      village.net.settle(1_000);
      expect(village.alive()).toHaveLength(31);
      return village.sentBytes;
    });
    expect(sent[0]).toBe(sent[1]);
  });

  test("for holders that are merely away", () => {
    const deadAfter = { minMs: 600_000, maxMs: 600_000, unknownMs: 600_000 };
    const village = makeVillage(1, { healing: { ...SLOW, deadAfter } });
    const away = village.holders().slice(0, 12);
    village.part(away);
    village.net.settle(MINUTE);
    const reader = addReader(village);
    for (const peer of away) {
      reader.hidden.add(peer.id);
      peer.hidden.add(reader.id);
      reader.store.peerUnreachable(peer.id);
    }
    expect(read(village, reader).error).toBeUndefined();
    village.net.settle(MINUTE);
    expect(inPassing(reader)).toBe(0);
    expect(reader.disk.blocks.size).toBe(0);
  });

  test("by who reads a part, or only what is there, or on a line that costs by the byte", () => {
    const village = makeVillage(1);
    lose(village, 11);
    const reader = addReader(village);
    expectNothingMade(village, reader, { range: { from: 0, to: 39 * STRIPE } });
    expectNothingMade(village, reader, { preview: true });
    expectNothingMade(village, reader, { only: new Set(village.alive()) });
    reader.store.setMetered(true);
    expectNothingMade(village, reader);
    reader.store.setMetered(false);
    expectWhole(village, read(village, reader));
    village.net.settle(MINUTE);
    expect(inPassing(reader)).toBe(1);
  });

  test("by who has no room for it, or switched healing off", () => {
    const village = makeVillage(1);
    lose(village, 11);
    expectNothingMade(village, addReader(village, { quotaBytes: 11 * 8_000 }));
    const meaner = addReader(village);
    meaner.store.setQuota(11 * 8_000);
    expectNothingMade(village, meaner);
    expectNothingMade(village, addReader(village, { healing: { isOff: true } }));
  });

  test("where the reader's disk fails or stands still; the reading is whole all the same", () => {
    const village = makeVillage(1);
    lose(village, 11);
    const full = addReader(village);
    full.disk.capacityBytes = 20_000;
    expectNothingMade(village, full);
  });

  test("where the disk does not keep up by so many bytes", () => {
    const stripeBytes = 1 << 20;
    // Of every stripe 11 shards are made.
    const stripes = Math.ceil((20 * PASSING_BYTES_FLYING) / (11 * stripeBytes));
    const village = makeVillage(1, {
      sizeBytes: (stripes + 4) * stripeBytes,
      store: { stripeBytes },
    });
    lose(village, 11);
    let flying = 0;
    const still: StoreOptions["blocks"] = {
      put: (_, block) => {
        flying += block.length;
      },
      get: (_, done) => done(null, null),
      has: () => false,
      remove: (_, done) => done(null),
      keys: () => [],
      usedBytes: () => 0,
    };
    const reader = addReader(village, { blocks: still });
    const { job, isDone } = readFirst(village, reader);
    expect(flying).toBeGreaterThan(0);
    while (!isDone()) {
      job.resume();
      village.net.settle(1_000);
    }
    expect(inPassing(reader)).toBe(0);
    expect(flying).toBeGreaterThan(PASSING_BYTES_FLYING);
    expect(flying).toBeLessThan(PASSING_BYTES_FLYING + stripeBytes);
  });

  test("of what nobody wants any more, though it can still be read", () => {
    const day = 86_400_000;
    const deadAfter = { minMs: day, maxMs: day, unknownMs: day };
    const healing = { ...SLOW, deadAfter, watchMs: 10 * day };
    const village = makeVillage(1, { peers: 14, code: { k: 4, n: 10 }, healing });
    village.net.kill(village.first);
    village.net.settle(LEASE_MS - 3 * day);
    village.kill(3);
    village.net.settle(2 * day);
    const made = village.alive().length;
    village.net.settle(2 * day);
    const reader = addReader(village, { healing });
    expectNothingMade(village, reader);
    expect(made).toBeLessThanOrEqual(7);
  });

  test("because of one that says that everything is lost", () => {
    const village = makeVillage(1, {
      healing: { ...SLOW, deadAfter: { minMs: 1e9, maxMs: 1e9, unknownMs: 1e9 } },
    });
    village.kill(11);
    village.net.settle(MINUTE);
    const liar = must(village.holders().at(-1), "a holder");
    liar.session.tamper = (bytes) => {
      const { byteOffset, length } = bytes;
      if (length < 5 || new DataView(bytes.buffer, byteOffset).getUint32(0) !== length - 4)
        return bytes;
      const message = decodeMessage(bytes.subarray(4));
      if (message.t !== "lacks") return bytes;
      return encodeMessage({ t: "lacks", seconds: 2 ** 32 - 1, indices: ALL });
    };
    expectNothingMade(village, addReader(village));
  });

  test("where the reading breaks off, and nothing of it stays on the disk", () => {
    const village = makeVillage(1, { sizeBytes: 60 * STRIPE });
    lose(village, 11);
    const reader = addReader(village);
    const { job } = readFirst(village, reader);
    expect(reader.disk.blocks.size).toBeGreaterThanOrEqual(11);
    job.abort();
    village.net.settle(1_000);
    expect(reader.disk.blocks.size).toBe(0);
    expect(village.alive()).toHaveLength(29);
  });
});

test("so many readings heal in passing at the same time, and the others only read", () => {
  const village = makeVillage(1, { peers: 12, code: { k: 4, n: 10 } });
  const links = Array.from({ length: PASSINGS_MAX + 1 }, (_, i) =>
    put(village.net, village.first, pattern(20 * STRIPE + i), { k: 4, n: 10 }),
  );
  village.net.settle(MINUTE);
  village.kill(6);
  village.net.settle(MINUTE);
  const reader = addReader(village);
  let done = 0;
  for (const link of links) {
    const onError = (error: Error): void => {
      throw error;
    };
    reader.store.get(link, { onBytes: () => {}, onDone: () => done++, onError });
  }
  village.net.settle(MINUTE);
  expect(done).toBe(links.length);
  const wholes = links.filter((link) => {
    const prefix = `store/fragment/${rootOf(link)}/`;
    const up = village.net.peers.filter(({ isUp }) => isUp);
    const keys = up.flatMap(({ disk }) => [...disk.records.keys()]);
    return new Set(keys.filter((key) => key.startsWith(prefix))).size === 10;
  });
  expect(wholes).toHaveLength(PASSINGS_MAX);
});

test("so many holders are asked what is lost and no more", () => {
  const village = makeVillage(1);
  lose(village, 11);
  const reader = addReader(village);
  let asked = 0;
  reader.session.tamper = (bytes) => {
    if (bytes[4] === 36 && bytes.length === 37) asked++;
    return bytes;
  };
  expectWhole(village, read(village, reader));
  village.net.settle(MINUTE);
  expect(asked).toBe(LACKS_ASKED_MAX);
});
