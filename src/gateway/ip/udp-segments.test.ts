import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { isChecksumRight, pseudoSum } from "./checksum.ts";
import { DATAGRAMS_UNREAD_MAX, JOINED_DATAGRAMS_MAX } from "./limits.ts";
import { setU16, u16 } from "./octets.ts";
import { OffloadReader } from "./offload.ts";
import { PacketReader } from "./packet.ts";
import {
  ACK,
  ANNA,
  BACK,
  BERT,
  hex,
  partial,
  parts,
  superHeader,
  TunnelWorld,
  tcp,
  UDP,
  udp,
  udpSuperHeader,
  virtio,
} from "./packets.fixture.ts";

const ALL = (): boolean => true;

function numbered(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 7);
}

/** What stands for many datagrams from Bert. */
function fromBert(payloadBytes: number): Uint8Array {
  return partial(udp(5_000, 53, numbered(payloadBytes), BACK));
}

describe("a packet that stands for many UDP datagrams", () => {
  test("any: cut, the datagrams hold its bytes in order, each with its length and the right checksum", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 4_000 }),
        fc.integer({ min: 1, max: 1_500 }),
        (data, segmentBytes) => {
          const found = parts(udp(1, 2, data), segmentBytes, 1, true);
          expect(found.length).toBe(Math.ceil(data.length / segmentBytes));
          expect(concatBytes(...found.map((part) => part.subarray(58)))).toEqual(data);
          for (const part of found) {
            expect(part.subarray(0, 10)).toEqual(new Uint8Array(10));
            expect(isChecksumRight(part, 10, 50, part.length, UDP)).toBe(true);
            // It reads no datagram whose lengths are not those of the packet.
            expect(new PacketReader().read(part, 10, part.length)).toBeUndefined();
          }
        },
      ),
    );
  });

  test("cut into smaller ones of a few, which cut again give the same datagrams", () => {
    const whole = udp(1, 2, numbered(95));
    const again = parts(whole, 10, 4, false).flatMap((part) => {
      const inner = new PacketReader();
      const offload = new OffloadReader();
      expect(inner.read(part, 10, part.length)).toBeUndefined();
      expect(offload.read(part, 0, inner)).toBeUndefined();
      expect(offload.isCanonical(part, 0, inner)).toBe(true);
      expect(u16(part, 56)).toBe(pseudoSum(part, 10, UDP, part.length - 50));
      return parts(part.slice(10), offload.segmentBytes, 1, true);
    });
    expect(again).toEqual(parts(whole, 10, 1, true));
  });

  test.each([
    ["as TCP segments", superHeader(1_000), udp(1, 2, new Uint8Array(3_000))],
    ["of TCP", udpSuperHeader(1_000), tcp(1, 2, ACK, new Uint8Array(3_000))],
    ["of nothing", udpSuperHeader(0), udp(1, 2, new Uint8Array(3_000))],
    ["without a checksum", virtio(0, 5, { segment: 1_000 }), udp(1, 2, new Uint8Array(3_000))],
  ])("%s: refused", (_name, header, bytes) => {
    const packet = new PacketReader();
    expect(packet.read(bytes, 0, bytes.length)).toBeUndefined();
    expect(new OffloadReader().read(header, 0, packet)).toBe("offload");
  });

  test("stands for as many as the limit says", () => {
    const payloadBytes = JOINED_DATAGRAMS_MAX * 10;
    for (const [more, isTooMany] of [
      [0, false],
      [1, true],
    ] as const) {
      const packet = new PacketReader();
      const bytes = udp(1, 2, new Uint8Array(payloadBytes + more));
      packet.read(bytes, 0, bytes.length);
      const offload = new OffloadReader();
      expect(offload.read(udpSuperHeader(10), 0, packet)).toBeUndefined();
      expect(offload.isTooMany(packet)).toBe(isTooMany);
    }
  });
});

describe("on its way", () => {
  test("it travels whole, its header in one form", () => {
    const world = new TunnelWorld();
    const packet = partial(udp(5_000, 443, new Uint8Array(9_000)));
    world.out(packet, virtio(3, 5, { header: 1, segment: 1_200, start: 40, offset: 6 }));
    expect(world.sent).toEqual([
      { to: BERT, bytes: concatBytes(hex("11"), udpSuperHeader(1_200), packet) },
    ]);
  });

  test("one of more datagrams than others take is cut", () => {
    const world = new TunnelWorld();
    const payloadBytes = (JOINED_DATAGRAMS_MAX + 1) * 100;
    world.out(partial(udp(5_000, 443, new Uint8Array(payloadBytes))), udpSuperHeader(100));
    expect(world.sent.map(({ bytes }) => bytes.length - 59)).toEqual([6_400, 100]);
  });

  test.each([200, 1_100, 1_500, 5_000])(
    "it arrives through datagrams of %i bytes all the same",
    (bytesMax) => {
      const world = new TunnelWorld({ bytesMax });
      const other = new TunnelWorld({ mayEnter: ALL, takesOffloads: false }, BERT);
      world.out(partial(udp(40_000, 443, numbered(20_000))), udpSuperHeader(1_200));
      for (const { bytes } of world.sent) {
        expect(bytes.length).toBeLessThanOrEqual(bytesMax);
        other.tunnel.inbound(ANNA, bytes);
      }
      const got = other.written.map((one) => one.subarray(58));
      expect(concatBytes(...got)).toEqual(numbered(20_000));
      expect(got.map(({ length }) => length)).toEqual([...Array(16).fill(1_200), 800]);
    },
  );

  test("it is written as it is, after what waits to be joined, and programs are let read", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const single = partial(udp(5_000, 53, new Uint8Array(1_200), BACK));
    const whole = fromBert(DATAGRAMS_UNREAD_MAX * 1_200 - 1);
    world.inWith(virtio(1, 0, { start: 40, offset: 6 }), single);
    expect(world.written).toEqual([]);
    world.inWith(udpSuperHeader(1_200), whole);
    expect(world.written.map((one) => one.length)).toEqual([single.length + 10, whole.length + 10]);
    expect(world.written[1]).toEqual(concatBytes(udpSuperHeader(1_200), whole));
    expect(world.readAfter).toEqual([2]);
    expect(world.tunnel.counters).toMatchObject({ receivedPackets: 2 });
  });

  test("a system that knows no such packets gets datagrams, and is not asked again", () => {
    const world = new TunnelWorld({ mayEnter: ALL, isOld: true });
    for (let round = 0; round < 2; round++) world.inWith(udpSuperHeader(1_200), fromBert(3_000));
    expect(world.written.map((one) => one.length)).toEqual([1_258, 1_258, 658, 1_258, 1_258, 658]);
    for (const one of world.written) {
      expect(one.subarray(0, 10)).toEqual(virtio(1, 0, { start: 40, offset: 6 }));
      expect(u16(one, 56)).toBe(pseudoSum(one, 10, UDP, one.length - 50));
    }
    expect(world.refused).toBe(1);
    expect(world.droppedIn).toEqual({});
  });

  test("an interface without any offloads gets whole checksums", () => {
    const world = new TunnelWorld({ mayEnter: ALL, takesOffloads: false });
    world.inWith(udpSuperHeader(1_200), fromBert(3_000));
    expect(world.written.map((one) => one.length)).toEqual([1_258, 1_258, 658]);
    for (const one of world.written)
      expect(isChecksumRight(one, 10, 50, one.length, UDP)).toBe(true);
  });

  test("an interface that is gone is not held for an old one", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    world.isBroken = true;
    world.inWith(udpSuperHeader(1_200), fromBert(3_000));
    expect(world.droppedIn).toMatchObject({ interface: 1 });
    world.isBroken = false;
    world.inWith(udpSuperHeader(1_200), fromBert(3_000));
    expect(world.written).toHaveLength(1);
  });

  test("bytes that a peer adds to one are refused", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const lying = fromBert(3_000);
    setU16(lying, 44, 1_000);
    world.inWith(udpSuperHeader(1_200), lying);
    world.inWith(
      virtio(1, 5, { header: 40, segment: 1_200, start: 40, offset: 6 }),
      fromBert(3_000),
    );
    expect(world.written).toEqual([]);
    expect(world.droppedIn).toMatchObject({ "bad-transport": 1, offload: 1 });
  });
});
