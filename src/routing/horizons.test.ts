import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import { HORIZON_MS, LOTTERY_ALL, METRIC_MAX, TABLE_REPEAT_MS } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { ENTRY, encodeControl } from "./messages.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 12 }, (_, i) => testIdentity(suite, `place ${i}`));

/** Place 0 with room for four besides its neighbour 1, which has all others around it. */
function star(leaves: number): Mesh {
  const mesh = new Mesh({
    ...{ suite, clock: new ManualClock(), random: testRandom(3), identities },
    ...{ vicinityMax: 4, landmarksMax: 0 },
  });
  const around = Array.from({ length: leaves }, (_, i) => edge(1, 2 + i, 10 * (i + 1)));
  joinAll(mesh, [edge(0, 1), ...around]);
  mesh.settle();
  return mesh;
}

function known(mesh: Mesh): number[] {
  return mesh
    .router(0)
    .routes()
    .map(({ destination }) => mesh.place(destination));
}

function told(mesh: Mesh): number {
  return mesh.controlBytesBetween.get("1>0") ?? 0;
}

test("nothing beyond the horizon is told; when it grows, it is", () => {
  const mesh = star(8);
  expect(known(mesh)).toEqual([1, 2, 3, 4, 5]);
  const before = told(mesh);
  mesh.join(1, 10, 5_000);
  mesh.settle();
  expect(told(mesh)).toBe(before);
  mesh.join(1, 11, 15);
  mesh.settle();
  expect(known(mesh)).toEqual([1, 2, 11, 3, 4]);
  mesh.cut(1, 2);
  mesh.cut(1, 3);
  mesh.settle(TABLE_REPEAT_MS + HORIZON_MS);
  mesh.settle();
  expect(known(mesh)).toEqual([1, 11, 4, 5, 6]);
});

test("who asks for the whole table is not told what lies beyond its horizon", () => {
  const mesh = star(10);
  const before = told(mesh);
  mesh.inject(0, 1, encodeControl({ kind: ENTRY.repeat, handle: undefined }));
  mesh.settle(TABLE_REPEAT_MS);
  // Five of the eleven have a place at 0; an introduction has 23 bytes at least.
  expect(told(mesh) - before).toBeGreaterThan(5 * 23);
  expect(told(mesh) - before).toBeLessThan(8 * 23);
  expect(known(mesh)).toEqual([1, 2, 3, 4, 5]);
});

test("a table that is not full has no horizon, and says nothing of it", () => {
  const mesh = star(4);
  const [toOne, toZero] = [mesh.controlBytesBetween.get("0>1") ?? 0, told(mesh)];
  expect(known(mesh)).toEqual([1, 2, 3, 4, 5]);
  mesh.settle();
  expect([mesh.controlBytesBetween.get("0>1"), told(mesh)]).toEqual([toOne, toZero]);
});

test("that somebody has a horizon is passed on, so that all publish where they are", () => {
  const published = (hearsOfMore: boolean): readonly boolean[] => {
    const clock = new ManualClock();
    const mesh = new Mesh({
      ...{ suite, clock, random: testRandom(4), identities: identities.slice(0, 4) },
      ...{ vicinityMax: 64, landmarksMax: 64 },
    });
    joinAll(mesh, [edge(0, 1), edge(1, 2), edge(2, 3)]);
    mesh.settle(1_000);
    const open = { kind: ENTRY.horizon, metric: METRIC_MAX, lottery: LOTTERY_ALL };
    if (hearsOfMore) mesh.inject(1, 0, encodeControl(open));
    mesh.settle(20_000);
    return mesh.routers.map((router) => router.stats().services.locatorsPublished > 0);
  };
  expect(published(false)).toEqual([false, false, false, false]);
  expect(published(true)).toEqual([true, true, true, true]);
});
