import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { LinkError } from "./errors.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { STATIC_LINKS_MAX } from "./limits.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

describe("meeting", () => {
  test("a static link brings both sides up once", () => {
    const { on, a, b } = w.pair(1);
    on.run(100);
    expect(a.diary).toEqual([`up ${b.id.slice(0, 6)}`]);
    expect(b.diary).toEqual([`up ${a.id.slice(0, 6)}`]);
    expect(a.manager.neighbour(b.id)?.roundTripMs).toBeCloseTo(2, 0);
    expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["udp://b"]);
  });

  test("two peers find each other by beacons within 50 ms and stay up", () => {
    const on = w.net(2);
    const a = w.peer(on, "a", 2, [w.udp(on, "a")], true);
    a.manager.start();
    on.run(20_000);
    const b = w.peer(on, "b", 2, [w.udp(on, "b")], true);
    b.manager.start();
    on.run(50);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
    expect(b.manager.neighbour(a.id)?.suspect).toBe(false);
    on.run(60_000);
    expect(a.ups).toBe(1);
    expect(a.downs).toBe(0);
  });

  test("announcing sends a beacon at once, a few more soon, and no flood", () => {
    const on = w.net(21);
    const a = w.peer(on, "a", 21, [w.udp(on, "a")], true);
    a.manager.start();
    on.run(20_000);
    const before = a.manager.stats().beaconsSent;
    for (let i = 0; i < 50; i++) a.manager.announce();
    on.run(1);
    expect(a.manager.stats().beaconsSent - before).toBe(1);
    on.run(999);
    expect(a.manager.stats().beaconsSent - before).toBe(4);
    for (let second = 0; second < 60; second++) {
      a.manager.announce();
      on.run(1_000);
    }
    expect(a.manager.stats().beaconsSent - before).toBeLessThan(5 * 61);
  });

  test("beacons grow rare while nothing changes", () => {
    const on = w.net(22);
    const a = w.peer(on, "a", 22, [w.udp(on, "a")], true);
    a.manager.start();
    on.run(60 * 60_000);
    const firstHour = a.manager.stats().beaconsSent;
    on.run(60 * 60_000);
    expect(firstHour).toBeLessThan(140);
    expect(a.manager.stats().beaconsSent - firstHour).toBeLessThan(30);
    expect(a.manager.stats().beaconsSent - firstHour).toBeGreaterThan(20);
  });

  test("many handshakes at 30 % loss all succeed", () => {
    for (let seed = 0; seed < 40; seed++) {
      const { on, a, b } = w.pair(seed);
      on.weather.loss = 0.3;
      on.run(12_000);
      expect([a.ups, b.ups]).toEqual([1, 1]);
    }
  });

  test("both dialling at the same moment end with one link each, and it works", () => {
    for (let seed = 0; seed < 30; seed++) {
      const { on, a, b } = w.pair(seed);
      on.weather.jitterMs = seed;
      b.manager.addStaticLink("udp://a");
      on.run(2_000);
      expect([a.ups, b.ups, a.downs, b.downs]).toEqual([1, 1, 0, 0]);
      expect(a.manager.stats().links).toBe(1);
      expect(b.manager.stats().links).toBe(1);
      expect(a.manager.sendControl(b.id, Uint8Array.of(1))).toBe(true);
      expect(b.manager.sendControl(a.id, Uint8Array.of(2))).toBe(true);
      on.run(500);
      expect([a.control.length, b.control.length]).toEqual([1, 1]);
      on.run(10_000);
      expect(a.manager.stats().halfOpen + b.manager.stats().halfOpen).toBe(0);
    }
  });

  test("dialling oneself leads nowhere and disturbs nothing", () => {
    const { on, a, b } = w.pair(3);
    a.manager.addStaticLink("udp://a");
    on.run(60_000);
    expect(a.manager.neighbour(a.id)).toBeUndefined();
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
    expect(a.downs).toBe(0);
  });

  test("unknown schemes, no endpoints and one static link too many are refused", () => {
    const { a } = w.pair(4);
    expect(() => a.manager.addStaticLink("carrier-pigeon://b")).toThrow(LinkError);
    expect(() => a.manager.addStaticLink("nonsense")).toThrow(/no endpoint/);
    // What its transport could never dial is not tried for ever.
    expect(() => a.manager.addStaticLink("udp://")).toThrow(/no endpoint/);
    for (let i = 1; i < STATIC_LINKS_MAX; i++) a.manager.addStaticLink(`udp://x${i}`);
    expect(() => a.manager.addStaticLink("udp://one-more")).toThrow(/static links/);
    a.manager.removeStaticLink("udp://x1");
    a.manager.addStaticLink("udp://one-more");
  });

  test("a peer that comes later is reached although dialling began long before", () => {
    const on = w.net(5);
    const a = w.peer(on, "a", 5, [w.udp(on, "a")]);
    a.manager.start();
    a.manager.addStaticLink("udp://b");
    on.run(120_000);
    expect(a.manager.stats().halfOpen).toBeLessThanOrEqual(1);
    const b = w.peer(on, "b", 5, [w.udp(on, "b")]);
    b.manager.start();
    on.run(20_000);
    expect([a.ups, b.ups]).toEqual([1, 1]);
  });
});

describe("ends", () => {
  test("goodbye is noticed at once", () => {
    const { on, a, b } = w.pair(6);
    on.run(1_000);
    b.manager.stop();
    on.run(5);
    expect(a.diary.at(-1)).toBe(`down ${b.id.slice(0, 6)} said goodbye`);
    expect([...b.manager.neighbours()]).toEqual([]);
  });

  test("a neighbour that restarts goes down and comes up, with a fresh control channel", () => {
    const { on, a, b } = w.pair(7);
    on.run(1_000);
    b.manager.sendControl(a.id, Uint8Array.of(1));
    a.manager.sendControl(b.id, Uint8Array.of(2));
    on.run(1_000);
    on.peers.splice(on.peers.indexOf(b), 1);
    const again = w.peer(on, "b", 77, b.transports);
    again.manager.start();
    a.manager.sendPacket(b.id, Uint8Array.of(1), Uint8Array.of(9));
    on.run(500);
    expect(a.diary.filter((entry) => entry.startsWith("down"))).toEqual([
      `down ${b.id.slice(0, 6)} restarted`,
    ]);
    expect(a.ups).toBe(2);
    expect(again.ups).toBe(1);
    a.manager.sendControl(b.id, Uint8Array.of(3));
    again.manager.sendControl(a.id, Uint8Array.of(4));
    on.run(500);
    expect(again.control.map(({ message }) => message[0])).toEqual([3]);
    expect(a.control.map(({ message }) => message[0])).toEqual([1, 4]);
  });

  test("a restart with discovery on is noticed at the first beacon", () => {
    const on = w.net(8);
    const a = w.peer(on, "a", 8, [w.udp(on, "a")], true);
    const b = w.peer(on, "b", 8, [w.udp(on, "b")], true);
    a.manager.start();
    b.manager.start();
    on.run(10_000);
    on.peers.splice(on.peers.indexOf(b), 1);
    const again = w.peer(on, "b", 88, b.transports, true);
    again.manager.start();
    on.run(100);
    expect(again.ups).toBe(1);
    expect([a.ups, a.downs]).toEqual([2, 1]);
  });

  test("keys are renewed after an hour without anybody noticing", () => {
    const { on, a, b } = w.pair(9);
    on.run(1_000);
    const before = a.manager.stats().handshakesDone;
    on.run(61 * 60_000);
    expect(a.manager.stats().handshakesDone).toBe(before + 1);
    expect(a.manager.stats().links).toBe(1);
    expect([a.ups, a.downs, b.ups, b.downs]).toEqual([1, 0, 1, 0]);
  });
});

describe("life", () => {
  /** Packets in both directions every 20 ms. */
  function traffic(on: TestNet, a: TestPeer, to: string): void {
    const step = (): void => {
      a.manager.sendPacket(to, Uint8Array.of(1), new Uint8Array(100));
      on.later(20, step);
    };
    step();
  }

  test("silence under traffic is suspect within 250 ms, gone after 7 s, and back when it ends", () => {
    const { on, a, b } = w.pair(10);
    on.run(5_000);
    traffic(on, a, b.id);
    traffic(on, b, a.id);
    on.run(1_000);
    on.mute.add("udp://b");
    on.run(120);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
    on.run(130);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(true);
    expect(a.diary.filter((entry) => entry.endsWith("suspect"))).toHaveLength(1);
    on.run(1_000);
    on.mute.clear();
    on.run(2_100);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
    expect(a.downs + b.downs).toBe(0);
    on.mute.add("udp://b");
    on.run(7_000);
    expect(a.manager.neighbour(b.id)).toBeUndefined();
    expect(a.downs).toBe(1);
    on.mute.clear();
    on.run(12_000);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
  });

  test("a quiet link that dies is gone within two minutes, under traffic within 7 s", () => {
    const { on, a, b } = w.pair(11);
    on.run(10 * 60_000);
    on.mute.add("udp://b");
    a.manager.sendPacket(b.id, Uint8Array.of(1), new Uint8Array(10));
    on.run(200);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(true);
    on.run(6_800);
    expect([a.downs, b.downs]).toEqual([1, 0]);
    on.run(120_000);
    expect([a.downs, b.downs]).toEqual([1, 1]);
  });

  test("losing a fifth of all frames for ten minutes ends no neighbourhood", () => {
    for (const bothWays of [false, true]) {
      const { on, a, b } = w.pair(20);
      on.run(1_000);
      on.weather.loss = 0.2;
      traffic(on, a, b.id);
      if (bothWays) traffic(on, b, a.id);
      on.run(600_000);
      expect([a.downs, b.downs]).toEqual([0, 0]);
      expect(a.diary.filter((entry) => entry.endsWith("suspect")).length).toBeLessThan(12);
      expect(a.manager.neighbour(b.id)?.cost).toBeGreaterThan(30);
    }
  });

  test("a neighbour that stands still now and then, up to 450 ms, is suspected once in ten minutes", () => {
    const { on, a, b } = w.pair(23);
    on.run(1_000);
    traffic(on, a, b.id);
    traffic(on, b, a.id);
    for (let second = 0; second < 600; second++) {
      const stillMs = (second * 97) % 450;
      on.frozenUntilMs.set("udp://b", on.clock.monotonicMs() + stillMs);
      on.run(1_000);
    }
    expect(a.diary.filter((entry) => entry.endsWith("suspect")).length).toBeLessThanOrEqual(1);
    expect([a.downs, b.downs]).toEqual([0, 0]);
  });

  test("with two ways to a neighbour, losing one does not end the neighbourhood", () => {
    const on = w.net(12);
    const a = w.peer(on, "a", 12, [w.udp(on, "a"), w.udp(on, "a6", 1_200, "udp6")]);
    const b = w.peer(on, "b", 12, [w.udp(on, "b"), w.udp(on, "b6", 1_200, "udp6")]);
    a.manager.start();
    b.manager.start();
    a.manager.addStaticLink("udp://b");
    a.manager.addStaticLink("udp6://b6");
    on.run(1_000);
    expect(a.manager.neighbour(b.id)?.endpoints).toHaveLength(2);
    const inUse = a.manager.neighbour(b.id)?.endpoints[0] ?? "";
    traffic(on, a, b.id);
    on.run(100);
    on.mute.add(inUse);
    let sent = 0;
    const speak = (): void => {
      a.manager.sendControl(b.id, Uint8Array.of(sent++));
      if (sent < 100) on.later(10, speak);
    };
    speak();
    on.run(400);
    expect(a.manager.neighbour(b.id)?.endpoints[0]).not.toBe(inUse);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
    const packets = b.packets.length;
    on.run(20_000);
    expect(b.packets.length).toBeGreaterThan(packets + 900);
    expect([a.downs, b.downs]).toEqual([0, 0]);
    expect(b.control.map(({ message }) => message[0])).toEqual([...Array(100).keys()]);
  });

  test("a moved neighbour keeps its link", () => {
    const { on, a, b } = w.pair(13);
    on.run(1_000);
    const [transport] = b.transports;
    if (transport === undefined) throw new RangeError("b has no transport");
    on.move(transport, "udp://elsewhere");
    b.manager.sendPacket(a.id, Uint8Array.of(1), Uint8Array.of(1));
    on.run(100);
    expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["udp://elsewhere"]);
    a.manager.sendPacket(b.id, Uint8Array.of(1), Uint8Array.of(2));
    on.run(100);
    expect(b.packets).toHaveLength(1);
    expect([a.downs, b.downs]).toEqual([0, 0]);
  });
});
