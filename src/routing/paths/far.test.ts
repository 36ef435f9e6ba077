import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { PeerRecord } from "../../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { dijkstra, joinAll, randomGraph } from "../graphs.fixture.ts";
import { Mesh } from "../mesh.fixture.ts";
import { COOKIE_BYTES, encodeLookup } from "./messages.ts";

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
  while (far.length < 40) {
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

  test("near is whose whole way lies in the vicinity: hardly ever there is a shorter one", () => {
    const links = randomGraph(size, size, testRandom("far 5"));
    const counts = { shortest: 0, longer: 0, landmarks: 0 };
    for (let from = 0; from < size; from++) {
      const shortest = dijkstra(size, links, from);
      const router = mesh.router(from);
      for (const { destination, metric } of router.routes()) {
        if (!router.paths.isNear(destination)) counts.landmarks++;
        else if (metric === shortest[mesh.place(destination)]) counts.shortest++;
        else counts.longer++;
      }
    }
    expect(counts.longer).toBeLessThanOrEqual(counts.shortest / 100);
    expect(counts.shortest).toBeGreaterThan((size * vicinityMax) / 2);
    expect(counts.landmarks).toBeGreaterThan(size);
    for (const [from, to] of far) expect(mesh.router(from).paths.isNear(mesh.id(to))).toBe(false);
  });

  test("a landmark asked about a peer that it does not keep passes the question on", () => {
    const passed = (): number => mesh.total(({ services }) => services.lookupsPassedOn);
    const answers = (): number => mesh.total(({ services }) => services.malformed);
    const cookie = new Uint8Array(COOKIE_BYTES);
    let tried = 0;
    for (const [from, to] of far.slice(0, 20)) {
      const before = [passed(), answers()];
      const { paths } = mesh.router(from);
      const question = encodeLookup({ cookie, target: mesh.id(to), passes: 2 });
      for (const { destination } of mesh.router(from).routes().slice(-3)) {
        paths.sendRecorded(destination, question);
      }
      mesh.settle(1_000);
      if (passed() > (before[0] ?? 0)) tried++;
      // Nobody waits for these answers here; but each question had one.
      expect(answers() - (before[1] ?? 0)).toBe(3);
    }
    expect(tried).toBeGreaterThan(5);
  });

  test("when the relays of a landmark's stack die, packets come through again within 10 s", () => {
    let tried = 0;
    for (const [from, to] of far.slice(0, 6)) {
      const router = mesh.router(from);
      if (router.route(mesh.id(to)) !== undefined || locate(mesh, from, to) === undefined) continue;
      const next = mesh
        .router(to)
        .paths.firstHops()
        .map((id) => mesh.place(id));
      // One neighbour of the peer goes, and with it the stacks that led through it.
      const [gone, ...others] = next;
      if (gone === undefined || others.length === 0) continue;
      mesh.cut(gone, to);
      tried++;
      mesh.arrivals.length = 0;
      for (let i = 0; i < 40 && mesh.arrivals.length === 0; i++) {
        router.send(mesh.id(to), utf8("again"));
        mesh.settle(250);
      }
      expect(mesh.arrivals[0]?.place).toBe(to);
      mesh.join(gone, to);
      mesh.settle(5_000);
    }
    expect(tried).toBeGreaterThan(1);
  });
});

test("while the whole network fits into the tables, nothing of this is sent", () => {
  const mesh = bigMesh(20, 6, 64, 8);
  mesh.settle(7_200_000);
  const { services } = mesh.router(0).stats();
  expect([services.echoesSent, services.locatorsPublished]).toEqual([0, 0]);
  expect(mesh.isQuiet()).toBe(true);
  const answers: unknown[] = [];
  const stranger = testIdentity(suite, "far stranger").id;
  mesh.router(0).paths.locate(stranger, (record) => answers.push(record));
  expect(answers).toEqual([undefined]);
});

test("a locator is published anew before it ends, and its number grows", () => {
  const mesh = bigMesh(16, 7, 4, 4);
  const before = mesh.router(0).stats().services.locatorsPublished;
  mesh.settle(1_790_000);
  const middle = mesh.router(0).stats().services.locatorsPublished;
  mesh.settle(1_800_000);
  const after = mesh.router(0).stats().services.locatorsPublished;
  expect(before).toBeGreaterThanOrEqual(1);
  expect(middle - before).toBeLessThanOrEqual(3);
  expect(after).toBeGreaterThan(middle);
  expect(mesh.total(({ services }) => services.locatorsRejected)).toBe(0);
});
