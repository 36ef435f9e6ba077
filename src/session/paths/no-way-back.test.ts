import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { SessionMesh } from "./mesh.fixture.ts";

const suite = createNodeSuite();
const [A, B] = [0, 4];

/** A chain that has just come up: A has heard of B, and B not yet of A. */
function youngChain(delayMs = 5, controlMs = 500) {
  const parts = {
    ...{ suite, clock: new ManualClock(1_000), random: testRandom },
    identity: (label: string) => testIdentity(suite, label),
  };
  const mesh = new SessionMesh(parts, 5, { seed: "young chain", delayMs });
  mesh.controlDelays.set("1-2", controlMs);
  mesh.join([0, 1], [1, 2], [2, 3], [3, 4]);
  mesh.run(1.6 * controlMs);
  const [a, b] = [mesh.peer(A), mesh.peer(B)];
  const answers: number[] = [];
  b.manager.serveDatagrams("ask", ({ id }, bytes) => b.manager.sendDatagram(id, "answer", bytes));
  a.manager.serveDatagrams("answer", () => answers.push(mesh.nowMs));
  return { mesh, a, b, answers };
}

test("who has no way yet to a peer that speaks to it answers along the way of the handshake", () => {
  const { mesh, a, b, answers } = youngChain();
  expect(a.router.route(b.id)?.hops).toBe(4);
  expect(b.router.route(a.id)).toBe(undefined);
  a.manager.sendDatagram(b.id, "ask", Uint8Array.of(1));
  mesh.run(90);
  expect(answers).toHaveLength(1);
  expect(b.router.record(a.id)).toBe(undefined);
});

test("and does so on slow links, too, whatever round trip it has assumed", () => {
  const { mesh, a, b, answers } = youngChain(200, 6_000);
  expect(a.router.route(b.id)?.hops).toBe(4);
  for (let asked = 0; asked < 30; asked++) {
    a.manager.sendDatagram(b.id, "ask", Uint8Array.of(asked));
    mesh.run(100);
  }
  expect(b.router.record(a.id)).toBe(undefined);
  mesh.run(3_000);
  expect(answers).toHaveLength(30);
});

test("and goes the ordinary way once there is one", () => {
  const { mesh, a, b, answers } = youngChain();
  a.manager.sendDatagram(b.id, "ask", Uint8Array.of(1));
  mesh.run(2_000);
  expect(b.router.route(a.id)?.hops).toBe(4);
  a.manager.sendDatagram(b.id, "ask", Uint8Array.of(2));
  mesh.run(90);
  expect(answers).toHaveLength(2);
  const primary = b.manager.paths(a.id).find((path) => path.primary);
  expect(primary?.kind).toBe("ordinary");
});
