import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import type { RouteExplanation } from "./explain.ts";
import { type Edge, edge, joinAll, remembering } from "./graphs.fixture.ts";
import { Mesh } from "./mesh.fixture.ts";

const suite = remembering(createNodeSuite());
const identities = Array.from({ length: 6 }, (_, i) => testIdentity(suite, `place ${i}`));

function settled(places: number, edges: readonly Edge[], vicinityMax = 100): Mesh {
  const mesh = new Mesh({
    ...{ suite, vicinityMax, landmarksMax: 0, clock: new ManualClock(), random: testRandom(3) },
    identities: identities.slice(0, places),
  });
  joinAll(mesh, edges, 1);
  mesh.settle();
  return mesh;
}

/** What place 0 says of the offer of each neighbour, by place. */
function offers(mesh: Mesh, to: number): Map<number, RouteExplanation> {
  const { routes } = mesh.router(0).explain(mesh.id(to));
  return new Map(routes.map((route) => [mesh.place(route.neighbour), route]));
}

const DIAMOND = [edge(0, 1, 10), edge(1, 3, 10), edge(0, 2, 30), edge(2, 3, 30)];

test("a diamond: the short way is in use, the long one stands by, least cost first", () => {
  const mesh = settled(4, DIAMOND);
  const found = mesh.router(0).explain(mesh.id(3));
  expect(found).toMatchObject({
    destination: mesh.id(3),
    remembered: false,
    requestedSeqno: undefined,
    tableFull: false,
    neighbours: 2,
  });
  expect(found.routes.map(({ neighbour, total }) => [mesh.place(neighbour), total])).toEqual([
    [1, 20],
    [2, 60],
  ]);
  const [first, second] = found.routes;
  expect(first).toMatchObject({ selected: true, alternate: false, feasible: true, hops: 2 });
  expect(second).toMatchObject({ selected: false, alternate: true, viaUs: false, metric: 30 });
  expect(found.feasibleDistance?.metric).toBe(20);
});

test("a silent neighbour is told as such, and what leads back through here, too", () => {
  const mesh = settled(4, DIAMOND);
  mesh.change(0, 1, { suspect: true });
  mesh.settle();
  expect(offers(mesh, 3).get(1)?.suspect).toBe(true);
  const back = offers(settled(3, [edge(0, 1), edge(0, 2), edge(1, 2, 50)]), 1).get(2);
  expect(back).toMatchObject({ viaUs: true, usable: false, selected: false });
});

test("a peer that is lost is remembered, one that was never there is not", () => {
  const mesh = settled(3, [edge(0, 1), edge(1, 2)]);
  const stranger = identities[5]?.id ?? "";
  expect(mesh.router(0).explain(stranger)).toMatchObject({ routes: [], remembered: false });
  mesh.cut(1, 2);
  mesh.settle(1_000);
  expect(mesh.router(0).explain(mesh.id(2))).toMatchObject({ routes: [], remembered: true });
});

test("a table that turned somebody away says so", () => {
  const mesh = settled(5, [edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 4)], 2);
  expect(mesh.router(0).explain(mesh.id(4))).toMatchObject({ routes: [], tableFull: true });
});
