import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

test("what one side counts as sent the other counts as received", () => {
  const { on, a, b } = w.pair(31);
  on.run(1_000);
  for (let i = 0; i < 20; i++) {
    a.manager.sendPacket(b.id, Uint8Array.of(1), new Uint8Array(50 * i));
    b.manager.sendControl(a.id, new Uint8Array(100 * i));
    on.run(50);
  }
  on.run(1_000);
  const [ours, theirs] = [a.manager.stats(), b.manager.stats()];
  const sent = a.transports[0]?.sent ?? [];
  expect(ours.framesSent).toBe(sent.length);
  expect(ours.bytesSent).toBe(sent.reduce((sum, { frame }) => sum + frame.length, 0));
  expect([theirs.framesReceived, theirs.bytesReceived]).toEqual([ours.framesSent, ours.bytesSent]);
  expect([ours.framesReceived, ours.bytesReceived]).toEqual([theirs.framesSent, theirs.bytesSent]);
  expect([ours.packetsSent, theirs.packetsReceived, b.packets.length]).toEqual([20, 20, 20]);
  expect([theirs.controlSent, ours.controlReceived, a.control.length]).toEqual([20, 20, 20]);
  expect(theirs.segmentsSent).toBeGreaterThanOrEqual(20);
  expect(ours).toMatchObject({ handshakesBegun: 1, handshakesDone: 1, handshakesAnswered: 0 });
  expect(theirs).toMatchObject({ handshakesBegun: 0, handshakesDone: 1, handshakesAnswered: 1 });
  for (const { neighbours, links, halfOpen, reassemblyBytes } of [ours, theirs]) {
    expect({ neighbours, links, halfOpen, reassemblyBytes }).toEqual({
      neighbours: 1,
      links: 1,
      halfOpen: 0,
      reassemblyBytes: 0,
    });
  }
});

test("every frame that is not taken is counted once, under its reason", () => {
  const { on, a, b } = w.pair(32);
  on.run(1_000);
  a.manager.sendPacket(b.id, Uint8Array.of(1), new Uint8Array(50));
  on.run(10);
  const clean = b.manager.stats();
  const { frame } = a.transports[0]?.sent.at(-1) ?? { frame: new Uint8Array() };
  const events = b.transports[0]?.events;
  const changeOf = (hostile: Uint8Array): Record<string, number> => {
    const before = b.manager.stats();
    events?.onFrame("udp://a", hostile);
    const after = b.manager.stats();
    return {
      unknown: after.droppedUnknown - before.droppedUnknown,
      replayed: after.droppedReplayed - before.droppedReplayed,
      forged: after.droppedForged - before.droppedForged,
      malformed: after.droppedMalformed - before.droppedMalformed,
    };
  };
  const none = { unknown: 0, replayed: 0, forged: 0, malformed: 0 };
  expect(changeOf(frame)).toEqual({ ...none, replayed: 1 });
  expect(changeOf(frame.slice(0, 4))).toEqual({ ...none, malformed: 1 });
  expect(changeOf(frame.with(1, (frame[1] ?? 0) ^ 1))).toEqual({ ...none, unknown: 1 });
  expect(b.packets).toHaveLength(1);
  expect(b.manager.stats().packetsReceived).toBe(clean.packetsReceived);
});

test("a beacon heard again within a second costs no check of its signature", () => {
  const on = w.net(33);
  const a = w.peer(on, "a", 33, [w.udp(on, "a")], true);
  const b = w.peer(on, "b", 33, [w.udp(on, "b")], true);
  on.mute.add("udp://a");
  const beacons: Uint8Array[] = [];
  for (const transport of a.transports) {
    transport.broadcast = (frame) => void beacons.push(frame.slice());
  }
  a.manager.start();
  b.manager.start();
  on.run(2_000);
  const [beacon = new Uint8Array()] = beacons;
  const checkedAfter = (waitMs: number, from = "udp://a"): number => {
    on.run(waitMs);
    b.transports[0]?.events?.onFrame(from, beacon);
    return b.manager.stats().beaconsChecked;
  };
  expect([checkedAfter(0), checkedAfter(0), checkedAfter(999), checkedAfter(1)]).toEqual([
    1, 1, 1, 2,
  ]);
  expect(checkedAfter(0, "udp://elsewhere")).toBe(3);
  expect(b.manager.stats()).toMatchObject({ beaconsReceived: 5, droppedForged: 0 });
});
