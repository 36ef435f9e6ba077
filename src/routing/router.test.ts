import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Mesh } from "./mesh.fixture.ts";

const suite = createNodeSuite();
const identities = Array.from({ length: 6 }, (_, i) => testIdentity(suite, `r${i}`));
describe("chain", () => {
  test("settles", () => {
    const mesh = new Mesh({ suite, clock: new ManualClock(), random: testRandom(1), identities });
    for (let i = 0; i < 5; i++) mesh.join(i, i + 1, 10 + i, 3);
    mesh.settle();
    expect(mesh.isQuiet()).toBe(true);
    expect(mesh.router(0).routes().map((r) => [mesh.place(r.destination), r.metric, r.hops])).toEqual([]);
  });
});
