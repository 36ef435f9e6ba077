import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, peerIdToBytes } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Forger } from "./forger.fixture.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import {
  FAULTS_MAX,
  INTRODUCTIONS_MAX,
  INTRODUCTIONS_MS,
  TABLE_REPEAT_MS,
  UNKNOWN_MS,
} from "./limits.ts";
import { lotteryOf } from "./lottery.ts";
import { Mesh } from "./mesh.fixture.ts";
import { decodeControl, ENTRY } from "./messages.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 3 }, (_, i) => testIdentity(suite, `place ${i}`));
const BUDGETS = { vicinityMax: 24, landmarksMax: 8 };
const PLACES = 32;
const NEIGHBOURS = 2;
/** Of bad lottery values, so that only their distance counts. */
const crowd = Array.from({ length: 120 }, (_, i) => testIdentity(suite, `crowd ${i}`))
  .map((identity) => ({
    id: identity.id,
    record: encodePeerRecord(identity, { name: "", seqno: 1 }),
    lottery: lotteryOf(peerIdToBytes(identity.id)),
  }))
  .sort((a, b) => b.lottery - a.lottery);

interface Scene {
  readonly mesh: Mesh;
  readonly one: Forger;
  readonly two: Forger;
  readonly size: () => number;
}

/** Place 0 between 1 and 2, which say what they are made to. */
function between(): Scene {
  const mesh = new Mesh({
    ...{ suite, clock: new ManualClock(), random: testRandom(5), identities, ...BUDGETS },
  });
  joinAll(mesh, [edge(0, 1), edge(0, 2)]);
  mesh.settle();
  const size = (): number => mesh.router(0).stats().destinations;
  mesh.afterStep = () => expect(size()).toBeLessThanOrEqual(PLACES + NEIGHBOURS);
  return { mesh, one: new Forger(mesh, 1, 0), two: new Forger(mesh, 2, 0), size };
}

function someone(index: number): { readonly id: string; readonly record: Uint8Array } {
  const found = crowd[index];
  if (found === undefined) throw new RangeError(`There is no ${index}`);
  return found;
}

/** So many of the crowd, told of from the furthest on, none of whose records comes. */
function introduce({ mesh, one }: Scene, from: number, to: number): void {
  for (let i = from; i < to; i++) one.say(one.introduction(someone(i).id, { metric: 9_000 - i }));
  mesh.settle(50);
}

test("what finds no place waits and comes in, the nearest first, as places come free", () => {
  const scene = between();
  const { mesh, one, size } = scene;
  introduce(scene, 0, 60);
  expect(size()).toBe(PLACES + NEIGHBOURS);
  one.say(one.retraction(someone(0).id), one.retraction(someone(1).id));
  mesh.settle(50);
  expect(size()).toBe(PLACES + NEIGHBOURS);
  // Those of the least distance among the 28 that waited.
  for (const [index, isIn] of [
    [59, true],
    [58, true],
    [57, false],
    [32, false],
  ] as const) {
    const { id, record } = someone(index);
    one.say(one.answer(id, record));
    mesh.settle(50);
    expect([index, mesh.router(0).route(id) !== undefined]).toEqual([index, isIn]);
  }
});

test("what has waited counts as it was told last", () => {
  const scene = between();
  const { mesh, one } = scene;
  introduce(scene, 0, 40);
  const [nearer, gone, place] = [someone(35).id, someone(39).id, someone(0).id];
  one.say(one.news(nearer, { metric: 77, hops: 4 }), one.retraction(gone), one.retraction(place));
  mesh.settle(50);
  expect(mesh.router(0).stats().faults["unknown-handle"]).toBe(0);
  one.say(one.answer(nearer, someone(35).record));
  mesh.settle(50);
  expect(mesh.router(0).route(nearer)).toMatchObject({ metric: 78, hops: 5 });
  for (let i = 0; i < 40; i++) one.say(one.retraction(someone(i).id));
  mesh.settle(5_000);
  expect([mesh.router(0).stats().destinations, mesh.router(0).route(gone)]).toEqual([
    NEIGHBOURS,
    undefined,
  ]);
});

test("what another neighbour says of an origin that came in waits no longer", () => {
  const scene = between();
  const { mesh, one, two } = scene;
  introduce(scene, 0, 40);
  two.say(two.introduction(someone(39).id, { metric: 1_000 }));
  mesh.settle(50);
  one.say(one.answer(someone(39).id, someone(39).record));
  two.say(two.answer(someone(39).id, someone(39).record));
  mesh.settle(50);
  expect(mesh.router(0).route(someone(39).id)).toMatchObject({ nextHop: mesh.id(2) });
  one.say(one.introduction(someone(39).id, { metric: 3 }));
  mesh.settle(5_000);
  expect(mesh.router(0).route(someone(39).id)).toMatchObject({ nextHop: mesh.id(1) });
});

test("a neighbour that never sends a record keeps others' origins waiting for so long, not longer", () => {
  const scene = between();
  const { mesh, two } = scene;
  introduce(scene, 0, 60);
  for (let i = 60; i < 64; i++) two.say(two.introduction(someone(i).id, { metric: 10 }));
  mesh.settle(50);
  const reached = (): number => {
    for (let i = 60; i < 64; i++) two.say(two.answer(someone(i).id, someone(i).record));
    mesh.settle(INTRODUCTIONS_MS);
    return [60, 61, 62, 63].filter((i) => mesh.router(0).route(someone(i).id)).length;
  };
  // One at once, as it had brought none; each of the others as soon as that one has its record.
  for (const count of [1, 2, 3, 4]) expect(reached()).toBe(count);
  expect(mesh.router(0).stats().destinations).toBe(PLACES + NEIGHBOURS);
});

test("places that nobody fills go on to the next ones of the same neighbours by time", () => {
  const scene = between();
  const { mesh, two } = scene;
  introduce(scene, 0, 40);
  for (let i = 60; i < 70; i++) two.say(two.introduction(someone(i).id, { metric: 10 }));
  mesh.settle(50);
  const before = mesh.router(0).stats().evicted;
  mesh.settle(UNKNOWN_MS + INTRODUCTIONS_MS);
  expect(mesh.router(0).stats().evicted - before).toBeGreaterThan(5);
});

test("of a neighbour that is believed no more nothing waits", () => {
  const scene = between();
  introduce(scene, 0, 60);
  const { mesh, size } = scene;
  for (let i = 0; i < FAULTS_MAX; i++) mesh.inject(1, 0, Uint8Array.of(255));
  expect(mesh.router(0).stats().penalties).toBe(1);
  mesh.settle(2 * INTRODUCTIONS_MS);
  expect(size()).toBe(NEIGHBOURS);
});

test("as many introductions as allowed wait unasked; for one more the whole table is asked for later", () => {
  for (const [count, asked] of [
    [2 + INTRODUCTIONS_MAX, 0],
    [2 + INTRODUCTIONS_MAX + 1, 1],
  ] as const) {
    const { mesh, one, size } = between();
    for (const { id, record } of crowd.slice(0, PLACES)) one.claim(id, record, { metric: 9_000 });
    one.insist();
    let tables = 0;
    const events = mesh.router(1).linkEvents;
    const onControl = events.onControl.bind(events);
    events.onControl = (from, message) => {
      for (const entry of decodeControl(message)) {
        if (entry.kind === ENTRY.repeat && entry.handle === undefined) tables++;
      }
      onControl(from, message);
    };
    for (let i = 0; i < count; i++) one.say(one.introduction(invented(i), { metric: 5 }));
    mesh.settle(50);
    expect(size()).toBe(PLACES + NEIGHBOURS);
    // All leave: what was turned away may have been better than what has stayed.
    for (let i = 0; i < count; i++) one.say(one.retraction(invented(i)));
    mesh.settle(2 * TABLE_REPEAT_MS);
    expect([size() > PLACES - 4, tables]).toEqual([true, asked]);
  }
});

function invented(number: number): string {
  return `fd${number.toString(16).padStart(30, "0")}`;
}
