import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { encodeBeacon } from "./beacon.ts";
import { type TestPair, TestWorkshop } from "./kit.fixture.ts";
import { FRAME_DATA, FRAME_OPEN, FRAME_UNKNOWN, LINK_VERSION, OPEN_BYTES } from "./layout.ts";
import {
  ANSWERINGS_MAX,
  ANSWERS_BURST,
  BEACON_CHECKS_BURST,
  DISCOVERED_OPENINGS_MAX,
} from "./limits.ts";
import type { TestPeer, TestTransport } from "./net.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

function transportOf(peer: TestPeer): TestTransport {
  const [transport] = peer.transports;
  if (transport === undefined) throw new RangeError("a peer without a transport");
  return transport;
}

/** Hands a frame to b as if it came from there. */
function inject({ b }: TestPair, from: string, frame: Uint8Array): void {
  transportOf(b).events?.onFrame(from, frame);
}

/** What must not change, whatever strangers send. */
function state(peer: TestPeer): unknown {
  const [neighbour] = peer.manager.neighbours();
  return { neighbour, diary: [...peer.diary], links: peer.manager.stats().links };
}

function openFrame(seed: number): Uint8Array {
  const frame = testRandom(`junk ${seed}`).bytes(OPEN_BYTES);
  frame[0] = FRAME_OPEN;
  frame[1] = LINK_VERSION;
  return frame;
}

describe("strangers", () => {
  test("junk of any kind never throws and changes nothing", () => {
    const both = w.pair(1);
    both.on.run(500);
    const before = state(both.b);
    const kinds = fc.integer({ min: 0, max: 8 });
    const junk = fc.uint8Array({ minLength: 0, maxLength: 300 });
    fc.assert(
      fc.property(kinds, junk, fc.boolean(), (kind, bytes, known) => {
        if (bytes.length > 0) bytes[0] = kind;
        inject(both, known ? "udp://a" : "udp://stranger", bytes);
        expect(state(both.b)).toEqual(before);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  test("genuine frames with one bit flipped, cut or lengthened change nothing", () => {
    const both = w.pair(2);
    both.on.run(500);
    both.on.mute.add("udp://b");
    both.a.manager.sendControl(both.b.id, new Uint8Array(300));
    both.a.manager.sendPacket(both.b.id, new Uint8Array(20), new Uint8Array(100));
    const frames = transportOf(both.a).sent.map(({ frame }) => frame);
    const before = state(both.b);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.constantFrom("flip", "cut", "grow"), (which, at, how) => {
        const frame = frames[which % frames.length] ?? new Uint8Array(1);
        const sealedEnd = 29 + ((frame[11] ?? 0) << 8) + (frame[12] ?? 0);
        const border = frame[0] === FRAME_DATA ? Math.min(sealedEnd, frame.length) : frame.length;
        let mutant = frame.slice();
        if (how === "flip") mutant[at % border] = (mutant[at % border] ?? 0) ^ (1 << (at % 8));
        if (how === "cut") mutant = mutant.subarray(0, at % mutant.length);
        if (how === "grow") mutant = Uint8Array.of(...mutant, 0);
        inject(both, "udp://a", mutant);
        expect(state(both.b)).toEqual(before);
      }),
      { numRuns: 1_500, seed: 2 },
    );
    both.on.mute.clear();
    both.on.run(1_000);
    expect(both.b.control).toHaveLength(1);
  });

  test("everything ever sent can be replayed without effect", () => {
    const both = w.pair(3);
    both.on.run(500);
    both.a.manager.sendControl(both.b.id, Uint8Array.of(1));
    both.a.manager.sendPacket(both.b.id, Uint8Array.of(1), Uint8Array.of(1));
    both.on.run(500);
    const before = state(both.b);
    expect([both.b.control.length, both.b.packets.length]).toEqual([1, 1]);
    const recorded = transportOf(both.a).sent.map(({ frame }) => frame);
    for (const from of ["udp://a", "udp://replayer"]) {
      for (const frame of recorded) inject(both, from, frame);
    }
    expect(state(both.b)).toEqual(before);
    expect([both.b.control.length, both.b.packets.length]).toEqual([1, 1]);
    expect(both.b.manager.stats().droppedReplayed).toBeGreaterThan(4);
    both.on.run(60_000);
    expect(both.b.downs).toBe(0);
  });

  test("a flood of first messages is bounded and does not disturb a link", () => {
    const both = w.pair(4);
    both.on.run(500);
    const answered = both.b.manager.stats().handshakesAnswered;
    for (let i = 0; i < 2_000; i++) inject(both, `udp://flood${i}`, openFrame(i));
    const after = both.b.manager.stats();
    expect(after.handshakesAnswered - answered).toBeLessThanOrEqual(ANSWERS_BURST);
    expect(after.halfOpen).toBe(ANSWERINGS_MAX);
    both.a.manager.sendControl(both.b.id, Uint8Array.of(1));
    both.on.run(50);
    expect(both.b.control).toHaveLength(1);
    expect(both.b.downs).toBe(0);
    both.on.run(11_000);
    expect(both.b.manager.stats().halfOpen).toBe(0);
  });

  test("one endpoint alone cannot use up the handshakes of all", () => {
    const both = w.pair(5);
    both.on.run(500);
    for (let i = 0; i < 2_000; i++) inject(both, "udp://flood", openFrame(i));
    const on = both.on;
    const c = w.peer(on, "c", 5, [w.udp(on, "c")]);
    c.manager.start();
    c.manager.addStaticLink("udp://b");
    on.run(50);
    expect(c.ups).toBe(1);
  });

  test("the answer to a stranger is never longer than the question", () => {
    const both = w.pair(6);
    both.on.run(500);
    const sent = transportOf(both.b).sent.length;
    inject(both, "udp://x", openFrame(1));
    const replies = transportOf(both.b).sent.slice(sent);
    expect(replies).toHaveLength(1);
    expect(replies[0]?.frame.length).toBeLessThanOrEqual(OPEN_BYTES);
  });

  test("forged hints that nobody is there cost one handshake per second and no link", () => {
    const both = w.pair(7);
    both.on.run(5_000);
    const sent = transportOf(both.b).sent.at(-1)?.frame.subarray(1, 5) ?? new Uint8Array(4);
    // What b sends carries a's index; b believes hints that name the index it sends to.
    const begun = both.b.manager.stats().handshakesBegun;
    for (let i = 0; i < 100; i++) inject(both, "udp://a", Uint8Array.of(FRAME_UNKNOWN, ...sent));
    expect(both.b.manager.stats().handshakesBegun - begun).toBe(1);
    both.on.run(5_000);
    expect([both.a.downs, both.b.downs]).toEqual([0, 0]);
    expect(both.b.manager.stats().links).toBe(1);
  });
});

describe("beacons", () => {
  test("no more of them are checked than the limit allows", () => {
    const on = w.net(8);
    const b = w.peer(on, "b", 8, [w.udp(on, "b")], true);
    b.manager.start();
    on.run(10);
    const beacon = encodeBeacon(testIdentity(suite, "x").signKey, new Uint8Array(8));
    beacon[60] = (beacon[60] ?? 0) ^ 1;
    for (let i = 0; i < 500; i++) transportOf(b).events?.onFrame(`udp://x${i}`, beacon);
    const { beaconsChecked, droppedForged, halfOpen } = b.manager.stats();
    expect(beaconsChecked).toBe(BEACON_CHECKS_BURST);
    expect(droppedForged).toBe(BEACON_CHECKS_BURST);
    expect(halfOpen).toBe(0);
  });

  test("a genuine beacon replayed from everywhere leaves room for dialling", () => {
    const on = w.net(10);
    const b = w.peer(on, "b", 10, [w.udp(on, "b")], true);
    w.peer(on, "c", 10, [w.udp(on, "c")]).manager.start();
    b.manager.start();
    on.run(2_000);
    const beacon = encodeBeacon(testIdentity(suite, "x").signKey, new Uint8Array(8));
    for (let i = 0; i < 500; i++) transportOf(b).events?.onFrame(`udp://x${i}`, beacon);
    on.run(200);
    expect(b.manager.stats().halfOpen).toBe(DISCOVERED_OPENINGS_MAX);
    b.manager.addStaticLink("udp://c");
    on.run(20);
    expect(b.ups).toBe(1);
  });

  test("own beacons and those of a linked neighbour are passed over unchecked", () => {
    const on = w.net(9);
    const a = w.peer(on, "a", 9, [w.udp(on, "a")], true);
    const b = w.peer(on, "b", 9, [w.udp(on, "b")], true);
    a.manager.start();
    b.manager.start();
    on.run(5_000);
    const checked = b.manager.stats().beaconsChecked;
    const heard = b.manager.stats().beaconsReceived;
    on.run(30 * 60_000);
    expect(b.manager.stats().beaconsReceived).toBeGreaterThan(heard + 8);
    expect(b.manager.stats().beaconsChecked).toBe(checked);
    const own = transportOf(b).sent.filter(({ frame }) => frame[0] === 1);
    for (const { frame } of own) transportOf(b).events?.onFrame("udp://b", frame);
    expect(b.manager.stats().beaconsChecked).toBe(checked);
  });
});
