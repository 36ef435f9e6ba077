import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { SessionError } from "./errors.ts";
import {
  DATAGRAMS_WAITING_BYTES_MAX,
  DATAGRAMS_WAITING_MAX,
  OPEN_STREAMS_MAX,
  SERVICE_BYTES_MAX,
  SERVICES_MAX,
  WAITING_MS,
  WAITING_STREAMS_MAX,
} from "./limits.ts";
import { open, type StreamProbe, serve, TestWorld, type WorldFaults } from "./world.fixture.ts";

const suite = createNodeSuite();

function pair(seed: number | string, faults: Partial<WorldFaults> = {}) {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  Object.assign(world.faults, faults);
  const a = world.add(testIdentity(suite, "a"));
  const b = world.add(testIdentity(suite, "b"));
  return { world, a, b };
}

const echo = (probe: StreamProbe) => {
  probe.react = (bytes) => probe.stream?.write(bytes);
  probe.finish = () => probe.stream?.end();
};

describe("limits", () => {
  test("as many streams as allowed may be open, not one more, and closing makes room", () => {
    const { world, a, b } = pair(20);
    const served = serve(b, "hold");
    open(a, b, "hold");
    world.run(1_000);
    const probes = Array.from({ length: OPEN_STREAMS_MAX - 1 }, () => open(a, b, "hold"));
    expect(probes.every((probe) => probe.stream !== undefined)).toBe(true);
    expect(open(a, b, "hold").stream).toBeUndefined();
    world.run(5_000);
    expect(served.length).toBe(OPEN_STREAMS_MAX);
    for (const probe of probes.slice(0, 100)) probe.stream?.reset();
    world.run(1_000);
    const more = Array.from({ length: 100 }, () => open(a, b, "hold"));
    expect(more.every((probe) => probe.stream !== undefined)).toBe(true);
    expect(open(a, b, "hold").stream).toBeUndefined();
    world.run(1_000);
    expect(served.length).toBe(OPEN_STREAMS_MAX + 100);
  });

  test("streams wait for a route up to the limit and for a limited time", () => {
    const { world, a, b } = pair(21);
    b.reachable = false;
    const probes = Array.from({ length: WAITING_STREAMS_MAX }, () => open(a, b, "any"));
    expect(probes.every((probe) => probe.stream !== undefined)).toBe(true);
    expect(open(a, b, "any").stream).toBeUndefined();
    world.run(WAITING_MS - 1);
    expect(probes[0]?.closed).toBeUndefined();
    world.run(2);
    expect(probes.every((probe) => probe.closed === "session-lost")).toBe(true);
    expect(a.manager.stats().waitingStreams).toBe(0);
    world.run(1_000);
    expect(world.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a stream that waits goes out at once when the peer appears", () => {
    const { world, a, b } = pair(22);
    serve(b, "echo", echo);
    b.reachable = false;
    const probe = open(a, b, "echo", "patience");
    world.run(4_321);
    b.reachable = true;
    a.manager.peerReachable(b.id);
    const took = world.run(5_000, () => probe.bytes > 0);
    expect(took).toBeLessThan(50);
  });

  test("service names have their longest length and one more is refused", () => {
    const { a, b } = pair(23);
    const longest = "x".repeat(SERVICE_BYTES_MAX);
    expect(open(a, b, longest).stream).toBeDefined();
    expect(() => open(a, b, `${longest}x`)).toThrow(SessionError);
    expect(() => open(a, b, "")).toThrow(SessionError);
    b.manager.serve(longest, () => undefined);
    expect(() => b.manager.serve(longest, () => undefined)).toThrow(SessionError);
  });

  test("datagrams wait for a session up to the limit and not beyond", () => {
    const { world, a, b } = pair(24);
    let got = 0;
    b.manager.serveDatagrams("dg", () => got++);
    for (let i = 0; i < DATAGRAMS_WAITING_MAX; i++) {
      expect(a.manager.sendDatagram(b.id, "dg", Uint8Array.of(i))).toBe(true);
    }
    expect(a.manager.sendDatagram(b.id, "dg", Uint8Array.of(1))).toBe(false);
    world.run(1_000);
    expect(got).toBe(DATAGRAMS_WAITING_MAX);
  });

  test("datagrams wait for a session up to the limit in bytes and not beyond", () => {
    const { a, b } = pair(25, { packetBytesMax: 20_000 });
    const piece = new Uint8Array(DATAGRAMS_WAITING_BYTES_MAX / 64);
    for (let i = 0; i < 64; i++) expect(a.manager.sendDatagram(b.id, "dg", piece)).toBe(true);
    expect(a.manager.sendDatagram(b.id, "dg", Uint8Array.of(1))).toBe(false);
  });

  test("as many services as allowed may be registered, not one more", () => {
    const { a } = pair(26);
    for (let i = 0; i < SERVICES_MAX; i++) a.manager.serve(`s${i}`, () => undefined);
    expect(() => a.manager.serve("more", () => undefined)).toThrow(SessionError);
  });
});

describe("datagrams", () => {
  test("arrive with the sender's record, the largest included, a larger one refused", () => {
    const { world, a, b } = pair(30);
    const got: [string, number][] = [];
    b.manager.serveDatagrams("dg", (from, bytes) => got.push([from.id, bytes.length]));
    const most = a.manager.datagramBytesMax();
    expect(a.manager.sendDatagram(b.id, "dg", new Uint8Array(most))).toBe(true);
    expect(a.manager.sendDatagram(b.id, "dg", new Uint8Array(most + 1))).toBe(false);
    world.run(1_000);
    expect(a.manager.sendDatagram(b.id, "dg", new Uint8Array(0))).toBe(true);
    expect(a.manager.sendDatagram(b.id, "unknown", new Uint8Array(5))).toBe(true);
    world.run(1_000);
    expect(got).toEqual([
      [a.id, most],
      [a.id, 0],
    ]);
  });

  test("go before stream data and are never sent twice", () => {
    const { world, a, b } = pair(31, { loss: 0.3 });
    let got = 0;
    const served = serve(b, "bulk");
    b.manager.serveDatagrams("dg", () => got++);
    const probe = open(a, b, "bulk");
    probe.stream?.write(new Uint8Array(1_000_000));
    world.run(1_000, () => (served[0]?.bytes ?? 0) > 0);
    for (let i = 0; i < 200; i++) a.manager.sendDatagram(b.id, "dg", new Uint8Array(100));
    world.run(2_000);
    expect(got).toBeGreaterThan(100);
    expect(got).toBeLessThan(200);
    world.run(60_000);
    expect(served[0]?.bytes).toBe(1_000_000);
    expect(got).toBeLessThan(200);
  });
});
