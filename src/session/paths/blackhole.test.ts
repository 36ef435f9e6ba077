import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import {
  BLACKHOLE,
  hasHonestPath,
  type MeshParts,
  randomLinks,
  SessionMesh,
} from "./mesh.fixture.ts";

const suite = createNodeSuite();
const parts = (): MeshParts => ({
  suite,
  clock: new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});
const SIZE = 60;
const LIMIT_MS = 5_000;

/** Sessions between random pairs of a mesh in which some relays swallow all packets of others. */
function trial(seed: string, share: number, degree: number, pairs: number) {
  const links = randomLinks(testRandom(`graph ${seed}`), SIZE, degree);
  const mesh = new SessionMesh(parts(), SIZE, { seed, delayMs: 10 });
  mesh.join(...links);
  mesh.run(3_000);
  const random = testRandom(`bad ${seed}`);
  const bad = new Set<number>();
  while (bad.size < share * SIZE) bad.add(random.u32() % SIZE);
  for (const place of bad) mesh.relays.set(place, BLACKHOLE);
  const bytes = new Map<string, number>();
  const startMs = mesh.nowMs;
  for (const { place, manager } of mesh.peers) {
    manager.serve("first", (_, from) => ({
      onData: (data) => {
        const key = `${mesh.place(from.id)}-${place}`;
        if (!bytes.has(key)) bytes.set(key, mesh.nowMs - startMs);
        expect(data.length).toBeGreaterThan(0);
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => undefined,
    }));
  }
  const wanted = new Set<string>();
  while (wanted.size < pairs) {
    const [a, b] = [random.u32() % SIZE, random.u32() % SIZE];
    if (a === b || bad.has(a) || bad.has(b) || !hasHonestPath(links, bad, a, b)) continue;
    const key = `${a}-${b}`;
    if (wanted.has(key)) continue;
    wanted.add(key);
    mesh.open(a, b, "first", utf8("hello"));
  }
  mesh.run(LIMIT_MS);
  const times = [...wanted].map((key) => bytes.get(key)).filter((ms) => ms !== undefined);
  return { wanted: wanted.size, delivered: times.length, times: times.sort((a, b) => a - b), mesh };
}

describe("a mesh in which relays swallow packets", () => {
  test.each([
    [0.1, 0.99],
    [0.2, 0.95],
  ])(
    "of %d: at least %d of the sessions with an honest path deliver in 5 s",
    (share, least) => {
      let [wanted, delivered] = [0, 0];
      const times: number[] = [];
      for (const [seed, degree] of [
        ["one", 4],
        ["two", 6],
        ["three", 6],
      ] as const) {
        const result = trial(`${seed} ${share}`, share, degree, 100);
        wanted += result.wanted;
        delivered += result.delivered;
        times.push(...result.times);
      }
      times.sort((x, y) => x - y);
      const [half, most] = [0.5, 0.99].map((q) =>
        Math.round(times[Math.floor(q * delivered)] ?? 0),
      );
      console.log(`${share} bad: ${delivered} of ${wanted}, p50 ${half} ms, p99 ${most} ms`);
      expect(delivered / wanted).toBeGreaterThanOrEqual(least);
    },
    120_000,
  );
});
