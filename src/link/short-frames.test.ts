import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes } from "../base/bytes.ts";
import { peerIdToBytes } from "../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { FRAME_DATA, FRAME_SHORT } from "./layout.ts";
import { SHORT_BITS_PER_SECOND_MAX, SHORT_HEADERS_MAX } from "./limits.ts";
import { ShortFrames } from "./short-frames.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});
const random = testRandom("short frames");

function line(seed: number, bitsPerSecond = SHORT_BITS_PER_SECOND_MAX) {
  const on = w.net(seed);
  const a = w.peer(on, "a", seed, [w.tcp(on, "a")]);
  const b = w.peer(on, "b", seed, [w.tcp(on, "b")]);
  for (const peer of [a, b]) {
    for (const transport of peer.transports) transport.bitsPerSecond = bitsPerSecond;
    peer.manager.start();
  }
  a.manager.addStaticLink("tcp://b");
  on.run(1_000);
  for (const peer of [a, b]) peer.transports[0]?.sent.splice(0);
  return { on, a, b };
}

const headerTo = (destination: Uint8Array, hops = 250) =>
  concatBytes(Uint8Array.of(0x20, hops), destination);

describe("a slow line that keeps the order", () => {
  test("takes 14 bytes more than a packet's payload, once its destination was told", () => {
    const { on, a, b } = line(1);
    const header = headerTo(peerIdToBytes(b.id));
    const payloads = [random.bytes(119), random.bytes(119), random.bytes(5)];
    for (const payload of payloads) a.manager.sendPacket(b.id, header, payload);
    on.run(100);
    const sent = a.transports[0]?.sent.slice(0, 3).map(({ frame }) => [frame[0], frame.length]);
    expect(sent).toEqual([
      [FRAME_SHORT, 119 + 30],
      [FRAME_SHORT, 119 + 14],
      [FRAME_SHORT, 5 + 14],
    ]);
    expect(b.packets.map(({ payload }) => payload)).toEqual(payloads);
    expect(b.packets.map((one) => one.header)).toEqual([header, header, header]);
  });

  test("carries what both rooms say to each other, control messages and other headers too", () => {
    const { on, a, b } = line(2);
    const extended = concatBytes(headerTo(peerIdToBytes(b.id)), random.bytes(40));
    a.manager.sendControl(b.id, new Uint8Array(20_000).fill(7));
    a.manager.sendPacket(b.id, extended, random.bytes(50));
    on.run(600_000);
    expect(b.control.at(-1)?.message.length).toBe(20_000);
    expect(b.packets.at(-1)?.header).toEqual(extended);
    expect([a.downs, b.downs]).toEqual([0, 0]);
  });

  test("goes on through new keys without losing a packet", () => {
    const { on, a, b } = line(3);
    let count = 0;
    for (let minute = 0; minute < 26 * 60; minute += 5) {
      for (const [from, to] of [[a, b] as const, [b, a] as const]) {
        from.manager.sendPacket(to.id, headerTo(peerIdToBytes(to.id)), random.bytes(20));
      }
      count++;
      on.run(300_000 + 7);
    }
    expect([a.packets.length, b.packets.length]).toEqual([count, count]);
    expect([a.downs, b.downs]).toEqual([0, 0]);
  });

  test("a fast line, or one that loses frames, has the usual frames", () => {
    const { on, a, b } = line(4, SHORT_BITS_PER_SECOND_MAX + 1);
    a.manager.sendPacket(b.id, headerTo(peerIdToBytes(b.id)), random.bytes(9));
    on.run(100);
    expect(a.transports[0]?.sent[0]?.frame[0]).toBe(FRAME_DATA);
    expect(a.transports[0]?.sent.some(({ frame }) => frame[0] === FRAME_SHORT)).toBe(false);
  });

  test("refuses what was altered, and what came before", () => {
    const { on, a, b } = line(5);
    const header = headerTo(peerIdToBytes(b.id));
    a.manager.sendPacket(b.id, header, random.bytes(30));
    on.run(100);
    const { frame = new Uint8Array(1) } = a.transports[0]?.sent[0] ?? {};
    const endpoint = b.transports[0]?.sent[0]?.to ?? "tcp://a#0";
    const events = b.transports[0]?.events;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = frame.slice();
        altered[at % frame.length] = (altered[at % frame.length] ?? 0) ^ flip;
        events?.onFrame(endpoint, altered);
      }),
      { seed: 1, numRuns: 200 },
    );
    for (let bytes = 0; bytes <= frame.length; bytes++) {
      events?.onFrame(endpoint, frame.subarray(0, bytes));
    }
    on.run(100);
    expect(b.packets.length).toBe(1);
    a.manager.sendPacket(b.id, header, random.bytes(31));
    on.run(100);
    expect(b.packets.length).toBe(2);
  });
});

describe("short frames", () => {
  const keys = [1, 2].map((n) => suite.aead("chacha20-poly1305", new Uint8Array(32).fill(n)));
  const [first, second] = keys;
  if (!(first && second)) throw new RangeError("two keys");
  const ends = () =>
    [
      new ShortFrames(suite, { send: first, receive: second }),
      new ShortFrames(suite, { send: second, receive: first }),
    ] as const;

  test("note so many destinations, and the oldest makes room", () => {
    const [a, b] = ends();
    const destinations = Array.from({ length: SHORT_HEADERS_MAX + 1 }, () => random.bytes(16));
    let counter = 0;
    const bytesOf = (destination: Uint8Array): number => {
      const header = headerTo(destination);
      const made = a.sealPacket(counter, header, Uint8Array.of(1, 2));
      if (made === undefined) throw new RangeError("a header of 18 bytes");
      made.sent();
      const sealed = b.open(made.frame, counter++);
      expect(b.packetIn(sealed ?? new Uint8Array(0))?.header).toEqual(header);
      return made.frame.length;
    };
    const most = destinations.slice(0, SHORT_HEADERS_MAX);
    expect(most.map(bytesOf)).toEqual(most.map(() => 32));
    expect(most.map(bytesOf)).toEqual(most.map(() => 16));
    expect(destinations.slice(-1).map(bytesOf)).toEqual([32]);
    expect(destinations.slice(0, 1).map(bytesOf)).toEqual([32]);
  });

  test("that were not taken by the transport tell the destination again", () => {
    const [a] = ends();
    const header = headerTo(random.bytes(16));
    expect(a.sealPacket(0, header, Uint8Array.of(1))?.frame.length).toBe(31);
    const again = a.sealPacket(1, header, Uint8Array.of(1));
    expect(again?.frame.length).toBe(31);
    again?.sent();
    expect(a.sealPacket(2, header, Uint8Array.of(1))?.frame.length).toBe(15);
  });

  test("have the counter nearest to the next one", () => {
    const frame = (low: number) => Uint8Array.of(FRAME_SHORT, low >> 8, low & 0xff);
    const all = fc.tuple(
      fc.integer({ min: -1, max: 2 ** 40 }),
      fc.integer({ min: -9, max: 30_000 }),
    );
    fc.assert(
      fc.property(all, ([highest, ahead]) => {
        const counter = Math.max(0, highest + 1 + ahead);
        expect(ShortFrames.counterOf(frame(counter % 0x1_0000), highest)).toBe(counter);
      }),
      { seed: 2 },
    );
  });
});
