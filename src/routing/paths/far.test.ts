import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PeerRecord } from "../../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { joinAll, randomGraph } from "../graphs.fixture.ts";
import { Mesh } from "../mesh.fixture.ts";

const suite = createNodeSuite();

/** A mesh that is larger than its tables, after everybody has published its place. */
function bigMesh(size: number, seed: number, vicinityMax: number, landmarksMax: number): Mesh {
  const identities = Array.from({ length: size }, (_, i) => testIdentity(suite, `far peer ${i}`));
  const mesh = new Mesh({
    ...{ suite, clock: new ManualClock(1_000), random: testRandom(seed), identities },
    ...{ vicinityMax, landmarksMax },
  });
  joinAll(mesh, randomGraph(size, size, testRandom(`far ${seed}`)));
  mesh.settle(20_000);
  return mesh;
}

function locate(mesh: Mesh, from: number, to: number): PeerRecord | undefined {
  const found: (PeerRecord | undefined)[] = [];
  mesh.router(from).paths.locate(mesh.id(to), (record) => found.push(record));
  mesh.settle(7_000);
  expect(found).toHaveLength(1);
  return found[0];
}

describe.each([
  { size: 60, vicinityMax: 8, landmarksMax: 8 },
  { size: 120, vicinityMax: 16, landmarksMax: 12 },
])("$size peers with tables of $vicinityMax and $landmarksMax landmarks", (shape) => {
  const { size, vicinityMax, landmarksMax } = shape;
  const mesh = bigMesh(size, 5, vicinityMax, landmarksMax);
  const random = testRandom(`pairs ${size}`);
  const far: [number, number][] = [];
  while (far.length < 60) {
    const [from, to] = [random.u32() % size, random.u32() % size];
    if (from !== to && mesh.router(from).route(mesh.id(to)) === undefined) far.push([from, to]);
  }

  test("everybody has published a locator, and four landmarks keep it", () => {
    const published = mesh.routers.filter((r) => r.stats().services.locatorsPublished > 0);
    expect(published).toHaveLength(size);
    expect(mesh.total(({ services }) => services.locatorsStored)).toBeGreaterThanOrEqual(4 * size);
  });

  test("first packets by landmarks reach peers outside the vicinity, and answers come back", () => {
    let reached = 0;
    for (const [from, to] of far) {
      const record = locate(mesh, from, to);
      if (record?.id !== mesh.id(to)) continue;
      mesh.arrivals.length = 0;
      expect(mesh.router(from).record(mesh.id(to))).toBe(record);
      expect(mesh.router(from).send(mesh.id(to), utf8(`from ${from} to ${to}`))).toBe(true);
      mesh.settle(1_000);
      const [arrival] = mesh.arrivals;
      if (arrival?.place !== to) continue;
      const back = must(arrival.back, "it was recorded");
      expect(mesh.router(to).paths.sendAlong(back, mesh.id(from), utf8("back"))).toBe(true);
      mesh.settle(1_000);
      expect(mesh.arrivals[1]?.place).toBe(from);
      reached++;
    }
    expect(reached).toBe(far.length);
  });
});
