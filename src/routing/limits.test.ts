import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, type LocalIdentity } from "../identity/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { chain, edge, joinAll, remembering, ring, wrongRoutes } from "./graphs.fixture.ts";
import {
  CONTROL_BYTES_MAX,
  IMPROVE_MS,
  REQUEST_INTAKE_BURST,
  SEQNO_BUMP_MS,
  TABLE_REPEAT_MS,
  VERIFY_BURST,
  VERIFY_QUEUE_MAX,
} from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { ENTRY_FULL, ENTRY_SEQNO_REQUEST, encodeControl, type Update } from "./messages.ts";
import { Router } from "./router.ts";

const suite = remembering(createNodeSuite());
const stranger = testIdentity(suite, "stranger");
const identities = Array.from({ length: 14 }, (_, i) => testIdentity(suite, `place ${i}`));

function newMesh(places: number, vicinityMax?: number): Mesh {
  return new Mesh({
    ...{ suite, clock: new ManualClock(), random: testRandom(2) },
    identities: identities.slice(0, places),
    ...(vicinityMax === undefined ? {} : { vicinityMax }),
  });
}

function announcement(identity: LocalIdentity, metric: number): Update {
  const record = encodePeerRecord(identity, { name: "", seqno: 1 });
  const flags = { viaYou: false, spare: false };
  return { type: ENTRY_FULL, origin: identity.id, seqno: 1, metric, hops: 3, ...flags, record };
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
  const claims = crowd.map((identity) => announcement(identity, 500));

  test("is rationed per neighbour; what exceeds it waits and is not lost", () => {
    const mesh = newMesh(2);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    mesh.settle(10_000);
    for (let i = 0; i < claims.length; i += 20) {
      mesh.inject(1, 0, encodeControl(...claims.slice(i, i + 20)));
    }
    expect(mesh.router(0).stats().verified).toBe(1 + VERIFY_BURST);
    expect(mesh.router(0).stats().deferred).toBe(claims.length - VERIFY_BURST);
    expect(mesh.router(0).routes()).toHaveLength(1 + VERIFY_BURST);
    mesh.settle(1_000);
    expect(mesh.router(0).routes()).toHaveLength(1 + claims.length);
  });

  test("a retraction overtakes the announcement that waits", () => {
    const mesh = newMesh(2);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    for (const claim of claims) mesh.inject(1, 0, encodeControl(claim));
    const last = claims.at(-1)?.origin ?? "";
    mesh.inject(1, 0, encodeControl({ type: 3, origin: last }));
    mesh.settle(5_000);
    expect(mesh.router(0).routes()).toHaveLength(claims.length);
    expect(mesh.router(0).route(last)).toBe(undefined);
  });

  test("what waits is bounded; beyond that the table is asked for again", () => {
    const mesh = newMesh(2);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    mesh.settle(TABLE_REPEAT_MS);
    for (const claim of claims.slice(0, VERIFY_BURST)) mesh.inject(1, 0, encodeControl(claim));
    const record = new Uint8Array(200);
    const flood = (i: number): void => {
      const origin = `fd${i.toString(16).padStart(30, "0")}`;
      mesh.inject(1, 0, encodeControl({ ...announcement(stranger, 500), origin, record }));
    };
    for (let i = 0; i < VERIFY_QUEUE_MAX; i++) flood(i);
    const { deferred, overflowed, messagesSent } = mesh.router(0).stats();
    expect([deferred, overflowed]).toEqual([VERIFY_QUEUE_MAX, 0]);
    flood(VERIFY_QUEUE_MAX);
    expect(mesh.router(0).stats().overflowed).toBe(1);
    mesh.settle(1);
    expect(mesh.router(0).stats().messagesSent).toBeGreaterThan(messagesSent);
  });
});

describe("requests for sequence numbers", () => {
  test("a flood of them bumps the origin's number rarely and by little", () => {
    const mesh = newMesh(3);
    joinAll(mesh, chain(3));
    mesh.settle();
    for (let i = 0; i < 5_000; i++) {
      const request = { hopLimit: 64, requestId: i, seqno: 2 ** 40 + i };
      mesh.inject(
        0,
        1,
        encodeControl({ type: ENTRY_SEQNO_REQUEST, origin: mesh.id(2), ...request }),
      );
      if (i % 10 === 0) mesh.settle(1);
    }
    mesh.settle(1_000);
    expect(mesh.router(2).stats().seqnoBumps).toBeLessThanOrEqual(2 + 1_500 / SEQNO_BUMP_MS);
    expect(mesh.router(2).ownRecord.seqno).toBeLessThan(8);
    expect(mesh.router(1).stats().requestsForwarded).toBeLessThanOrEqual(
      REQUEST_INTAKE_BURST + 64 * 2,
    );
  });

  test("one request lifts the number to what was asked for and no further", () => {
    const mesh = newMesh(2);
    joinAll(mesh, chain(2));
    mesh.settle();
    const request = { type: ENTRY_SEQNO_REQUEST, origin: mesh.id(1), hopLimit: 1 } as const;
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
    const request = { type: ENTRY_SEQNO_REQUEST, origin: mesh.id(2), seqno: 2 } as const;
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
    const target = mesh.router(3).ownRecord;
    const lie = { ...announcement(identities[3] as LocalIdentity, 1), hops: 1 };
    mesh.router(3).rename("newer");
    mesh.settle();
    const before = mesh.router(3).ownRecord.seqno;
    const minutes = 10;
    for (let i = 0; i < minutes * 60; i++) {
      mesh.inject(5, 0, encodeControl({ ...lie, origin: target.id, metric: 1 + (i % 2) * 29 }));
      mesh.settle(1_000);
    }
    expect(mesh.router(3).ownRecord.seqno - before).toBeLessThanOrEqual(
      1 + (minutes * 60_000) / IMPROVE_MS,
    );
  });
});

describe("messages", () => {
  test("never exceed their limit, however much there is to tell", () => {
    const mesh = newMesh(3);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    for (let i = 0; i < 200; i++) {
      const identity = testIdentity(suite, `many ${i}`);
      mesh.inject(1, 0, encodeControl(announcement(identity, 9)));
    }
    const { messagesSent, bytesSent } = mesh.router(0).stats();
    mesh.join(0, 2);
    const after = mesh.router(0).stats();
    const bytes = after.bytesSent - bytesSent;
    expect(bytes).toBeGreaterThan(4 * CONTROL_BYTES_MAX * 0.5);
    expect(after.messagesSent - messagesSent).toBe(Math.ceil(bytes / CONTROL_BYTES_MAX));
    mesh.settle();
    expect(mesh.router(2).routes()).toHaveLength(202);
  });
});

test("options that make no sense are refused", () => {
  const [identity] = identities;
  if (identity === undefined) throw new Error("no identity");
  const link = {
    neighbours: () => [],
    neighbour: () => undefined,
    sendControl: () => false,
    sendPacket: () => false,
  };
  const events = { onPacket() {}, onReachable() {}, onUnreachable() {}, onWayChanged() {} };
  const make = (changes: { seqno?: number; vicinityMax?: number }): Router =>
    new Router({
      ...{ identity, name: "x", seqno: 0, suite, clock: new ManualClock(), link, events },
      ...{ random: testRandom(1), log: SILENT_LOG, reserveSeqno: () => {} },
      ...changes,
    });
  expect(() => make({ seqno: -1 })).toThrow("out of range");
  expect(() => make({ vicinityMax: 0 })).toThrow("none");
  expect(make({ vicinityMax: 1 }).routes()).toEqual([]);
  const last = make({ seqno: 2 ** 48 - 1 });
  expect(() => last.rename("y")).toThrow("used all its sequence numbers");
  expect(wrongRoutes(newMesh(1), [])).toEqual([]);
});
