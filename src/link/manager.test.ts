import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestNet, TestPeer, TestTransport } from "./testing-net.ts";

const suite = createNodeSuite();

function net(seed: number): TestNet {
  return new TestNet(new ManualClock(1_000), testRandom(`net ${seed}`));
}

function peer(
  on: TestNet,
  label: string,
  seed: number,
  transports: readonly TestTransport[],
  discovery = false,
): TestPeer {
  const identity = testIdentity(suite, label);
  const random = testRandom(`${label} ${seed} ${on.peers.length}`);
  return new TestPeer(on, { identity, suite, random, transports, discovery });
}

function udp(on: TestNet, label: string, frameBytesMax = 1_200): TestTransport {
  return new TestTransport(on, `udp://${label}`, frameBytesMax, false);
}

/** Two peers on datagrams, a dialling b. */
function pair(seed: number, frameBytesMax = 1_200): { on: TestNet; a: TestPeer; b: TestPeer } {
  const on = net(seed);
  const a = peer(on, "a", seed, [udp(on, "a", frameBytesMax)]);
  const b = peer(on, "b", seed, [udp(on, "b", frameBytesMax)]);
  a.manager.start();
  b.manager.start();
  a.manager.addStaticLink("udp://b");
  return { on, a, b };
}

describe("meeting", () => {
  test("a static link brings both sides up once", () => {
    const { on, a, b } = pair(1);
    on.run(100);
    expect(a.diary).toEqual([`up ${b.id.slice(0, 6)}`]);
    expect(b.diary).toEqual([`up ${a.id.slice(0, 6)}`]);
    expect(a.manager.neighbour(b.id)?.roundTripMs).toBeCloseTo(2, 0);
    expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["udp://b"]);
  });

  test("two peers find each other by beacons within 50 ms", () => {
    const on = net(2);
    const a = peer(on, "a", 2, [udp(on, "a")], true);
    a.manager.start();
    on.run(20_000);
    const b = peer(on, "b", 2, [udp(on, "b")], true);
    b.manager.start();
    on.run(50);
    expect(a.manager.neighbour(b.id)?.suspect).toBe(false);
    expect(b.manager.neighbour(a.id)?.suspect).toBe(false);
    on.run(60_000);
    expect(a.diary.filter((entry) => entry.startsWith("up"))).toHaveLength(1);
    expect(a.diary.some((entry) => entry.startsWith("down"))).toBe(false);
  });
});
