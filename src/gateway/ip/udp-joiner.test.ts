import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { completeChecksum, isChecksumRight, pseudoSum } from "./checksum.ts";
import { DATAGRAMS_UNREAD_MAX, JOINED_DATAGRAMS_MAX, JOINED_PAYLOAD_BYTES_MAX } from "./limits.ts";
import { setU16, u16 } from "./octets.ts";
import { ACK, BACK, CARL, partial, TunnelWorld, tcp, UDP, udp, virtio } from "./packets.fixture.ts";

const HEADER = virtio(1, 0, { start: 40, offset: 6 });
const ALL = (): boolean => true;

/** A UDP packet from Bert whose checksum is still to be completed. */
function datagram(data: Uint8Array, port = 53): Uint8Array {
  const packet = udp(5_000, port, data, BACK);
  setU16(packet, 46, pseudoSum(packet, 0, UDP, packet.length - 40));
  return packet;
}

/** What Linux makes of a packet that it is given for many datagrams (`__udp_gso_segment`), checksums completed. */
function takenApart(written: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const [flags, type] = [written[0], written[1]];
  expect([flags, written[6], written[8]]).toEqual([1, 40, 6]);
  const segmentBytes = (written[4] ?? 0) + 256 * (written[5] ?? 0);
  const payload = written.subarray(58);
  expect(u16(written, 14)).toBe(8 + payload.length);
  expect(u16(written, 54)).toBe(8 + payload.length);
  expect(u16(written, 56)).toBe(pseudoSum(written, 10, UDP, written.length - 50));
  const step = type === 5 ? segmentBytes : payload.length;
  for (let at = 0; at < payload.length; at += step) {
    const part = payload.subarray(at, at + step);
    const one = concatBytes(written.subarray(10, 58), part);
    setU16(one, 4, 8 + part.length);
    setU16(one, 44, 8 + part.length);
    setU16(one, 46, pseudoSum(one, 0, UDP, one.length - 40));
    completeChecksum(one, 40, one.length, 46, UDP);
    expect(isChecksumRight(one, 0, 40, one.length, UDP)).toBe(true);
    packets.push(one);
  }
  return packets;
}

describe("UDP datagrams of one flow", () => {
  test("wait for the end of the turn and go as one", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const packets = [1, 2, 3].map((fill) => datagram(new Uint8Array(1_200).fill(fill)));
    for (const packet of packets) world.inWith(HEADER, packet);
    expect(world.written).toEqual([]);
    world.tunnel.flush();
    expect(world.written).toHaveLength(1);
    const bytes = packets.reduce((sum, { length }) => sum + length, 0);
    expect(world.tunnel.counters).toMatchObject({ receivedPackets: 3, receivedBytes: bytes });
    expect(takenApart(world.written[0] ?? HEADER)).toEqual(
      [1, 2, 3].map((fill) => udp(5_000, 53, new Uint8Array(1_200).fill(fill), BACK)),
    );
    world.tunnel.flush();
    expect(world.written).toHaveLength(1);
  });

  test("that come alone stay as they came", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const packet = datagram(new Uint8Array(100));
    world.inWith(HEADER, packet);
    world.tunnel.flush();
    expect(world.written).toEqual([concatBytes(HEADER, packet)]);
  });

  test("arrive whole, each as it was sent and in order, whatever their sizes and flows", () => {
    const one = fc.record({
      size: fc.integer({ min: 1, max: 3_000 }),
      port: fc.integer({ min: 53, max: 54 }),
    });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 150 }),
        fc.integer({ min: 1, max: 40 }),
        (all, turn) => {
          const world = new TunnelWorld({ mayEnter: ALL, mtuBytes: 9_000 });
          const data = all.map(({ size }, index) => new Uint8Array(size).fill(index));
          for (const [index, { port }] of all.entries()) {
            world.inWith(HEADER, datagram(data[index] ?? HEADER, port));
            if (index % turn === 0) world.tunnel.flush();
          }
          world.tunnel.flush();
          expect(world.written.flatMap(takenApart)).toEqual(
            all.map(({ port }, index) => udp(5_000, port, data[index], BACK)),
          );
          expect(world.tunnel.counters.receivedPackets).toBe(all.length);
        },
      ),
    );
  });

  test("are not more than the system takes apart", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    for (let i = 0; i < JOINED_DATAGRAMS_MAX + 1; i++)
      world.inWith(HEADER, datagram(new Uint8Array(10)));
    world.tunnel.flush();
    expect(world.written.map((written) => takenApart(written).length)).toEqual([
      JOINED_DATAGRAMS_MAX,
      1,
    ]);
  });

  test("are read before there are more than a program has room for", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const write = (count: number) => {
      for (let i = 0; i < count; i++) world.inWith(HEADER, datagram(new Uint8Array(1_200)));
      world.tunnel.flush();
    };
    write(DATAGRAMS_UNREAD_MAX - 1);
    expect(world.readAfter).toEqual([]);
    write(1);
    expect(world.readAfter).toEqual([2]);
    write(DATAGRAMS_UNREAD_MAX);
    expect(world.readAfter).toEqual([2, 3]);
    world.isBroken = true;
    write(DATAGRAMS_UNREAD_MAX);
    expect(world.readAfter).toEqual([2, 3]);
  });

  test("and not longer in all than a datagram can be", () => {
    const world = new TunnelWorld({ mayEnter: ALL, mtuBytes: 9_000 });
    for (let i = 0; i < 9; i++)
      world.inWith(HEADER, datagram(new Uint8Array(JOINED_PAYLOAD_BYTES_MAX)));
    world.tunnel.flush();
    expect(world.written.map((written) => takenApart(written).length)).toEqual([7, 2]);
  });

  test("are not joined where one alone is large", () => {
    const world = new TunnelWorld({ mayEnter: ALL, mtuBytes: 9_000 });
    world.inWith(HEADER, datagram(new Uint8Array(JOINED_PAYLOAD_BYTES_MAX + 1)));
    expect(world.written).toHaveLength(1);
  });

  test("stay before what came after them", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    world.inWith(HEADER, datagram(new Uint8Array(10)));
    world.in(udp(5_000, 53, new Uint8Array(10), BACK));
    world.inWith(HEADER, datagram(new Uint8Array(10)));
    world.inWith(
      virtio(1, 0, { start: 40, offset: 16 }),
      partial(tcp(5_000, 22, ACK, new Uint8Array(9), BACK)),
    );
    expect(world.written.map((written) => [written[0], written[16]])).toEqual([
      [1, UDP],
      [0, UDP],
      [1, UDP],
      [1, 6],
    ]);
  });

  test("of different peers are told apart", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const other = udp(5_000, 53, new Uint8Array(10), { ...BACK, from: CARL });
    setU16(other, 46, pseudoSum(other, 0, UDP, other.length - 40));
    world.inWith(HEADER, datagram(new Uint8Array(10)));
    world.inWith(HEADER, other, CARL);
    world.tunnel.flush();
    expect(world.written.map((written) => written[33])).toEqual([0x0b, 0x0c]);
  });
});

describe("a system that takes no joined datagrams", () => {
  test("gets them one by one, now and from then on", () => {
    const world = new TunnelWorld({ mayEnter: ALL, isOld: true });
    const sizes = [1_200, 1_200, 700];
    for (const size of sizes) world.inWith(HEADER, datagram(new Uint8Array(size).fill(size)));
    world.tunnel.flush();
    const whole = sizes.map((size) =>
      concatBytes(HEADER, datagram(new Uint8Array(size).fill(size))),
    );
    expect(world.written).toEqual(whole);
    world.inWith(HEADER, datagram(new Uint8Array(1_200).fill(1_200)));
    expect(world.written).toHaveLength(4);
    expect(world.tunnel.counters.receivedPackets).toBe(4);
    expect(world.droppedIn["interface"] ?? 0).toBe(0);
  });

  test("is told from one that takes nothing for a moment", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    world.isBroken = true;
    for (let i = 0; i < 3; i++) world.inWith(HEADER, datagram(new Uint8Array(10)));
    world.tunnel.flush();
    expect(world.droppedIn["interface"]).toBe(3);
    world.isBroken = false;
    for (let i = 0; i < 3; i++) world.inWith(HEADER, datagram(new Uint8Array(10)));
    world.tunnel.flush();
    expect(world.written.map((written) => takenApart(written).length)).toEqual([3]);
  });
});
