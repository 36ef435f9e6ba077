import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { chain, edge, joinAll, remembering, wrongRoutes } from "./graphs.fixture.ts";
import { RESTING_MAX, RESTING_MS, RESUME_WAIT_MS } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { ENTRY, encodeControl } from "./messages.ts";
import { Neighbour } from "./neighbour.ts";
import { Resumes } from "./resumes.ts";
import { Table } from "./table.ts";

const suite = remembering(createNodeSuite());
const PLACES = 40;
const identities = Array.from({ length: PLACES }, (_, i) => testIdentity(suite, `resumed ${i}`));
/** 0 hangs on 1 alone; all others hang together. */
const REST = [
  ...chain(PLACES - 1).map(({ a, b, cost }) => edge(a + 1, b + 1, cost)),
  edge(1, 20, 5),
];
const EDGES = [edge(0, 1, 10), ...REST];

function settled(): Mesh {
  const clock = new ManualClock();
  const mesh = new Mesh({ suite, clock, random: testRandom(5), identities });
  joinAll(mesh, EDGES);
  mesh.settle();
  return mesh;
}

/** Bytes between 0 and 1, both ways. */
function bytesOnLink(mesh: Mesh): number {
  const between = (key: string): number => mesh.controlBytesBetween.get(key) ?? 0;
  return between("0>1") + between("1>0");
}

/** The same after such a time. */
function flapAfter(mesh: Mesh, ms: number): number {
  return flap(mesh, () => mesh.settle(ms + 1_000));
}

/** Cuts the link of 0 and mends it; returns the control bytes that cost on it. */
function flap(mesh: Mesh, meanwhile: () => void = () => {}): number {
  mesh.cut(0, 1);
  mesh.settle(20_000);
  expect(mesh.router(0).routes()).toEqual([]);
  meanwhile();
  const before = bytesOnLink(mesh);
  mesh.join(0, 1, 10);
  mesh.settle(20_000);
  return bytesOnLink(mesh) - before;
}

describe("a link that comes back", () => {
  test("costs a digest, not a table", () => {
    const mesh = settled();
    const first = bytesOnLink(mesh);
    const again = flap(mesh);
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
    expect(again).toBeLessThan(first / 10);
    // Two digests of 66 bytes, two answers, two introductions, and what is new of each other.
    expect(again).toBeLessThan(400);
    // After the time for which it is remembered the table is told.
    const later = flapAfter(mesh, RESTING_MS);
    expect(later).toBeGreaterThan(again + 23 * 30);
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
  });

  test("brings what has changed meanwhile, and nothing that is gone", () => {
    const mesh = settled();
    const without = EDGES.filter(({ a, b }) => !(a === 38 && b === 39));
    flap(mesh, () => {
      mesh.cut(38, 39);
      mesh.settle(1_000);
      mesh.router(5).rename("five");
      mesh.settle(1_000);
    });
    expect(wrongRoutes(mesh, without)).toEqual([]);
    expect(mesh.router(0).record(mesh.id(5))?.name).toBe("five");
    expect(mesh.router(0).record(mesh.id(39))).toBeUndefined();
    mesh.join(38, 39, EDGES.find(({ a }) => a === 38)?.cost ?? 0);
    mesh.settle();
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
  });

  test("that is lost again before the other has answered is as good as new", () => {
    const mesh = settled();
    mesh.cut(0, 1);
    mesh.settle(1_000);
    for (let time = 0; time < 5; time++) {
      mesh.join(0, 1, 10);
      mesh.settle(1);
      mesh.cut(0, 1);
      mesh.settle(100);
    }
    const again = flap(mesh);
    expect(again).toBeLessThan(400);
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
  });

  test("to somebody who has forgotten brings everything", () => {
    const mesh = settled();
    flap(mesh, () => mesh.restart(0, 50));
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
    flap(mesh, () => mesh.restart(1, 50));
    mesh.settle();
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
  });

  test("to somebody who meanwhile gave up what it had told brings that under new handles", () => {
    const mesh = settled();
    mesh.cut(0, 1);
    mesh.settle(20_000);
    mesh.restart(1, 50);
    mesh.join(0, 1, 10);
    mesh.settle(20_000);
    // Both at once: 1 and 20 lose each other, and then most of what lay behind.
    mesh.join(1, 2, 10);
    mesh.join(1, 20, 5);
    mesh.settle();
    expect(wrongRoutes(mesh, EDGES)).toEqual([]);
  });

  test("leaves no phantom where the answer comes too late", () => {
    const mesh = settled();
    mesh.cut(0, 1);
    mesh.settle(20_000);
    // The first round trip takes longer than an answer is waited for.
    mesh.join(0, 1, 10, 0.6 * RESUME_WAIT_MS);
    mesh.settle(1_000);
    mesh.cut(38, 39);
    mesh.settle();
    expect(mesh.router(0).record(mesh.id(39))).toBeUndefined();
    expect(wrongRoutes(mesh, EDGES.slice(0, -2).concat(edge(1, 20, 5)))).toEqual([]);
  });

  test("costs little, however many answers a neighbour makes up", () => {
    const mesh = settled();
    mesh.cut(0, 1);
    mesh.settle(1_000);
    mesh.cut(38, 39);
    mesh.settle(5_000);
    mesh.join(0, 1, 10);
    const before = mesh.controlBytesBetween.get("1>0") ?? 0;
    const answer = { kind: ENTRY.resumed, buckets: 0xffff } as const;
    mesh.inject(0, 1, encodeControl(...Array.from({ length: 5_000 }, () => answer)));
    mesh.settle(40);
    expect((mesh.controlBytesBetween.get("1>0") ?? 0) - before).toBeLessThan(2_000);
  });

  test("says nothing for a while to a neighbour that does not answer, then everything", () => {
    const mesh = settled();
    mesh.cut(0, 1);
    mesh.settle(1_000);
    mesh.join(0, 1, 10);
    mesh.cut(0, 1, RESUME_WAIT_MS * 4, RESUME_WAIT_MS * 4);
    const before = bytesOnLink(mesh);
    mesh.settle(RESUME_WAIT_MS / 2);
    const early = bytesOnLink(mesh) - before;
    mesh.settle(RESUME_WAIT_MS * 2);
    expect(early).toBeLessThan(400);
    expect(bytesOnLink(mesh) - before).toBeGreaterThan(early + 23 * 30);
  });
});

test("the last neighbours lost are remembered, one more makes the first forgotten", () => {
  const table = new Table({ vicinityMax: 64, landmarksMax: 0 }, 1);
  const ids = identities.map(({ id }) => id);
  const asked: Neighbour[] = [];
  const resumes = new Resumes({
    table,
    announcer: { abandonHandle: () => {}, ask: (of) => asked.push(of), tellAll: () => {} },
    restored: () => {},
    forget: () => {},
  });
  const info = { cost: 10, suspect: false, bitsPerSecond: 1e7 };
  const neighbours = ids.slice(0, RESTING_MAX + 1).map((id) => new Neighbour({ id, ...info }, 0));
  const [first, second] = [must(neighbours[0], "one"), must(neighbours[1], "two")];
  const { slot } = table.add(must(ids[30], "an origin"), first, 0);
  neighbours.forEach((neighbour, lost) => {
    neighbour.told.reserve(slot);
    neighbour.told.metric[slot] = 7;
    resumes.rest(neighbour, lost);
    expect(resumes.resting).toBe(Math.min(RESTING_MAX, lost + 1));
  });
  expect(resumes.begin(first, 100)).toBe(false);
  expect(resumes.begin(second, 100)).toBe(true);
  expect(asked).toEqual([second]);
  // Nor for longer than the time.
  const third = must(neighbours[2], "three");
  expect(resumes.begin(third, RESTING_MS + 2)).toBe(false);
});
