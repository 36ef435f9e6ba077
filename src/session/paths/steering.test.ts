import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { PACKET_TYPE } from "../packet.ts";
import { PATHS_MAX } from "./limits.ts";
import { BLACKHOLE, type MeshParts, SessionMesh, type SessionMeshOptions } from "./mesh.fixture.ts";
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
const DIAMOND = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [3, 5],
  [4, 5],
] as const;

function diamond(options: SessionMeshOptions = {}) {
  const mesh = new SessionMesh(parts(), 6, { seed: "diamond", ...options });
  mesh.join(...DIAMOND);
  mesh.run(2_000);
  return { mesh, a: mesh.peer(A), b: mesh.peer(B) };
}

/** The first relay of the path in use. */
function relayOf({ mesh, a, b }: ReturnType<typeof diamond>): number {
  const primary = a.manager.paths(b.id).find((path) => path.primary);
  return mesh.place(must(primary?.firstHop, "a first hop"));
}

describe("the paths of a session", () => {
  test("begin with the ordinary way; a standby by another first hop follows after a second", () => {
    const run = diamond();
    const { mesh, a, b } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(800);
    const early = a.manager.paths(b.id);
    expect(early.find((path) => path.primary)?.kind).toBe("ordinary");
    expect(early.some((path) => path.standby)).toBe(false);
    talk.chat(1_000);
    const paths = a.manager.paths(b.id);
    const [primary, standby] = [
      must(
        paths.find((path) => path.primary),
        "a primary",
      ),
      must(
        paths.find((path) => path.standby),
        "a standby",
      ),
    ];
    expect(primary.kind).toBe("ordinary");
    expect(standby).toMatchObject({ kind: "explicit", labelCount: 2, labelBytes: 2 });
    expect(standby.firstHop).not.toBe(primary.firstHop);
    expect(primary.roundTripMs).toBeLessThan(60);
    expect(standby.roundTripMs).toBe(30);
    expect(primary.acknowledgedBytes).toBeGreaterThan(1_000);
    expect(talk.complete).toBe(true);
  });

  test("cost a short session nothing, and an idle one nothing but its own", () => {
    const { mesh, a, b } = diamond();
    const talk = new Talk(mesh, A, B);
    talk.say(100);
    mesh.run(5_000);
    expect(talk.complete).toBe(true);
    expect(a.manager.paths(b.id).length).toBe(2);
    const before = a.manager.stats().packetsSent + b.manager.stats().packetsSent;
    mesh.run(20_000);
    expect(a.manager.stats().packetsSent + b.manager.stats().packetsSent).toBe(before);
  });

  test("of a session at rest are not probed any more", () => {
    const { mesh, a, b } = diamond();
    const talk = new Talk(mesh, A, B);
    talk.chat(8_000);
    expect(a.manager.paths(b.id).some((path) => path.standby)).toBe(true);
    mesh.run(5_000);
    const before = mesh.linkPackets;
    mesh.run(10_000);
    expect(mesh.linkPackets).toBe(before);
  });

  test("take less than 60 bytes a second to keep a standby probed", () => {
    const { mesh } = diamond();
    const talk = new Talk(mesh, A, B);
    talk.chat(10_000, 100);
    let bytes = 0;
    mesh.onLink = (from, _, header, payload) => {
      const isOwn = from === A || from === B;
      if (isOwn && payload[0] === PACKET_TYPE.data && header.length > 18) {
        bytes += header.length + payload.length;
      }
    };
    talk.chat(30_000, 100);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes / 30).toBeLessThan(60);
  });

  test("lose no byte of a transfer whose path dies in the middle", () => {
    const run = diamond();
    const { mesh, a, b } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    talk.say(3_000_000);
    mesh.run(60);
    expect(talk.received).toBeLessThan(3_000_000);
    mesh.relays.set(relayOf(run), BLACKHOLE);
    talk.mark();
    mesh.run(20_000, () => talk.complete);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(300);
    expect(a.manager.paths(b.id).find((path) => path.primary)?.kind).toBe("explicit");
  });

  test("send small packets twice for a round trip after a change, and no longer", () => {
    const run = diamond();
    const { mesh } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    const old = relayOf(run);
    mesh.relays.set(old, BLACKHOLE);
    const copies: number[] = [];
    const seen = new Map<string, Set<number>>();
    mesh.onLink = (from, to, _, payload) => {
      if (from !== A || payload[0] !== PACKET_TYPE.data) return;
      const key = payload.subarray(0, 11).join();
      const by = seen.get(key) ?? new Set();
      seen.set(key, by.add(to));
      if (by.size === 2) copies.push(mesh.nowMs);
    };
    talk.chat(2_000);
    expect(copies.length).toBeGreaterThan(0);
    expect((copies.at(-1) ?? 0) - (copies[0] ?? 0)).toBeLessThanOrEqual(80);
    expect(talk.complete).toBe(true);
  });

  test("return to the ordinary way once it works again and is no slower", () => {
    const run = diamond();
    const { mesh, a, b } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    const old = relayOf(run);
    mesh.relays.set(old, BLACKHOLE);
    talk.chat(3_000);
    expect(relayOf(run)).not.toBe(old);
    mesh.relays.delete(old);
    talk.chat(20_000, 100);
    expect(a.manager.paths(b.id).find((path) => path.primary)?.kind).toBe("ordinary");
    expect(a.manager.stats().pathSwitches).toBe(2);
    expect(talk.complete).toBe(true);
  });

  test("go on at once where the first hop of an explicit one is gone", () => {
    const run = diamond();
    const { mesh } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    mesh.relays.set(relayOf(run), BLACKHOLE);
    talk.chat(2_000);
    const second = relayOf(run);
    mesh.relays.clear();
    talk.mark();
    mesh.cut(A, second);
    talk.chat(2_000);
    expect(relayOf(run)).not.toBe(second);
    expect(talk.gapMs).toBeLessThanOrEqual(60);
    expect(talk.complete).toBe(true);
  });

  test("carry the largest datagram though an explicit header takes room", () => {
    const run = diamond();
    const { mesh, a, b } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    mesh.relays.set(relayOf(run), BLACKHOLE);
    talk.chat(2_000);
    expect(a.manager.paths(b.id).find((path) => path.primary)?.kind).toBe("explicit");
    const got: number[] = [];
    b.manager.serveDatagrams("dg", (_, bytes) => got.push(bytes.length));
    const most = a.manager.datagramBytesMax();
    expect(a.manager.sendDatagram(b.id, "dg", new Uint8Array(most))).toBe(true);
    mesh.run(100);
    expect(got).toEqual([most]);
  });

  test("begin with data packets that a link of 1,200 bytes need not cut, and grow while none is lost", () => {
    const run = diamond();
    const { mesh } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    mesh.relays.set(relayOf(run), BLACKHOLE);
    talk.chat(2_000);
    let largest = 0;
    mesh.onLink = (_, __, header, payload) => {
      largest = Math.max(largest, header.length + payload.length);
    };
    talk.say(10_000);
    mesh.run(1_000);
    expect(largest).toBeLessThanOrEqual(1_200 - 30);
    expect(largest).toBeGreaterThan(1_100);
    for (let i = 0; i < 10; i++) {
      talk.say(200_000);
      mesh.run(300);
    }
    expect(talk.complete).toBe(true);
    expect(largest).toBeGreaterThan(4_000);
  });

  test("are never more than allowed, whatever ways back are claimed", () => {
    const { mesh, a, b } = diamond();
    const talk = new Talk(mesh, A, B);
    talk.chat(2_000);
    let label = 0;
    const deliver = b.manager.packet.bind(b.manager);
    b.manager.packet = (payload) => {
      deliver(payload, { firstHop: mesh.peer(3).id, labels: Uint8Array.of(++label % 120, 1) });
    };
    talk.chat(2_000);
    expect(label).toBeGreaterThan(PATHS_MAX);
    expect(b.manager.paths(a.id).length).toBeLessThanOrEqual(PATHS_MAX);
    Reflect.deleteProperty(b.manager, "packet");
    talk.chat(3_000);
    mesh.run(1_000);
    expect(talk.complete).toBe(true);
  });

  test("are left later after a change that proved needless", () => {
    const run = diamond();
    const { mesh, a } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    const old = relayOf(run);
    for (let i = 0; i < 3; i++) {
      // Everything on the old way is late by some more than the silence that is waited for.
      mesh.delays.set(`${old}-${A}`, 150);
      talk.chat(160);
      mesh.delays.delete(`${old}-${A}`);
      talk.chat(30_000, 100);
    }
    expect(a.manager.stats().pathSwitches).toBeLessThanOrEqual(4);
    expect(talk.complete).toBe(true);
  });

  test("of a thrifty peer are probed once a minute at most", () => {
    const { mesh, a } = diamond({ isThrifty: true });
    const talk = new Talk(mesh, A, B);
    talk.chat(10_000, 100);
    let probes = 0;
    mesh.onLink = (from, _, header, payload) => {
      if (from === A && payload[0] === PACKET_TYPE.data && header.length > 18) probes++;
    };
    talk.chat(110_000, 500);
    expect(probes).toBeLessThanOrEqual(2);
    expect(a.manager.stats().pathSwitches).toBe(0);
  });
});

describe("a session whose other end was cut off", () => {
  test.each([1_000, 5_000, 20_000])("for %i ms goes on soon after it is back", (awayMs) => {
    const run = diamond();
    const { mesh, a } = run;
    const talk = new Talk(mesh, A, B);
    talk.chat(3_000);
    for (const place of [1, 2, 3, 4]) mesh.relays.set(place, BLACKHOLE);
    talk.say(1_000);
    const before = mesh.linkBytes;
    mesh.run(awayMs);
    // Searches end: what is sent into the void stays far below what a link carries.
    expect(mesh.linkBytes - before).toBeLessThan(50_000 + 3 * awayMs);
    mesh.relays.clear();
    const took = mesh.run(10_000, () => talk.complete);
    expect(took).toBeLessThanOrEqual(awayMs < 5_000 ? 600 : 2_500);
    expect(talk.complete).toBe(true);
    expect(talk.closed).toBeUndefined();
    expect(a.manager.stats().sessions).toBeLessThanOrEqual(2);
  });
});
