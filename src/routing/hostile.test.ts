import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, type PeerId } from "../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import {
  chain,
  edge,
  findLoop,
  joinAll,
  remembering,
  ring,
  wrongRoutes,
} from "./graphs.fixture.ts";
import { PENALTY_MS, REQUEST_HOP_LIMIT, TABLE_REPEAT_MS } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import {
  ENTRY_COMPACT,
  ENTRY_FULL,
  ENTRY_REPEAT,
  ENTRY_RETRACT,
  ENTRY_SEQNO_REQUEST,
  encodeControl,
  type Update,
} from "./messages.ts";

const suite = remembering(createNodeSuite());
const identities = Array.from({ length: 6 }, (_, i) => testIdentity(suite, `place ${i}`));
const stranger = testIdentity(suite, "stranger");
const NO_RECORD = new Uint8Array(0);

function settled(edges = chain(5)): Mesh {
  const mesh = new Mesh({ suite, clock: new ManualClock(), random: testRandom(9), identities });
  joinAll(mesh, edges);
  mesh.settle();
  return mesh;
}

function full(origin: PeerId, record: Uint8Array, changes: Partial<Update> = {}): Uint8Array {
  return encodeControl({
    ...{ type: ENTRY_FULL, origin, seqno: 1, metric: 5, hops: 2, viaYou: false, spare: false },
    record,
    ...changes,
  });
}

const strangersRecord = encodePeerRecord(stranger, { name: "stranger", seqno: 1 });

describe("claims that cannot be believed", () => {
  test("a record that its origin never signed", () => {
    const mesh = settled();
    const forged = strangersRecord.slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    mesh.inject(1, 0, full(stranger.id, forged));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["bad-record"]).toBe(1);
  });

  test("a good record under another's id", () => {
    const mesh = settled();
    const before = mesh.router(0).route(mesh.id(4));
    mesh.inject(1, 0, full(mesh.id(4), strangersRecord, { seqno: 9 }));
    mesh.inject(1, 0, full(mesh.id(1), strangersRecord, { seqno: 9, metric: 0, hops: 0 }));
    expect(mesh.router(0).route(mesh.id(4))).toEqual(before);
    expect(mesh.router(0).stats().faults["wrong-origin"]).toBe(2);
  });

  test("a sequence number above the record's", () => {
    const mesh = settled();
    mesh.inject(1, 0, full(stranger.id, strangersRecord, { seqno: 2 }));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["wrong-origin"]).toBe(1);
  });

  test("metric 0 for another, and a metric above 0 for oneself", () => {
    const mesh = settled();
    mesh.inject(1, 0, full(stranger.id, strangersRecord, { metric: 0 }));
    mesh.inject(1, 0, full(stranger.id, strangersRecord, { hops: 0 }));
    mesh.inject(1, 0, full(mesh.id(1), mesh.router(1).ownRecord.bytes, { metric: 3, hops: 0 }));
    mesh.inject(1, 0, full(mesh.id(0), mesh.router(0).ownRecord.bytes, { metric: 0, hops: 0 }));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["bad-metric"]).toBe(4);
  });

  test("a compact announcement of an unknown origin is dropped, and its record asked for", () => {
    const mesh = settled();
    const sent = mesh.router(0).stats().messagesSent;
    const compact = { type: ENTRY_COMPACT, record: NO_RECORD } as const;
    mesh.inject(1, 0, full(stranger.id, NO_RECORD, compact));
    mesh.inject(1, 0, full(mesh.id(4), NO_RECORD, { ...compact, seqno: 77 }));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["unknown-record"]).toBe(2);
    expect(mesh.router(0).stats().messagesSent).toBe(sent + 2);
    mesh.settle();
    expect(wrongRoutes(mesh, chain(5))).toEqual([]);
  });

  test("an old record, replayed, changes neither record nor ways", () => {
    const mesh = settled(ring(6));
    const old = mesh.router(3).ownRecord.bytes;
    mesh.router(3).rename("new");
    mesh.settle();
    const before = mesh.router(0).route(mesh.id(3));
    mesh.inject(5, 0, full(mesh.id(3), old, { metric: 1, hops: 1 }));
    expect(mesh.router(0).record(mesh.id(3))?.name).toBe("new");
    expect(mesh.router(0).nextHop(mesh.id(3))).toBe(before?.nextHop);
    expect(findLoop(mesh)).toBe(undefined);
  });

  test("our own old record makes us jump above it, a forged one does not", () => {
    const mesh = settled();
    const [me] = identities;
    if (me === undefined) throw new Error("no identity");
    const restored = encodePeerRecord(me, { name: "me, later", seqno: 4_000_000 });
    const forged = restored.slice();
    forged[20] = (forged[20] ?? 0) ^ 1;
    mesh.inject(1, 0, full(me.id, forged, { seqno: 4_000_000 }));
    expect(mesh.router(0).ownRecord.seqno).toBe(1);
    mesh.inject(1, 0, full(me.id, restored, { seqno: 1 }));
    expect(mesh.router(0).ownRecord.seqno).toBe(4_000_001);
    mesh.settle();
    expect(mesh.router(4).record(me.id)?.seqno).toBe(4_000_001);
  });
});

describe("a neighbour that keeps announcing nonsense", () => {
  test("is ignored for a while, then heard again; its link stays up", () => {
    const edges = chain(5);
    const mesh = settled(edges);
    const forged = strangersRecord.slice().fill(7, -64);
    for (let i = 0; i < 9; i++) mesh.inject(1, 0, full(stranger.id, forged));
    expect(mesh.router(0).stats().penalties).toBe(1);
    expect(mesh.router(0).route(mesh.id(4))).toBe(undefined);
    expect(mesh.router(0).nextHop(mesh.id(1))).toBe(mesh.id(1));
    mesh.inject(1, 0, full(stranger.id, strangersRecord));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    mesh.settle(PENALTY_MS + TABLE_REPEAT_MS);
    mesh.settle();
    expect(wrongRoutes(mesh, edges)).toEqual([]);
  });

  test("eight bad records are forgiven, the ninth is not", () => {
    const mesh = settled();
    const forged = strangersRecord.slice().fill(7, -64);
    for (let i = 0; i < 8; i++) mesh.inject(1, 0, full(stranger.id, forged));
    expect(mesh.router(0).stats().penalties).toBe(0);
    mesh.inject(1, 0, full(stranger.id, forged));
    expect(mesh.router(0).stats().penalties).toBe(1);
  });
});

describe("bytes that nobody would send", () => {
  const good = encodeControl(
    {
      ...{ type: ENTRY_FULL, origin: stranger.id, seqno: 1, metric: 900, hops: 3 },
      ...{ viaYou: false, spare: false, record: strangersRecord },
    },
    { type: ENTRY_RETRACT, origin: stranger.id },
    { type: ENTRY_REPEAT, origin: undefined },
    {
      ...{ type: ENTRY_SEQNO_REQUEST, origin: stranger.id, seqno: 3 },
      ...{ hopLimit: REQUEST_HOP_LIMIT, requestId: 5 },
    },
  );

  test("mutated and random messages never throw and never touch ways over others", () => {
    const mesh = settled([...ring(5), edge(0, 5, 3)]);
    const others = [1, 2, 3, 4].map((place) => mesh.router(0).route(mesh.id(place)));
    const mutation = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 });
    const mutated = mutation.map((changes) => {
      const bytes = good.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
    const cut = fc.nat(good.length).map((length) => good.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(mutated, cut, fc.uint8Array({ maxLength: 700 })), (bytes) => {
        mesh.inject(5, 0, bytes);
        mesh.settle(500);
      }),
      { numRuns: 1_500, seed: 11 },
    );
    expect([1, 2, 3, 4].map((place) => mesh.router(0).route(mesh.id(place)))).toEqual(others);
    expect(mesh.router(0).stats().penalties).toBeGreaterThan(0);
  });

  test("packets with random headers never throw and are counted", () => {
    const mesh = settled();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (h, p) => {
        const before = mesh.router(1).stats();
        mesh.injectPacket(0, 1, h, p);
        const after = mesh.router(1).stats();
        expect(after.dropped.malformed - before.dropped.malformed).toBe(1);
      }),
      { numRuns: 500, seed: 3 },
    );
    const header = new Uint8Array(18).fill(0xfd);
    header[0] = 0x10;
    mesh.injectPacket(0, 1, header, NO_RECORD);
    expect(mesh.router(1).stats().dropped["no-route"]).toBe(1);
    header[1] = 1;
    mesh.injectPacket(0, 1, header, NO_RECORD);
    expect(mesh.router(1).stats().dropped["hop-limit"]).toBe(1);
  });
});
