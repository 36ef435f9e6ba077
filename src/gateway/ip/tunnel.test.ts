import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { isChecksumRight } from "./checksum.ts";
import { HOLD_MS, ICMP_ERRORS_BURST } from "./limits.ts";
import { u32 } from "./octets.ts";
import {
  ACK,
  ANNA,
  BACK,
  BERT,
  CARL,
  fragment,
  hex,
  icmp,
  ipv6,
  partial,
  SYN,
  superHeader,
  TunnelWorld,
  tcp,
  udp,
  virtio,
} from "./packets.fixture.ts";

const ALL = (): boolean => true;

describe("packets on their way", () => {
  test("an ordinary packet travels with one byte before it", () => {
    const world = new TunnelWorld();
    const packet = udp(5_000, 53);
    world.out(packet);
    expect(world.sent).toEqual([{ to: BERT, bytes: concatBytes(hex("10"), packet) }]);
    expect(world.tunnel.counters).toMatchObject({ sentPackets: 1, sentBytes: packet.length });
  });

  test("its answer is written with an empty header", () => {
    const world = new TunnelWorld();
    world.out(udp(5_000, 53));
    const answer = udp(53, 5_000, undefined, BACK);
    world.in(answer);
    expect(world.written).toEqual([concatBytes(new Uint8Array(10), answer)]);
    expect(world.tunnel.counters.receivedBytes).toBe(answer.length);
  });

  test("a super-packet travels whole, its header in one form", () => {
    const world = new TunnelWorld();
    const packet = partial(tcp(5_000, 22, ACK, new Uint8Array(9_000), {}));
    world.out(packet, virtio(3, 4, { header: 1, segment: 1_000, start: 40, offset: 16 }));
    const [first] = world.sent;
    expect(first?.bytes).toEqual(concatBytes(hex("11"), superHeader(1_000), packet));
  });

  test("and is written as it is by an interface that takes it", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    const packet = partial(tcp(5_000, 22, ACK, new Uint8Array(9_000), BACK));
    world.inWith(superHeader(1_000), packet);
    expect(world.written).toEqual([concatBytes(superHeader(1_000), packet)]);
  });

  test("or in segments with whole checksums by one that does not", () => {
    const world = new TunnelWorld({ mayEnter: ALL, takesOffloads: false });
    world.inWith(superHeader(1_000), partial(tcp(5_000, 22, ACK, new Uint8Array(2_500), BACK)));
    expect(world.written.map((one) => one.length)).toEqual([1_070, 1_070, 570]);
    for (const one of world.written) expect(isChecksumRight(one, 10, 50, one.length, 6)).toBe(true);
    world.inWith(
      virtio(1, 0, { start: 40, offset: 16 }),
      partial(tcp(5_000, 22, ACK, hex("0102"), BACK)),
    );
    const last = world.written.at(-1) ?? new Uint8Array(0);
    expect(last.subarray(10)).toEqual(tcp(5_000, 22, ACK, hex("0102"), BACK));
  });

  test.each([200, 1_100, 1_500, 5_000])(
    "what is larger than a datagram of %i bytes arrives all the same",
    (bytesMax) => {
      const world = new TunnelWorld({ bytesMax });
      const other = new TunnelWorld({ mayEnter: ALL, takesOffloads: false }, BERT);
      const data = Uint8Array.from({ length: 20_000 }, (_, index) => index * 7);
      world.out(partial(tcp(40_000, 22, ACK, data)), superHeader(1_360));
      for (const { bytes } of world.sent) {
        expect(bytes.length).toBeLessThanOrEqual(bytesMax);
        other.tunnel.inbound(ANNA, bytes);
      }
      expect(concatBytes(...other.written.map((one) => one.subarray(70)))).toEqual(data);
      expect(other.tunnel.reassemblyCount).toBe(0);
      expect(world.tunnel.counters.segmented).toBe(1);
    },
  );

  test("an ordinary packet goes in pieces where it must", () => {
    const world = new TunnelWorld({ bytesMax: 500 });
    world.out(udp(5_000, 53, new Uint8Array(1_300)));
    expect(world.sent).toHaveLength(3);
    expect(world.tunnel.counters.pieced).toBe(1);
  });

  test("later fragments follow the first one", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    world.in(fragment(17, 0, true, udp(1, 2, new Uint8Array(8)).subarray(40), BACK));
    world.in(fragment(17, 16, false, new Uint8Array(3), BACK));
    expect(world.written).toHaveLength(2);
  });
});

describe("what programs are told", () => {
  test("no route, in the name of whom they wanted to reach", () => {
    const world = new TunnelWorld({ bytesMax: 0 });
    const packet = tcp(5_000, 22, SYN);
    world.out(packet);
    const [error = new Uint8Array(0)] = world.written;
    expect(error.subarray(0, 10)).toEqual(new Uint8Array(10));
    expect(error.subarray(18, 50)).toEqual(concatBytes(hex(BERT), hex(ANNA)));
    expect([error[50], error[51]]).toEqual([1, 0]);
    expect(error.subarray(58)).toEqual(packet);
    expect(isChecksumRight(error, 10, 50, error.length, 58)).toBe(true);
  });

  test("that a port is closed to them, over the tunnel", () => {
    const world = new TunnelWorld();
    world.in(tcp(5_000, 22, SYN, undefined, BACK));
    const [refusal] = world.sent;
    expect(refusal?.to).toBe(BERT);
    expect([refusal?.bytes[41], refusal?.bytes[42]]).toEqual([1, 1]);
    const other = new TunnelWorld({}, BERT);
    other.tunnel.inbound(ANNA, refusal?.bytes ?? new Uint8Array(0));
    expect(other.droppedIn).toEqual({ "no-flow": 1 });
    other.out(tcp(5_000, 22, SYN, undefined, BACK));
    other.tunnel.inbound(ANNA, refusal?.bytes ?? new Uint8Array(0));
    expect(other.written).toHaveLength(1);
  });

  test("what would fit, where a packet is too big", () => {
    const world = new TunnelWorld({ mtuBytes: 1_500 });
    world.out(udp(5_000, 53));
    world.in(udp(53, 5_000, new Uint8Array(1_500), BACK));
    const error = world.sent.at(-1)?.bytes ?? new Uint8Array(0);
    expect([error[41], u32(error, 45), error.length]).toEqual([2, 1_500, 1_281]);
    world.bytesMax = 30;
    world.out(udp(5_000, 53, new Uint8Array(1_453)));
    expect(world.droppedOut).toEqual({ "too-big": 1 });
    const told = world.written.at(-1) ?? new Uint8Array(0);
    expect([told[50], u32(told, 54)]).toEqual([2, 1_461]);
  });

  test("no more often than the limit says, and never about an error", () => {
    const world = new TunnelWorld();
    world.in(icmp(1, undefined, tcp(1, 2, SYN), BACK));
    expect(world.sent).toHaveLength(0);
    for (let i = 0; i < ICMP_ERRORS_BURST + 1; i++) world.in(udp(1, 2, undefined, BACK));
    expect(world.sent).toHaveLength(ICMP_ERRORS_BURST);
    expect(world.droppedIn["not-allowed"]).toBe(ICMP_ERRORS_BURST + 1);
    world.clock.advance(10);
    world.in(udp(1, 2, undefined, BACK));
    expect(world.sent).toHaveLength(ICMP_ERRORS_BURST + 1);
  });
});

describe("bad packets from the interface", () => {
  test.each([
    ["with another source", udp(1, 2, undefined, { from: CARL }), "not-our-source"],
    [
      "with a link-local source",
      udp(1, 2, undefined, { from: "fe80000000000000000000000000000a" }),
      "not-our-source",
    ],
    [
      "to a group",
      icmp(143, undefined, undefined, { to: "ff020000000000000000000000000016" }),
      "multicast",
    ],
    [
      "to an address that is no peer's",
      udp(1, 2, undefined, { to: "20010db8000000000000000000000001" }),
      "no-route",
    ],
    ["to fc00::/8", udp(1, 2, undefined, { to: "fc000000000000000000000000000001" }), "no-route"],
    ["to ourselves", udp(1, 2, undefined, { to: ANNA }), "looped"],
    ["with a hop limit of zero", udp(1, 2, undefined, { hopLimit: 0 }), "hop-limit"],
    ["of IPv4", ipv6(new Uint8Array(20), { version: 4 }), "not-ipv6"],
    ["of another protocol", ipv6(new Uint8Array(20), { next: 132 }), "protocol"],
    ["cut off", udp(1, 2).subarray(0, 30), "truncated"],
    ["with a neighbour solicitation to a peer", icmp(135), "icmp-type"],
  ])("%s", (_name, packet, reason) => {
    const world = new TunnelWorld();
    world.out(packet);
    expect(world.sent).toHaveLength(0);
    expect(world.droppedOut).toEqual({ [reason]: 1 });
  });

  test("a header that does not fit the packet", () => {
    const world = new TunnelWorld();
    world.out(tcp(1, 2, SYN), virtio(1, 0, { start: 8, offset: 16 }));
    expect(world.droppedOut).toEqual({ offload: 1 });
  });

  test("no room in the session, and none any more in the middle of a packet", () => {
    const world = new TunnelWorld({ bytesMax: 1_100 });
    world.isFull = true;
    world.out(udp(1, 2));
    world.out(udp(1, 2, new Uint8Array(1_300)));
    world.out(partial(tcp(1, 2, ACK, new Uint8Array(9_000))), superHeader(1_300));
    expect(world.droppedOut).toEqual({ congested: 3 });
  });

  test("while a flow has no room nothing is read, though not for long", () => {
    const world = new TunnelWorld();
    expect(world.tunnel.isHeld).toBe(false);
    world.isFull = true;
    world.out(udp(5_000, 53));
    expect(world.tunnel.isHeld).toBe(true);
    world.isFull = false;
    expect(world.tunnel.isHeld).toBe(false);
    world.isFull = true;
    expect(world.tunnel.isHeld).toBe(false);
    world.out(udp(5_000, 53));
    world.clock.advance(HOLD_MS - 1);
    expect(world.tunnel.isHeld).toBe(true);
    world.clock.advance(1);
    expect(world.tunnel.isHeld).toBe(false);
  });
});
