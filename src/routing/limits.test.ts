import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, type LocalIdentity, type PeerId } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { limits } from "../wire/index.ts";
import { Forger } from "./forger.fixture.ts";
import { chain, edge, joinAll, ring, wrongRoutes } from "./graphs.fixture.ts";
import { Letter } from "./letter.ts";
import {
  BUDGET_MAX,
  CONTROL_BYTES_MAX,
  IMPROVE_MS,
  PULL_GATHER_MS,
  PULLS_OPEN_MAX,
  REQUEST_INTAKE_BURST,
  SEQNO_BUMP_MS,
  SIGN_GAP_MS,
  TABLE_REPEAT_MS,
  UNKNOWN_MAX,
  VERIFY_BURST,
  VERIFY_PER_SECOND,
} from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { decodeControl, ENTRY, type Entry, encodeControl, REF } from "./messages.ts";
import { Neighbour } from "./neighbour.ts";
import { Router } from "./router.ts";
import { newStats } from "./stats.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 14 }, (_, i) => testIdentity(suite, `place ${i}`));

function newMesh(places: number, vicinityMax?: number): Mesh {
  return new Mesh({
    ...{ suite, clock: new ManualClock(), random: testRandom(2) },
    identities: identities.slice(0, places),
    ...(vicinityMax === undefined ? {} : { vicinityMax, landmarksMax: 0 }),
  });
}

function recordOf(identity: LocalIdentity): Uint8Array {
  return encodePeerRecord(identity, { name: "", seqno: 1 });
}

/** An id that nobody holds a key of. */
function invented(i: number): PeerId {
  return `fd${i.toString(16).padStart(30, "0")}`;
}

function known(mesh: Mesh, place: number): number[] {
  return mesh
    .router(place)
    .routes()
    .map(({ destination }) => mesh.place(destination));
}

describe("the vicinity", () => {
  test("keeps as many origins as its budget says besides neighbours, and not one more", () => {
    const mesh = newMesh(8, 5);
    joinAll(mesh, chain(7));
    mesh.settle();
    expect(known(mesh, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(mesh.router(0).stats().evicted).toBe(0);
    mesh.join(6, 7, 10);
    mesh.settle();
    expect(known(mesh, 0)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("evicts the farthest when a nearer one comes, and takes it back when there is room", () => {
    const mesh = newMesh(8, 5);
    joinAll(mesh, chain(7));
    mesh.settle();
    mesh.join(1, 7, 1);
    mesh.settle();
    expect(known(mesh, 0)).toEqual([1, 7, 2, 3, 4, 5]);
    expect(mesh.router(0).stats().evicted).toBe(1);
    expect(mesh.reachable[0]?.has(mesh.id(6))).toBe(false);
    mesh.cut(1, 7);
    mesh.settle(TABLE_REPEAT_MS);
    mesh.settle();
    expect(known(mesh, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(mesh.router(0).route(mesh.id(6))?.metric).toBe(75);
  });

  test("always has room for direct neighbours", () => {
    const mesh = newMesh(14, 1);
    const star = Array.from({ length: 13 }, (_, i) => edge(0, i + 1, i + 1));
    joinAll(mesh, star);
    mesh.settle();
    expect(known(mesh, 0)).toHaveLength(13);
    expect(known(mesh, 13)).toEqual([0, 1]);
  });

  test("an evicted origin keeps its feasible distance, so what is worse cannot close a loop", () => {
    const mesh = newMesh(8, 5);
    joinAll(mesh, chain(7));
    mesh.settle();
    mesh.join(1, 7, 1);
    mesh.settle();
    expect(mesh.router(0).stats().remembered).toBeGreaterThan(0);
  });
});

describe("verification", () => {
  const crowd = Array.from({ length: 700 }, (_, i) => testIdentity(suite, `crowd ${i}`));
  const records = new Map(crowd.map((identity) => [identity.id, recordOf(identity)]));

  function flooded(): {
    readonly mesh: Mesh;
    readonly forger: Forger;
    readonly answer: () => void;
  } {
    const mesh = newMesh(2);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    mesh.settle(10_000);
    const forger = new Forger(mesh, 1, 0);
    const answer = (): void => {
      for (const [id, record] of records) {
        if (mesh.router(0).route(id) === undefined) forger.say(forger.answer(id, record));
      }
    };
    return { mesh, forger, answer };
  }

  test("asks one neighbour for so many records at a time and not one more", () => {
    const { mesh, forger } = flooded();
    const { pullsSent } = mesh.router(0).stats();
    const ids = [...records.keys()];
    for (const id of ids.slice(0, PULLS_OPEN_MAX)) forger.say(forger.introduction(id));
    mesh.settle(PULL_GATHER_MS);
    expect(mesh.router(0).stats().pullsSent - pullsSent).toBe(PULLS_OPEN_MAX);
    const next = ids[PULLS_OPEN_MAX] ?? "";
    forger.say(forger.introduction(next));
    mesh.settle(PULL_GATHER_MS);
    expect(mesh.router(0).stats().pullsSent - pullsSent).toBe(PULLS_OPEN_MAX);
    forger.say(forger.answer(ids[0] ?? "", records.get(ids[0] ?? "") ?? new Uint8Array(0)));
    mesh.settle(50);
    expect(mesh.router(0).stats().pullsSent - pullsSent).toBe(PULLS_OPEN_MAX + 1);
  });

  test("is rationed per neighbour; what exceeds it waits and is not lost", () => {
    const { mesh, forger, answer } = flooded();
    for (const id of records.keys()) forger.say(forger.introduction(id));
    const startMs = mesh.nowMs;
    for (let i = 0; i < 20; i++) {
      answer();
      const { verified } = mesh.router(0).stats();
      const most = VERIFY_BURST + ((mesh.nowMs - startMs) * VERIFY_PER_SECOND) / 1_000;
      expect(verified).toBeLessThanOrEqual(1 + most);
      mesh.settle(100);
    }
    expect(mesh.router(0).routes()).toHaveLength(1 + records.size);
  });

  test("a retraction overtakes the record that is under way", () => {
    const { mesh, forger, answer } = flooded();
    const [first = ""] = records.keys();
    forger.say(forger.introduction(first), forger.retraction(first));
    answer();
    mesh.settle(5_000);
    expect(mesh.router(0).route(first)).toBe(undefined);
    expect(mesh.router(0).stats().destinations).toBe(1);
  });

  test("origins without a record are bounded; beyond that they are turned away", () => {
    const { mesh, forger } = flooded();
    for (let i = 0; i < UNKNOWN_MAX; i += 256) {
      forger.say(...Array.from({ length: 256 }, (_, at) => forger.introduction(invented(i + at))));
    }
    expect(mesh.router(0).stats().overflowed).toBe(0);
    expect(mesh.router(0).stats().destinations).toBe(1 + UNKNOWN_MAX);
    forger.say(forger.introduction(invented(UNKNOWN_MAX)));
    expect(mesh.router(0).stats().overflowed).toBe(1);
    expect(mesh.router(0).stats().destinations).toBe(1 + UNKNOWN_MAX);
  });
});

describe("requests for sequence numbers", () => {
  test("a flood of them bumps the origin's number rarely and by little", () => {
    const mesh = newMesh(3);
    joinAll(mesh, chain(3));
    mesh.settle();
    for (let i = 0; i < 5_000; i++) {
      const request = { hopLimit: 64, requestId: i, seqno: 2 ** 40 + i };
      mesh.inject(0, 1, encodeControl({ kind: ENTRY.request, origin: mesh.id(2), ...request }));
      if (i % 10 === 0) mesh.settle(1);
    }
    mesh.settle(1_000);
    expect(mesh.router(2).stats().seqnoBumps).toBeLessThanOrEqual(2 + 1_500 / SEQNO_BUMP_MS);
    expect(mesh.router(2).ownRecord.seqno).toBeLessThanOrEqual(2 + 1_500 / SIGN_GAP_MS);
    expect(mesh.router(1).stats().requestsForwarded).toBeLessThanOrEqual(
      REQUEST_INTAKE_BURST + 64 * 2,
    );
  });

  test("one request lifts the number to what was asked for and no further", () => {
    const mesh = newMesh(2);
    joinAll(mesh, chain(2));
    mesh.settle();
    const request = { kind: ENTRY.request, origin: mesh.id(1), hopLimit: 1 } as const;
    mesh.inject(0, 1, encodeControl({ ...request, seqno: 60, requestId: 1 }));
    expect(mesh.router(1).ownRecord.seqno).toBe(60);
    mesh.inject(0, 1, encodeControl({ ...request, seqno: 60, requestId: 2 }));
    mesh.settle();
    expect(mesh.router(1).ownRecord.seqno).toBe(60);
  });

  test("are not passed on beyond their hop limit, nor twice", () => {
    const mesh = newMesh(3);
    joinAll(mesh, chain(3));
    mesh.settle();
    const request = { kind: ENTRY.request, origin: mesh.id(2), seqno: 2 } as const;
    mesh.inject(0, 1, encodeControl({ ...request, hopLimit: 1, requestId: 1 }));
    expect(mesh.router(1).stats().requestsForwarded).toBe(0);
    mesh.settle(1_000);
    mesh.inject(0, 1, encodeControl({ ...request, hopLimit: 2, requestId: 2 }));
    mesh.inject(0, 1, encodeControl({ ...request, hopLimit: 2, requestId: 2 }));
    expect(mesh.router(1).stats().requestsForwarded).toBe(1);
  });

  test("a neighbour that offers what is not feasible cannot make an origin flood the mesh", () => {
    const mesh = newMesh(6);
    joinAll(mesh, ring(6));
    mesh.settle();
    mesh.router(3).rename("newer");
    mesh.settle();
    const forger = new Forger(mesh, 5, 0);
    const before = mesh.router(3).stats().seqnoBumps;
    const minutes = 5;
    for (let i = 0; i < minutes * 60; i++) {
      forger.say(forger.introduction(mesh.id(3), { metric: 1 + (i % 2) * 29, hops: 1 }));
      mesh.settle(1_000);
    }
    const bumps = mesh.router(3).stats().seqnoBumps - before;
    expect(bumps).toBeGreaterThan(0);
    expect(bumps).toBeLessThanOrEqual(1 + (minutes * 60_000) / IMPROVE_MS);
    expect(mesh.router(3).ownRecord.seqno).toBe(2);
  });
});

describe("messages", () => {
  test("never exceed their limit, however much there is to tell", () => {
    const sent: Uint8Array[] = [];
    const link: LinkPort = {
      neighbours: () => [],
      neighbour: () => undefined,
      sendControl: (_, message) => sent.push(message) > 0,
      sendPacket: () => false,
    };
    const about = { id: invented(1), cost: 1, suspect: false, bitsPerSecond: 1e6 };
    const stats = newStats();
    const letter = new Letter(new Neighbour(about, 0), link, stats);
    const entries = Array.from({ length: 100 }, (_, handle): Entry => {
      const record = new Uint8Array(limits.PEER_RECORD_BYTES_MAX).fill(handle);
      return { kind: ENTRY.record, ref: REF.mine, generation: 0, handle, record };
    });
    for (const entry of entries) letter.add(entry);
    letter.send();
    expect(sent.flatMap((message) => decodeControl(message))).toEqual(entries);
    const bytes = sent.reduce((sum, { length }) => sum + length, 0);
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(CONTROL_BYTES_MAX);
    expect(sent).toHaveLength(Math.ceil(bytes / CONTROL_BYTES_MAX));
    expect([letter.sentBytes, stats.bytesSent]).toEqual([bytes, bytes]);
  });
});

test("options that make no sense are refused", () => {
  const identity = identities[0] as LocalIdentity;
  const link = {
    neighbours: () => [],
    neighbour: () => undefined,
    sendControl: () => false,
    sendPacket: () => false,
  };
  const events = { onPacket() {}, onReachable() {}, onUnreachable() {}, onWayChanged() {} };
  const make = (changes: { seqno?: number; vicinityMax?: number; landmarksMax?: number }): Router =>
    new Router({
      ...{ identity, name: "x", seqno: 0, suite, clock: new ManualClock(), link, events },
      ...{ random: testRandom(1), log: SILENT_LOG, reserveSeqno: () => {} },
      ...changes,
    });
  expect(() => make({ seqno: -1 })).toThrow("out of range");
  expect(() => make({ vicinityMax: 0 })).toThrow("none");
  expect(() => make({ vicinityMax: BUDGET_MAX + 1 })).toThrow("none");
  expect(() => make({ landmarksMax: -1 })).toThrow("cannot be kept");
  expect(() => make({ landmarksMax: BUDGET_MAX + 1 })).toThrow("cannot be kept");
  expect(make({ vicinityMax: BUDGET_MAX, landmarksMax: BUDGET_MAX }).routes()).toEqual([]);
  expect(make({ vicinityMax: 1 }).routes()).toEqual([]);
  const last = make({ seqno: 2 ** 48 - 1 });
  expect(() => last.rename("y")).toThrow("used all its sequence numbers");
  expect(wrongRoutes(newMesh(1), [])).toEqual([]);
});
