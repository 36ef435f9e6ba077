import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import { HEADER_BYTES } from "../../routing/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { PACKET_TYPE } from "../packet.ts";
import { BLACKHOLE, type MeshParts, type Relay, SessionMesh } from "./mesh.fixture.ts";
import { Talk } from "./talk.fixture.ts";

const suite = createNodeSuite();
const parts = (): MeshParts => ({
  suite,
  clock: new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});
const [A, B] = [0, 7];
/** Three ways from A to B of three hops each that share nothing. */
const LADDERS = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 4],
  [2, 5],
  [3, 6],
  [4, 7],
  [5, 7],
  [6, 7],
] as const;
/** Links have 5 ms each. */
const ROUND_TRIP_MS = 30;
/** Two round trips and 50 ms of silence, then the way itself. */
const SWITCH_MS = 2 * ROUND_TRIP_MS + 50 + ROUND_TRIP_MS;

/** A conversation from A to B that has run for a while. */
function standing(chatMs: number, seed = "attack") {
  const mesh = new SessionMesh(parts(), 8, { seed });
  mesh.join(...LADDERS);
  mesh.run(2_000);
  const talk = new Talk(mesh, A, B);
  if (chatMs > 0) talk.chat(chatMs);
  talk.mark();
  const [a, b] = [mesh.peer(A), mesh.peer(B)];
  return { mesh, talk, a, b };
}

/** The neighbour of A through which packets to B go now. */
function firstRelay({ mesh, a, b }: ReturnType<typeof standing>): number {
  const primary = a.manager.paths(b.id).find((path) => path.primary);
  return mesh.place(must(primary?.firstHop, "a first hop"));
}

/** The relay behind it. */
function secondRelay(run: ReturnType<typeof standing>): number {
  return firstRelay(run) + 3;
}

/** Lets only small packets through. */
const DATA_HOLE: Relay = ({ payload }) => payload.length < 400;

/** Drops a share of all packets. */
function greyhole(share: number): Relay {
  const random = testRandom("greyhole");
  return () => random.u32() >= share * 2 ** 32;
}

describe("attacks on paths", () => {
  test("a blackhole as first hop costs one switch to the standby path, and no byte", () => {
    const run = standing(6_000);
    const { mesh, talk, a, b } = run;
    expect(a.manager.paths(b.id).some((path) => path.standby)).toBe(true);
    mesh.relays.set(firstRelay(run), BLACKHOLE);
    talk.chat(3_000);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(SWITCH_MS + 20);
    expect(a.manager.stats().pathSwitches).toBe(1);
    expect(b.manager.stats().pathSwitches).toBeLessThanOrEqual(1);
  });

  test("a blackhole before any standby is known costs less than a second", () => {
    const run = standing(200);
    const { mesh, talk } = run;
    mesh.relays.set(firstRelay(run), BLACKHOLE);
    talk.chat(3_000);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(1_000);
  });

  test("blackholes that eat the standby as well cost less than a second", () => {
    const run = standing(6_000);
    const { mesh, talk, a, b } = run;
    const standby = a.manager.paths(b.id).find((path) => path.standby);
    mesh.relays.set(firstRelay(run), BLACKHOLE);
    mesh.relays.set(mesh.place(must(standby?.firstHop, "a standby")), BLACKHOLE);
    talk.chat(3_000);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(1_000);
  });

  test.each([
    ["half of all packets", greyhole(0.5)],
    ["data only", DATA_HOLE],
  ])("a greyhole that drops %s is left within four seconds", (_, relay) => {
    const run = standing(3_000);
    const { mesh, talk } = run;
    const bad = firstRelay(run);
    mesh.relays.set(bad, relay);
    for (let i = 0; i < 200; i++) {
      talk.say(2_500);
      mesh.run(20);
    }
    expect(firstRelay(run)).not.toBe(bad);
    mesh.run(1_000);
    expect(talk.complete).toBe(true);
    expect(talk.closed).toBeUndefined();
  });

  test("a greyhole that drops data is not returned to on the word of small packets", () => {
    const run = standing(3_000);
    const { mesh, talk, a } = run;
    mesh.relays.set(firstRelay(run), DATA_HOLE);
    for (let i = 0; i < 600; i++) {
      talk.say(2_500);
      mesh.run(50);
    }
    mesh.run(1_000);
    expect(talk.complete).toBe(true);
    expect(a.manager.stats().pathSwitches).toBeLessThanOrEqual(2);
  });

  test("a blackhole on the way back only costs as little", () => {
    const run = standing(6_000);
    const { mesh, talk, a } = run;
    const bad = firstRelay(run);
    mesh.relays.set(bad, ({ from }) => from === A);
    talk.chat(3_000);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(SWITCH_MS + 20);
    expect(a.manager.stats().pathSwitches).toBe(1);
  });

  test("the responder leaves a way on which its own data is not acknowledged", () => {
    const run = standing(6_000);
    const { mesh, a, b } = run;
    // B speaks in the session that A began, A only acknowledges.
    const back = new Talk(mesh, B, A, "back");
    back.chat(2_000);
    back.mark();
    mesh.relays.set(secondRelay(run), ({ from }) => from !== B);
    back.chat(4_000);
    mesh.run(1_000);
    expect(back.complete).toBe(true);
    expect(back.gapMs).toBeLessThanOrEqual(1_000);
    expect(a.manager.stats().sessions).toBe(1);
    expect(b.manager.stats().pathSwitches).toBeGreaterThanOrEqual(1);
    expect(b.manager.stats().pathSwitches).toBeLessThanOrEqual(3);
  });

  test("a shortcut that stops delivering once the session stands is left within a second", () => {
    const mesh = new SessionMesh(parts(), 9, { seed: "wormhole" });
    mesh.join(...LADDERS, [0, 8], [8, 7]);
    mesh.run(2_000);
    const talk = new Talk(mesh, A, B);
    talk.say(100);
    mesh.run(1_000, () => talk.received > 0);
    const [a, b] = [mesh.peer(A), mesh.peer(B)];
    expect(a.router.route(b.id)?.nextHop).toBe(mesh.peer(8).id);
    mesh.relays.set(8, BLACKHOLE);
    talk.mark();
    talk.chat(12_000);
    mesh.run(1_000);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(1_000);
    expect(firstRelay({ mesh, talk, a, b })).not.toBe(8);
  });

  test("a replayed or late packet with another way back redirects nothing", () => {
    const run = standing(6_000);
    const { mesh, talk, a, b } = run;
    const seen: Uint8Array[] = [];
    let held: Uint8Array | undefined;
    mesh.onLink = (_, to, __, payload) => {
      if (to === B && payload[0] === PACKET_TYPE.data) seen.push(payload.slice());
    };
    const bad = firstRelay(run);
    mesh.relays.set(bad, ({ payload }) => {
      if (held !== undefined || payload[0] !== PACKET_TYPE.data) return true;
      held = payload.slice();
      return false;
    });
    talk.chat(1_000);
    const before = b.manager.stats().pathSwitches;
    const elsewhere = { firstHop: mesh.peer(5).id, labels: Uint8Array.of(9, 9) };
    for (const payload of seen) b.manager.packet(payload, elsewhere);
    // Never seen by B, authentic, and no longer the newest.
    b.manager.packet(must(held, "a packet held back"), elsewhere);
    mesh.run(100);
    expect(b.manager.stats().pathSwitches).toBe(before);
    talk.chat(1_000);
    expect(talk.complete || talk.written - talk.received <= 300).toBe(true);
    expect(a.manager.stats().pathSwitches).toBe(0);
  });

  test("a relay that forges the way back costs at most one switch of the initiator", () => {
    const run = standing(6_000);
    const { mesh, talk, a, b } = run;
    // First away from the ordinary way, so that packets bear labels.
    mesh.relays.set(firstRelay(run), BLACKHOLE);
    talk.chat(2_000);
    const before = a.manager.stats().pathSwitches;
    talk.mark();
    let forged = 0;
    mesh.relays.set(secondRelay(run), ({ from, header }) => {
      // The last byte of an extended header is the newest label behind.
      const isLabelled = header.length > HEADER_BYTES && header.at(-1) !== 0;
      if (from === B || !isLabelled) return true;
      header[header.length - 1] = 99;
      forged++;
      return true;
    });
    talk.chat(4_000);
    mesh.run(500);
    expect(talk.complete).toBe(true);
    expect(talk.gapMs).toBeLessThanOrEqual(1_000);
    expect(forged).toBeGreaterThan(0);
    expect(a.manager.stats().pathSwitches - before).toBeLessThanOrEqual(1);
    expect(b.manager.paths(a.id).length).toBeLessThanOrEqual(6);
  });
});
