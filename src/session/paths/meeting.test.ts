import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { type MeshParts, randomLinks, SessionMesh } from "./mesh.fixture.ts";
import { Talk } from "./talk.fixture.ts";

const suite = createNodeSuite();
const parts = (): MeshParts => ({
  suite,
  clock: new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});
const SIZE = 60;
const LINKS = randomLinks(testRandom("graph far"), SIZE, 4);

/** A mesh in which nobody knows more than a third of all. */
function farMesh(isTrusted: boolean, isThrifty = false): SessionMesh {
  const options = { seed: "far", vicinityMax: 16, landmarksMax: 8, delayMs: 10 };
  const mesh = new SessionMesh(parts(), SIZE, {
    ...options,
    isTrusted: () => isTrusted,
    isThrifty,
  });
  mesh.join(...LINKS);
  mesh.run(20_000);
  return mesh;
}

/** Hops of the shortest way. */
function distance(from: number, to: number): number {
  const hops = new Map([[from, 0]]);
  for (const [place, count] of hops) {
    for (const [a, b] of LINKS) {
      const other = a === place ? b : b === place ? a : undefined;
      if (other !== undefined && !hops.has(other)) hops.set(other, count + 1);
    }
  }
  return hops.get(to) ?? Number.POSITIVE_INFINITY;
}

/** Pairs that do not have each other in their tables. */
function farPairs(mesh: SessionMesh, count: number): [number, number][] {
  const random = testRandom("pairs");
  const pairs: [number, number][] = [];
  while (pairs.length < count) {
    const [a, b] = [random.u32() % SIZE, random.u32() % SIZE];
    if (a === b || mesh.peer(a).router.route(mesh.peer(b).id) !== undefined) continue;
    if (mesh.peer(b).router.route(mesh.peer(a).id) !== undefined) continue;
    pairs.push([a, b]);
  }
  return pairs;
}

/** Hops of the path in use, and of the shortest one. */
function stretch(mesh: SessionMesh, pairs: readonly (readonly [number, number])[]) {
  let [hops, least, exact, met] = [0, 0, 0, 0];
  for (const [a, b] of pairs) {
    const primary = mesh
      .peer(a)
      .manager.paths(mesh.peer(b).id)
      .find((path) => path.primary);
    if (primary === undefined) continue;
    met++;
    const own = primary.kind === "explicit" ? primary.labelCount + 1 : 0;
    hops += own;
    least += distance(a, b);
    if (own === distance(a, b)) exact++;
  }
  return { mean: hops / least, exact, met };
}

describe("meeting in the middle", () => {
  test("gives contacts out of each other's vicinity nearly the shortest way", () => {
    const mesh = farMesh(true);
    const pairs = farPairs(mesh, 30);
    const talks = pairs.map(([a, b], i) => new Talk(mesh, a, b, `talk ${i}`));
    for (let i = 0; i < 10; i++) {
      for (const talk of talks) talk.say(100);
      mesh.run(30);
    }
    const before = stretch(mesh, pairs);
    for (let i = 0; i < 60; i++) {
      for (const talk of talks) talk.say(100);
      mesh.run(50);
    }
    const after = stretch(mesh, pairs);
    mesh.run(500);
    console.log(`mean stretch ${before.mean} over landmarks, ${after.mean} after meeting`);
    expect(after.met).toBe(pairs.length);
    expect(talks.every((talk) => talk.complete)).toBe(true);
    expect(after.mean).toBeLessThanOrEqual(1.01);
    expect(after.mean).toBeLessThanOrEqual(before.mean);
  }, 60_000);

  test("is not offered to strangers", () => {
    const mesh = farMesh(false);
    const [[a, b] = [0, 1]] = farPairs(mesh, 1);
    let asked = 0;
    mesh.peer(a).router.paths.sketch = () => {
      asked++;
      return new Uint8Array(0);
    };
    const talk = new Talk(mesh, a, b);
    talk.chat(5_000);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    expect(asked).toBe(0);
  }, 60_000);
});
