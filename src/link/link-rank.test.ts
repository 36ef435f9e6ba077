import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import type { Link } from "./link.ts";
import { dispensability, isBetter } from "./link-rank.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

function link(cost: number, isStream: boolean, doubt: "none" | "doubtful" | "suspect" = "none") {
  const liveness = { suspect: doubt === "suspect", doubtful: doubt === "doubtful" };
  return { estimator: { cost }, transport: { reliable: isStream }, liveness } as unknown as Link;
}

test("along the same way datagrams are used, whichever link was there first", () => {
  const on = w.net(1);
  const a = w.peer(on, "a", 1, [w.tcp(on, "a"), w.udp(on, "a")]);
  const b = w.peer(on, "b", 1, [w.tcp(on, "b"), w.udp(on, "b")]);
  a.manager.start();
  b.manager.start();
  a.manager.addStaticLink("tcp://b");
  on.run(2_000);
  expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["tcp://b"]);
  a.manager.addStaticLink("udp://b");
  on.run(5_000);
  expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["udp://b", "tcp://b"]);
  expect(b.manager.neighbour(a.id)?.endpoints[0]).toBe("udp://a");
  // Where datagrams do not come through, the stream takes over.
  on.mute.add("udp://b");
  on.run(400_000);
  expect(a.manager.neighbour(b.id)?.endpoints[0]).toBe("tcp://b");
  expect([a.downs, b.downs]).toEqual([0, 0]);
});

test("a stream is used where datagrams cost nearly twice as much, or are in doubt", () => {
  expect(isBetter(link(100, true), link(179, false))).toBe(false);
  expect(isBetter(link(100, true), link(181, false))).toBe(true);
  expect(isBetter(link(100, false), link(81, true))).toBe(true);
  expect(isBetter(link(100, false), link(79, true))).toBe(false);
  expect(isBetter(link(100, true), link(20, false, "doubtful"))).toBe(true);
  expect(isBetter(link(100, true, "doubtful"), link(900, false, "suspect"))).toBe(true);
});

test("links of one kind are compared by their costs, with a fifth in favour of the one in use", () => {
  for (const isStream of [false, true]) {
    expect(isBetter(link(100, isStream), link(119, isStream))).toBe(false);
    expect(isBetter(link(100, isStream), link(121, isStream))).toBe(true);
  }
});

test("the stream is the one that has to go where there are too many", () => {
  expect(dispensability(link(100, true))).toBeGreaterThan(dispensability(link(140, false)));
  expect(dispensability(link(100, true))).toBeLessThan(dispensability(link(1, false, "suspect")));
});
