import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, type LocalIdentity } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Forger } from "./forger.fixture.ts";
import { chain, edge, findLoop, joinAll, ring, wrongRoutes } from "./graphs.fixture.ts";
import { PENALTY_MS, REQUEST_HOP_LIMIT, TABLE_REPEAT_MS } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { ENTRY, encodeControl } from "./messages.ts";

// Nothing here forges a signature in a way that the toy suite would not notice.
const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 6 }, (_, i) => testIdentity(suite, `place ${i}`));
const stranger = testIdentity(suite, "stranger");
const NOTHING = new Uint8Array(0);

function settled(edges = chain(5)): { readonly mesh: Mesh; readonly forger: Forger } {
  const mesh = new Mesh({ suite, clock: new ManualClock(), random: testRandom(9), identities });
  joinAll(mesh, edges);
  mesh.settle();
  return { mesh, forger: new Forger(mesh, 1, 0) };
}

const strangersRecord = encodePeerRecord(stranger, { name: "stranger", seqno: 1 });
const forgedRecord = strangersRecord.slice().fill(7, -64);

describe("claims that cannot be believed", () => {
  test("a record that its origin never signed", () => {
    const { mesh, forger } = settled();
    const forged = strangersRecord.slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    forger.claim(stranger.id, forged);
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["bad-record"]).toBe(1);
  });

  test("a good record under another's id", () => {
    const { mesh, forger } = settled(ring(6));
    const before = mesh.router(0).route(mesh.id(3));
    const other = testIdentity(suite, "another").id;
    forger.claim(other, strangersRecord);
    const far = new Forger(mesh, 5, 0);
    far.claim(mesh.id(3), strangersRecord, { seqno: 9 });
    expect(mesh.router(0).route(other)).toBe(undefined);
    expect(mesh.router(0).record(mesh.id(3))?.name).toBe("peer 3");
    expect(mesh.router(0).route(mesh.id(3))?.nextHop).toBe(before?.nextHop);
    expect(mesh.router(0).stats().faults["wrong-origin"]).toBe(2);
  });

  test("a sequence number above the record's", () => {
    const { mesh, forger } = settled();
    forger.claim(stranger.id, strangersRecord, { seqno: 2 });
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["bad-proof"]).toBe(1);
  });

  test("metric 0 for another, and a metric above 0 for oneself", () => {
    const { mesh, forger } = settled();
    forger.say(forger.introduction(stranger.id, { metric: 0 }));
    forger.say(forger.introduction(stranger.id, { hops: 0 }));
    forger.say(forger.introduction(mesh.id(1), { metric: 3, hops: 0 }));
    forger.say(forger.introduction(mesh.id(0), { metric: 0, hops: 0 }));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).nextHop(mesh.id(1))).toBe(mesh.id(1));
    expect(mesh.router(0).stats().faults["bad-metric"]).toBe(4);
  });

  test("news under a handle that stands for nothing are dropped, and it is asked for", () => {
    const { mesh, forger } = settled();
    const sent = mesh.router(0).stats().messagesSent;
    forger.say(forger.news(stranger.id));
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    expect(mesh.router(0).stats().faults["unknown-handle"]).toBe(1);
    expect(mesh.router(0).stats().messagesSent).toBe(sent + 1);
    mesh.settle();
    expect(wrongRoutes(mesh, chain(5))).toEqual([]);
  });

  test("an old record, replayed, changes neither record nor ways", () => {
    const { mesh } = settled(ring(6));
    const forger = new Forger(mesh, 5, 0);
    const old = mesh.router(3).ownRecord.bytes;
    mesh.router(3).rename("new");
    mesh.settle();
    const before = mesh.router(0).route(mesh.id(3));
    forger.claim(mesh.id(3), old, { metric: 1, hops: 1 });
    forger.claim(mesh.id(3), old, { metric: 1, hops: 1, seqno: 9 });
    expect(mesh.router(0).record(mesh.id(3))?.name).toBe("new");
    expect(mesh.router(0).nextHop(mesh.id(3))).toBe(before?.nextHop);
    expect(findLoop(mesh)).toBe(undefined);
  });

  test("our own old record makes us jump above it, a forged one does not", () => {
    const { mesh, forger } = settled();
    const [me = stranger] = identities as readonly LocalIdentity[];
    const restored = encodePeerRecord(me, { name: "me, later", seqno: 4_000_000 });
    const forged = restored.slice();
    forged[20] = (forged[20] ?? 0) ^ 1;
    forger.claim(me.id, forged, { seqno: 4_000_000 });
    expect(mesh.router(0).ownRecord.seqno).toBe(1);
    forger.claim(me.id, strangersRecord, { seqno: 4_000_000 });
    expect(mesh.router(0).ownRecord.seqno).toBe(1);
    expect(mesh.router(0).stats().faults["wrong-origin"]).toBe(1);
    forger.claim(me.id, restored, { seqno: 4_000_000 });
    expect(mesh.router(0).ownRecord.seqno).toBe(4_000_001);
    mesh.settle();
    expect(mesh.router(4).record(me.id)?.seqno).toBe(4_000_001);
  });

  test("a claim of our own number that is never proven does not hide a later one", () => {
    const { mesh, forger } = settled();
    const [me = stranger] = identities as readonly LocalIdentity[];
    forger.say(forger.introduction(me.id, { seqno: 9 }));
    forger.claim(me.id, encodePeerRecord(me, { name: "later", seqno: 900 }), { seqno: 900 });
    expect(mesh.router(0).ownRecord.seqno).toBe(901);
  });

  test("a number of our own that no record of ours proves lifts ours by nothing", () => {
    const { mesh, forger } = settled();
    const old = mesh.router(0).ownRecord.bytes;
    forger.claim(mesh.id(0), old, { seqno: 2 ** 47, link: new Uint8Array(12) });
    mesh.settle();
    expect(mesh.router(0).ownRecord.seqno).toBe(1);
    expect(mesh.router(0).stats().seqnoBumps).toBe(0);
  });
});

describe("a neighbour that keeps announcing nonsense", () => {
  test("is ignored for a while, then heard again; its link stays up", () => {
    const edges = chain(5);
    const { mesh, forger } = settled(edges);
    for (let i = 0; i < 9; i++) forger.claim(stranger.id, forgedRecord);
    expect(mesh.router(0).stats().penalties).toBe(1);
    expect(mesh.router(0).route(mesh.id(4))).toBe(undefined);
    expect(mesh.router(0).nextHop(mesh.id(1))).toBe(mesh.id(1));
    forger.claim(stranger.id, strangersRecord);
    expect(mesh.router(0).route(stranger.id)).toBe(undefined);
    mesh.settle(PENALTY_MS + TABLE_REPEAT_MS);
    mesh.settle();
    expect(wrongRoutes(mesh, edges)).toEqual([]);
  });

  test("eight bad records are forgiven, the ninth is not", () => {
    const { mesh, forger } = settled();
    for (let i = 0; i < 8; i++) forger.claim(stranger.id, forgedRecord);
    expect(mesh.router(0).stats().penalties).toBe(0);
    forger.claim(stranger.id, forgedRecord);
    expect(mesh.router(0).stats().penalties).toBe(1);
  });

  test("a record that nobody asked for is not even looked at", () => {
    const { mesh, forger } = settled();
    const { verified } = mesh.router(0).stats();
    for (let i = 0; i < 100; i++) forger.say(forger.answer(mesh.id(4), forgedRecord));
    expect(mesh.router(0).stats().verified).toBe(verified);
  });
});

describe("bytes that nobody would send", () => {
  const { forger: writer } = settled();
  const good = encodeControl(
    writer.introduction(stranger.id, { metric: 900, hops: 3, link: new Uint8Array(12) }),
    writer.answer(stranger.id, strangersRecord),
    writer.news(stranger.id, { metric: 901, seqno: undefined }),
    writer.retraction(stranger.id),
    { kind: ENTRY.repeat, handle: undefined },
    { kind: ENTRY.horizon, metric: 70, lottery: 9 },
    { kind: ENTRY.query, origin: stranger.id },
    {
      ...{ kind: ENTRY.request, origin: stranger.id, seqno: 3 },
      ...{ hopLimit: REQUEST_HOP_LIMIT, requestId: 5 },
    },
  );

  test("mutated and random messages never throw and never touch ways over others", () => {
    const { mesh } = settled([...ring(5), edge(0, 5, 3)]);
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
      { numRuns: 1_000, seed: 11 },
    );
    expect([1, 2, 3, 4].map((place) => mesh.router(0).route(mesh.id(place)))).toEqual(others);
    expect(mesh.router(0).stats().penalties).toBeGreaterThan(0);
  });

  test("packets with random headers never throw and are counted", () => {
    const { mesh } = settled();
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
    header[0] = 0x20;
    mesh.injectPacket(0, 1, header, NOTHING);
    expect(mesh.router(1).stats().dropped["no-route"]).toBe(1);
    header[1] = 1;
    mesh.injectPacket(0, 1, header, NOTHING);
    expect(mesh.router(1).stats().dropped["hop-limit"]).toBe(1);
  });
});
