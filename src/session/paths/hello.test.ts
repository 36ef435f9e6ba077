import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { PACKET_TYPE } from "../packet.ts";
import { BLACKHOLE, type MeshParts, SessionMesh } from "./mesh.fixture.ts";
import { Talk } from "./talk.fixture.ts";

const suite = createNodeSuite();
const parts = (): MeshParts => ({
  suite,
  clock: new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});
const [A, B] = [0, 5];

/** Two ways from A to B that share nothing: over 1 and 3, over 2 and 4. */
function diamond(isThrifty = false) {
  const mesh = new SessionMesh(parts(), 6, { seed: "diamond", isThrifty });
  mesh.join([0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 5]);
  mesh.run(2_000);
  const sent: { from: number; to: number; type: number | undefined; bytes: Uint8Array }[] = [];
  mesh.onLink = (from, to, _, payload) => {
    if (from === A || from === B) sent.push({ from, to, type: payload[0], bytes: payload });
  };
  const of = (from: number, type: number) =>
    sent.filter((packet) => packet.from === from && packet.type === type);
  return { mesh, a: mesh.peer(A), b: mesh.peer(B), of };
}

describe("first messages", () => {
  test("are answered along the way on which they came, repeated ones along the newest", () => {
    const { mesh, a, b, of } = diamond();
    const talk = new Talk(mesh, A, B);
    talk.say(10);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    const [hello] = of(A, PACKET_TYPE.hello);
    const [welcome] = of(B, PACKET_TYPE.welcome);
    const usual = must(welcome, "a welcome").to;
    const other = usual === 3 ? 4 : 3;
    const back = { firstHop: mesh.peer(other).id, labels: Uint8Array.of(1, 1) };
    b.manager.packet(must(hello, "a hello").bytes, back);
    expect(of(B, PACKET_TYPE.welcome).map(({ to }) => to)).toEqual([usual, other]);
    expect(b.manager.stats().handshakesAccepted).toBe(1);
    expect(a.manager.stats().sessions).toBe(1);
  });

  test("go by another first hop where nothing answers, and the session stays there", () => {
    const { mesh, a, b, of } = diamond();
    const usual = mesh.place(must(a.router.route(b.id), "a route").nextHop);
    mesh.relays.set(usual, BLACKHOLE);
    const talk = new Talk(mesh, A, B);
    talk.say(10);
    const took = mesh.run(5_000, () => talk.complete);
    expect(took).toBeLessThanOrEqual(250);
    expect(of(A, PACKET_TYPE.hello).map(({ to }) => to)).toEqual([usual, usual === 1 ? 2 : 1]);
    const primary = a.manager.paths(b.id).find((path) => path.primary);
    expect(primary).toMatchObject({ kind: "explicit", labelCount: 2 });
    talk.chat(3_000);
    mesh.run(100);
    expect(talk.complete).toBe(true);
    expect(a.manager.stats().pathSwitches).toBe(0);
  });

  test("of a thrifty peer are few", () => {
    const { mesh, of } = diamond(true);
    mesh.relays.set(1, BLACKHOLE);
    mesh.relays.set(2, BLACKHOLE);
    const talk = new Talk(mesh, A, B);
    talk.say(10);
    mesh.run(4_700);
    expect(of(A, PACKET_TYPE.hello).length).toBeLessThanOrEqual(5);
  });

  test("tell routing who let them down only where another way then worked", () => {
    const { mesh, a, b } = diamond();
    const reports: [number, boolean][] = [];
    const report = a.router.paths.report.bind(a.router.paths);
    a.router.paths.report = (peer, acknowledged) => {
      reports.push([mesh.place(peer), acknowledged]);
      report(peer, acknowledged);
    };
    mesh.relays.set(3, BLACKHOLE);
    mesh.relays.set(4, BLACKHOLE);
    const talk = new Talk(mesh, A, B);
    talk.say(10);
    mesh.run(3_000);
    expect(reports).toEqual([]);
    mesh.relays.clear();
    mesh.run(3_000);
    expect(talk.complete).toBe(true);
    expect(reports.some(([, acknowledged]) => acknowledged)).toBe(true);
    expect(a.manager.paths(b.id).length).toBeGreaterThan(0);
  });

  test("give a session in doubt the way that its successor has found", () => {
    const { mesh, a } = diamond();
    const talk = new Talk(mesh, A, B);
    talk.chat(300);
    mesh.relays.set(1, BLACKHOLE);
    mesh.relays.set(2, BLACKHOLE);
    talk.say(10);
    // Long enough for doubt, and for a handshake that finds nothing.
    mesh.run(4_000);
    mesh.relays.delete(1);
    talk.chat(6_000);
    mesh.run(1_000);
    expect(talk.complete).toBe(true);
    expect(talk.closed).toBeUndefined();
    expect(a.manager.stats().sessions).toBeGreaterThan(0);
  });
});
