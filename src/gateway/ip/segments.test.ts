import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { isChecksumRight, pseudoSum } from "./checksum.ts";
import { SUPER_SEGMENTS_MAX } from "./limits.ts";
import { setU16, u16, u32 } from "./octets.ts";
import { OffloadReader } from "./offload.ts";
import { PacketReader } from "./packet.ts";
import { ACK, CWR, FIN, hex, PSH, parts, superHeader, tcp, virtio } from "./packets.fixture.ts";

const packet = new PacketReader();

describe("software segmentation", () => {
  test("three segments of a packet, header by header", () => {
    const data = Uint8Array.from({ length: 25 }, (_, index) => index);
    const whole = tcp(1, 2, ACK | PSH | FIN | CWR, data, {}, hex("fffffff6"));
    const found = parts(whole, 10, 1, true);
    expect(found.map((part) => part.length - 10)).toEqual([70, 70, 65]);
    expect(found.map((part) => u16(part, 14))).toEqual([30, 30, 25]);
    expect(found.map((part) => u32(part, 54))).toEqual([0xfffffff6, 0, 10]);
    expect(found.map((part) => part[63])).toEqual([ACK | CWR, ACK, ACK | PSH | FIN]);
    for (const part of found) expect(part.subarray(0, 10)).toEqual(new Uint8Array(10));
  });

  test("any packet: the segments hold its bytes in order, each with the right checksum", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 4_000 }),
        fc.integer({ min: 1, max: 1_500 }),
        (data, segmentBytes) => {
          const found = parts(tcp(1, 2, ACK, data), segmentBytes, 1, true);
          expect(found.length).toBe(Math.ceil(data.length / segmentBytes));
          expect(concatBytes(...found.map((part) => part.subarray(70)))).toEqual(data);
          for (const part of found) {
            expect(isChecksumRight(part, 10, 50, part.length, 6)).toBe(true);
            expect(new PacketReader().read(part, 10, part.length)).toBeUndefined();
          }
        },
      ),
    );
  });

  test("smaller super-packets of a few segments each, which cut again give the same segments", () => {
    const data = Uint8Array.from({ length: 95 }, (_, index) => index);
    const whole = tcp(1, 2, ACK | PSH, data);
    const direct = parts(whole, 10, 1, true);
    const again = parts(whole, 10, 4, false).flatMap((part) => {
      const inner = new PacketReader();
      const offload = new OffloadReader();
      expect(inner.read(part, 10, part.length)).toBeUndefined();
      expect(offload.read(part, 0, inner)).toBeUndefined();
      expect(offload.isCanonical(part, 0, inner)).toBe(true);
      expect(u16(part, 66)).toBe(pseudoSum(part, 10, 6, part.length - 50));
      return parts(part.slice(10), offload.segmentBytes, 1, true);
    });
    expect(again).toEqual(direct);
  });
});

describe("virtio-net headers", () => {
  const data = new Uint8Array(3_000);
  const whole = tcp(1, 2, ACK, data);
  const read = (header: Uint8Array, bytes: Uint8Array = whole): string => {
    const offload = new OffloadReader();
    expect(packet.read(bytes, 0, bytes.length)).toBeUndefined();
    return offload.read(header, 0, packet) ?? `${offload.needsChecksum} ${offload.segmentBytes}`;
  };

  test("those of ordinary and of super-packets are taken", () => {
    expect(read(new Uint8Array(10))).toBe("false 0");
    expect(read(virtio(2, 0))).toBe("false 0");
    expect(read(virtio(1, 0, { start: 40, offset: 16 }))).toBe("true 0");
    expect(read(superHeader(1_000))).toBe("true 1000");
    expect(read(superHeader(3_000))).toBe("true 0");
  });

  test.each([
    ["a checksum elsewhere", virtio(1, 0, { start: 24, offset: 16 })],
    ["a checksum field elsewhere", virtio(1, 0, { start: 40, offset: 0 })],
    ["segments of nothing", superHeader(0)],
    ["segments without a checksum", virtio(0, 4, { segment: 1_000 })],
    ["segments over IPv4", virtio(1, 1, { segment: 1_000, start: 40, offset: 16 })],
    ["UDP fragments", virtio(1, 3, { segment: 1_000, start: 40, offset: 16 })],
    ["flags that nobody knows", virtio(5, 0, { start: 40, offset: 16 })],
  ])("%s: refused", (_name, header) => {
    expect(read(header)).toBe("offload");
  });

  test("a super-packet may stand for as many segments as the limit says", () => {
    const offload = new OffloadReader();
    const bytes = tcp(1, 2, ACK, new Uint8Array(SUPER_SEGMENTS_MAX * 10 + 1));
    const isTooMany = (packetBytes: Uint8Array): boolean => {
      setU16(packetBytes, 4, packetBytes.length - 40);
      packet.read(packetBytes, 0, packetBytes.length);
      offload.read(superHeader(10), 0, packet);
      return offload.isTooMany(packet);
    };
    expect(isTooMany(bytes.slice(0, -1))).toBe(false);
    expect(isTooMany(bytes)).toBe(true);
  });
});
