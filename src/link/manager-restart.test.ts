import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

describe("a peer that was dialled and starts anew", () => {
  test("greets who dialled it, and is linked at once, also from another address", () => {
    const { on, a, b } = w.pair(1);
    on.run(60_000);
    const places = b.manager.places();
    expect(places).toMatchObject([{ id: a.id, endpoint: "udp://a" }]);
    // Who dials needs no memory.
    expect(a.manager.places()).toEqual([]);
    on.mute.add("udp://b");
    const again = w.peer(on, "b", 2, [w.udp(on, "elsewhere")]);
    again.manager.recall(places);
    again.manager.start();
    on.run(1_000);
    expect(again.manager.neighbour(a.id)?.endpoints).toEqual(["udp://a"]);
    expect(a.manager.neighbour(b.id)?.endpoints).toContain("udp://elsewhere");
  });

  test("does not say who it is to somebody else who lives there now", () => {
    const on = w.net(3);
    const stranger = w.peer(on, "stranger", 3, [w.udp(on, "a")]);
    const b = w.peer(on, "b", 3, [w.udp(on, "b")]);
    stranger.manager.start();
    const { id } = testIdentity(suite, "a");
    b.manager.recall([{ id, endpoint: "udp://a", atMs: on.clock.wallMs() }]);
    b.manager.start();
    on.run(5_000);
    expect(stranger.ups).toBe(0);
    expect(b.ups).toBe(0);
    const kinds = b.transports[0]?.sent.map(({ frame }) => frame[0]);
    expect(new Set(kinds)).toEqual(new Set([0x02]));
  });
});
