import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { COST_MAX } from "./limits.ts";
import type { Link } from "./link.ts";
import { dispensability, isBetter } from "./link-rank.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

interface Known {
  readonly doubt?: "doubtful" | "suspect";
  readonly probesSettled?: number;
  readonly livingRatio?: number;
  readonly resumedAtMs?: number;
}

/** A link that is known as one that works, but for what `known` says. */
function link(cost: number, isStream: boolean, known: Known = {}): Link {
  const {
    doubt,
    probesSettled = 9,
    livingRatio = 1,
    resumedAtMs = Number.NEGATIVE_INFINITY,
  } = known;
  const liveness = { suspect: doubt === "suspect", doubtful: doubt === "doubtful" };
  const estimator = { cost, probesSettled, livingRatio, resumedAtMs };
  return { estimator, transport: { reliable: isStream }, liveness } as unknown as Link;
}

const NOW_MS = 50_000;

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
  on.run(30_000);
  expect(a.manager.neighbour(b.id)?.endpoints).toEqual(["udp://b", "tcp://b"]);
  expect(b.manager.neighbour(a.id)?.endpoints[0]).toBe("udp://a");
  // Where datagrams do not come through, the stream takes over.
  on.mute.add("udp://b");
  on.run(400_000);
  expect(a.manager.neighbour(b.id)?.endpoints[0]).toBe("tcp://b");
  expect([a.downs, b.downs]).toEqual([0, 0]);
});

test("a stream is used where datagrams cost nearly twice as much, or are in doubt", () => {
  expect(isBetter(link(100, true), link(179, false), NOW_MS)).toBe(false);
  expect(isBetter(link(100, true), link(181, false), NOW_MS)).toBe(true);
  expect(isBetter(link(100, false), link(81, true), NOW_MS)).toBe(true);
  expect(isBetter(link(100, false), link(79, true), NOW_MS)).toBe(false);
  const doubtful: Known = { doubt: "doubtful" };
  expect(isBetter(link(100, true), link(20, false, doubtful), NOW_MS)).toBe(true);
  expect(isBetter(link(100, true, doubtful), link(900, false, { doubt: "suspect" }), NOW_MS)).toBe(
    true,
  );
});

test.each([
  ["too few probes", { probesSettled: 8 }, { probesSettled: 9 }],
  ["one in ten lost", { livingRatio: 0.899 }, { livingRatio: 0.9 }],
  ["a suspicion just now", { resumedAtMs: NOW_MS - 9_999 }, { resumedAtMs: NOW_MS - 10_000 }],
  ["a suspicion that stands", { resumedAtMs: Number.POSITIVE_INFINITY }, {}],
])("datagrams take nothing from a stream after %s", (_, unknown, known) => {
  expect(isBetter(link(100, false, unknown), link(100, true), NOW_MS)).toBe(false);
  expect(isBetter(link(100, false, known), link(100, true), NOW_MS)).toBe(true);
  // Nor does a stream of the same cost take anything from them.
  expect(isBetter(link(100, true), link(119, false, unknown), NOW_MS)).toBe(false);
  expect(isBetter(link(100, true), link(121, false, unknown), NOW_MS)).toBe(true);
});

test("links of one kind are compared by their costs, with a fifth in favour of the one in use", () => {
  for (const isStream of [false, true]) {
    expect(isBetter(link(100, isStream), link(119, isStream), NOW_MS)).toBe(false);
    expect(isBetter(link(100, isStream), link(121, isStream), NOW_MS)).toBe(true);
  }
});

test("the costliest stream is no worse than the costliest datagrams", () => {
  expect(isBetter(link(COST_MAX, false), link(COST_MAX, true), NOW_MS)).toBe(false);
  expect(isBetter(link(3_300, true), link(COST_MAX, false), NOW_MS)).toBe(false);
  expect(isBetter(link(3_300, true), link(COST_MAX, false, { livingRatio: 0.5 }), NOW_MS)).toBe(
    true,
  );
});

test("suspect links have to go first, then the costly ones, of either kind", () => {
  expect(dispensability(link(100, true))).toBeLessThan(dispensability(link(140, false)));
  expect(dispensability(link(4_000, true))).toBeLessThan(
    dispensability(link(1, false, { doubt: "suspect" })) + 1,
  );
});
