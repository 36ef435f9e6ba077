import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { concatBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { peerIdToBytes } from "../../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { WireError } from "../../wire/index.ts";
import { joinAll, randomGraph } from "../graphs.fixture.ts";
import { FLAG_EXTENDED } from "../header.ts";
import { EXTENDED_HEADER_BYTES_MAX, HEADER_BYTES } from "../limits.ts";
import { Mesh } from "../mesh.fixture.ts";
import { EXT_RECORD, EXT_TURNED, EXT_WAYPOINT, Extension } from "./extension.ts";
import { headerOf } from "./header.fixture.ts";
import { countLabels } from "./label-codec.ts";
import { LOCATOR_BYTES_MAX, LOCATOR_TTL_SECONDS } from "./limits.ts";
import { decodeLocator, encodeLocator, isNewer, verifyLocator } from "./locator.ts";
import {
  COOKIE_BYTES,
  decodeAnswer,
  decodeLookup,
  decodePublish,
  encodeAnswer,
  encodeLookup,
  encodePublish,
} from "./messages.ts";

fc.configureGlobal({ seed: 1 });

const suite = createNodeSuite();
const identities = Array.from({ length: 12 }, (_, i) => testIdentity(suite, `fuzz peer ${i}`));
const anna = must(identities[0], "anna");

function newMesh(): Mesh {
  const mesh = new Mesh({
    ...{ suite, clock: new ManualClock(1_000), random: testRandom("fuzz"), identities },
  });
  joinAll(mesh, randomGraph(12, 8, testRandom("fuzz graph")));
  mesh.settle();
  return mesh;
}

/** Runs a decoder; any error but a WireError gets out. */
function read<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

const anyLabels = fc
  .array(fc.integer({ min: 1, max: 127 }), { maxLength: 20 })
  .map((labels) => Uint8Array.from(labels));
const anyId = fc.uint8Array({ minLength: 15, maxLength: 15 }).map((rest) => {
  return concatBytes(Uint8Array.of(0xfd), rest);
});

describe("extended headers", () => {
  test("read as they were written", () => {
    const anyBytes = fc.uint8Array({ maxLength: 255 });
    const run = fc.property(anyId, anyBytes, anyBytes, fc.boolean(), (id, ahead, behind, via) => {
      const waypoint = via ? { waypoint: id } : {};
      const header = headerOf(id, { flags: EXT_RECORD, ahead, behind, ...waypoint });
      const ext = new Extension();
      expect(header.length).toBeLessThanOrEqual(EXTENDED_HEADER_BYTES_MAX);
      expect(ext.read(header)).toBe(true);
      expect(ext.has(EXT_WAYPOINT)).toBe(via);
      const cut = (at: number, length: number) => [...header.subarray(at, at + length)];
      expect(cut(ext.aheadAt, ext.aheadBytes)).toEqual([...ahead]);
      expect(cut(ext.behindAt, ext.behindBytes)).toEqual([...behind]);
      if (via) expect(cut(ext.waypointAt, 16)).toEqual([...id]);
      for (const length of [HEADER_BYTES, header.length - 1]) {
        expect(ext.read(header.subarray(0, length))).toBe(false);
      }
      expect(ext.read(concatBytes(header, Uint8Array.of(0)))).toBe(false);
    });
    fc.assert(run);
  });

  test("unknown flags are refused", () => {
    const ext = new Extension();
    for (let flags = 0; flags < 256; flags++) {
      const header = headerOf(peerIdToBytes(anna.id), {});
      header[HEADER_BYTES] = flags;
      expect(ext.read(header)).toBe(flags < 16 && (flags & EXT_WAYPOINT) === 0);
    }
  });

  test("any bytes: forwarded within bounds, delivered with a usable way back, or counted", () => {
    const mesh = newMesh();
    const random = testRandom("headers");
    const ids = mesh.routers.map(({ ownRecord }) => peerIdToBytes(ownRecord.id));
    const pick = <T>(of: readonly T[]): T => must(of[random.u32() % of.length], "one of them");
    const before = mesh.total(({ delivered, dropped }) => delivered + sumOf(dropped));
    const packets = 3_000;
    for (let run = 0; run < packets; run++) {
      const header = headerOf(pick([...ids, new Uint8Array(16), random.bytes(16)]), {
        flags: (random.u32() % 16) & ~EXT_WAYPOINT,
        ahead: random.bytes(random.u32() % 12).map((byte) => (byte % 5 === 0 ? byte : byte % 5)),
        behind: random.bytes(random.u32() % 12),
        ...(run % 3 === 0 ? { waypoint: pick([...ids, random.bytes(16)]) } : {}),
      });
      if (run % 4 === 0) header[random.u32() % header.length] = random.u32() & 0xff;
      header[0] = (header[0] ?? 0) | FLAG_EXTENDED;
      const to = random.u32() % 12;
      const from = mesh.place(pick(mesh.router(to).paths.firstHops()));
      mesh.injectPacket(from, to, header, random.bytes(1 + (random.u32() % 40)));
      mesh.settle(600);
    }
    const after = mesh.total(({ delivered, dropped }) => delivered + sumOf(dropped));
    // Each one ends once; service packets among them cause a few more.
    expect(after - before).toBeGreaterThanOrEqual(packets);
    expect(mesh.arrivals.length).toBeGreaterThan(100);
    for (const { back } of mesh.arrivals) {
      if (back !== undefined) expect(countLabels(back.labels)).toBeGreaterThanOrEqual(0);
    }
    expect(mesh.router(0).routes()).toHaveLength(11);
  });

  test("a packet that claims to have turned is delivered without a way back", () => {
    const mesh = newMesh();
    const id = peerIdToBytes(mesh.id(0));
    const from = mesh.place(must(mesh.router(0).paths.firstHops()[0], "a neighbour"));
    mesh.injectPacket(from, 0, headerOf(id, { flags: EXT_RECORD | EXT_TURNED }), id);
    mesh.injectPacket(from, 0, headerOf(id, { flags: EXT_RECORD }), id);
    mesh.injectPacket(from, 0, headerOf(id, {}), id);
    expect(mesh.arrivals.map(({ back }) => back !== undefined)).toEqual([false, true, false]);
  });
});

function sumOf(counters: Readonly<Record<string, number>>): number {
  return Object.values(counters).reduce((sum, count) => sum + count, 0);
}

describe("service payloads", () => {
  const cookie = Uint8Array.from({ length: COOKIE_BYTES }, (_, i) => i);
  const anyRecord = fc.uint8Array({ maxLength: 640 });

  test("read as they were written", () => {
    const run = fc.property(anyId, anyRecord, fc.integer({ min: 0, max: 2 }), (id, record, n) => {
      const target = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
      const lookup = { cookie, target, passes: n };
      expect(decodeLookup(encodeLookup(lookup))).toEqual(lookup);
      const publish = { cookie, record, locator: id };
      expect(decodePublish(encodePublish(publish))).toEqual(publish);
      for (const answer of [
        { cookie, kind: "unknown" },
        { cookie, kind: "waypoint", record },
        { cookie, kind: "locator", record, locator: id },
      ] as const) {
        expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
      }
    });
    fc.assert(run);
  });

  test("the largest record and locator pass, one byte more does not", () => {
    const deposit = { record: new Uint8Array(640), locator: new Uint8Array(LOCATOR_BYTES_MAX) };
    const long = [
      { ...deposit, record: new Uint8Array(641) },
      { ...deposit, locator: new Uint8Array(LOCATOR_BYTES_MAX + 1) },
    ];
    expect(decodePublish(encodePublish({ cookie, ...deposit }))).toMatchObject(deposit);
    for (const bad of long) {
      expect(() => decodePublish(encodePublish({ cookie, ...bad }))).toThrow(WireError);
    }
  });

  test("any bytes are refused with a typed error, or read", () => {
    const run = fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (let kind = 0x30; kind < 0x40; kind++) {
        const payload = concatBytes(Uint8Array.of(kind), bytes);
        for (const decode of [decodePublish, decodeLookup, decodeAnswer])
          read(() => decode(payload));
      }
      read(() => decodeLocator(suite, bytes));
    });
    fc.assert(run, { numRuns: 200 });
  });

  test("a router swallows any of them, and goes on", () => {
    const mesh = newMesh();
    const random = testRandom("services");
    const from = mesh.place(must(mesh.router(0).paths.firstHops()[0], "a neighbour"));
    const header = headerOf(peerIdToBytes(mesh.id(0)), { flags: EXT_RECORD });
    for (let run = 0; run < 2_000; run++) {
      const payload = random.bytes(1 + (random.u32() % 60));
      payload[0] = 0x30 | (run % 16);
      mesh.injectPacket(from, 0, header, payload);
      if (run % 50 === 0) mesh.settle(100);
    }
    expect(mesh.arrivals).toEqual([]);
    expect(mesh.router(0).stats().services.malformed).toBeGreaterThan(1_000);
  });
});

describe("locators", () => {
  const anyPlaces = fc.array(
    fc.record({ landmark: anyId, labels: anyLabels }).map(({ landmark, labels }) => ({
      landmark: Array.from(landmark, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      labels,
    })),
    { minLength: 1, maxLength: 5 },
  );
  const recordHash = suite.sha256(new Uint8Array(1));

  test("read as they were written, and are believed", () => {
    const anyNumber = fc.nat(2 ** 31 - 1);
    const anyTtl = fc.integer({ min: 1, max: LOCATOR_TTL_SECONDS });
    const run = fc.property(anyPlaces, anyNumber, anyTtl, (places, number, ttlSeconds) => {
      const body = { epoch: 2 ** 40 + number, number, ttlSeconds, recordHash, places };
      const locator = decodeLocator(suite, encodeLocator(anna, body));
      expect(locator).toMatchObject({ ...body, id: anna.id });
      expect(verifyLocator(suite, locator)).toBe(true);
    });
    fc.assert(run, { numRuns: 50 });
  });

  test("every flipped bit is found", () => {
    const places = [{ landmark: anna.id, labels: Uint8Array.of(1, 2) }];
    const body = { epoch: 1, number: 1, ttlSeconds: 60, recordHash, places };
    const bytes = encodeLocator(anna, body);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Uint8Array.from(bytes);
      forged[bit >> 3] = must(forged[bit >> 3], "inside") ^ (1 << (bit & 7));
      const locator = read(() => decodeLocator(suite, forged));
      expect(locator !== undefined && verifyLocator(suite, locator), `bit ${bit}`).toBe(false);
    }
  });

  test("six landmarks, none, or a time to live above the limit are refused", () => {
    const places = Array.from({ length: 6 }, () => ({ landmark: anna.id, labels: cookieLike }));
    const body = { epoch: 1, number: 1, ttlSeconds: LOCATOR_TTL_SECONDS, recordHash };
    const decode = (change: object) =>
      read(() => decodeLocator(suite, encodeLocator(anna, { ...body, places, ...change })));
    expect(decode({})).toBe(undefined);
    expect(decode({ places: [] })).toBe(undefined);
    expect(decode({ places: places.slice(1) })).toBeDefined();
    const ttlSeconds = LOCATOR_TTL_SECONDS + 1;
    expect(decode({ places: places.slice(1), ttlSeconds })).toBe(undefined);
  });

  test("newer is by epoch, then by number", () => {
    expect(isNewer({ epoch: 2, number: 0 }, { epoch: 1, number: 9 })).toBe(true);
    expect(isNewer({ epoch: 1, number: 9 }, { epoch: 1, number: 9 })).toBe(false);
    expect(isNewer({ epoch: 1, number: 10 }, { epoch: 1, number: 9 })).toBe(true);
  });

  const cookieLike = Uint8Array.of(1, 2, 3);
});
