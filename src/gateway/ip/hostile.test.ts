import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import {
  ACK,
  ANNA,
  BACK,
  BERT,
  CARL,
  echo,
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

describe("bad datagrams from peers", () => {
  const good = udp(1, 2, undefined, BACK);
  test.each([
    ["empty", new Uint8Array(0), "unknown-kind"],
    ["of an unknown kind", concatBytes(hex("13"), good), "unknown-kind"],
    ["of another version", concatBytes(hex("20"), good), "unknown-kind"],
    ["with nothing after the kind", hex("10"), "truncated"],
    ["with a virtio-net header cut off", hex("1100000000"), "truncated"],
    ["with a packet cut off", concatBytes(hex("10"), good.subarray(0, 39)), "truncated"],
    ["with bytes after the packet", concatBytes(hex("10"), good, hex("00")), "wrong-length"],
    [
      "whose payload length lies",
      concatBytes(hex("10"), udp(1, 2, undefined, { ...BACK, lengthBytes: 100 })),
      "wrong-length",
    ],
    [
      "in the name of another peer",
      concatBytes(hex("10"), udp(1, 2, undefined, { from: CARL, to: ANNA })),
      "spoofed",
    ],
    [
      "in our own name",
      concatBytes(hex("10"), udp(1, 2, undefined, { from: ANNA, to: ANNA })),
      "spoofed",
    ],
    [
      "from an address that is no peer's",
      concatBytes(
        hex("10"),
        udp(1, 2, undefined, { from: "20010db8000000000000000000000001", to: ANNA }),
      ),
      "spoofed",
    ],
    [
      "for another peer",
      concatBytes(hex("10"), udp(1, 2, undefined, { from: BERT, to: CARL })),
      "not-for-us",
    ],
    [
      "for a group",
      concatBytes(
        hex("10"),
        udp(1, 2, undefined, { from: BERT, to: "ff020000000000000000000000000001" }),
      ),
      "not-for-us",
    ],
    [
      "with a hop limit of zero",
      concatBytes(hex("10"), udp(1, 2, undefined, { ...BACK, hopLimit: 0 })),
      "hop-limit",
    ],
    [
      "with IPv4 inside",
      concatBytes(hex("10"), ipv6(new Uint8Array(20), { ...BACK, version: 4 })),
      "not-ipv6",
    ],
    [
      "with a tunnel inside the tunnel",
      concatBytes(hex("10"), ipv6(good, { ...BACK, next: 41 })),
      "protocol",
    ],
    [
      "with five extension headers",
      concatBytes(
        hex("10"),
        ipv6(concatBytes(...Array(5).fill(hex("3c00010400000000")), new Uint8Array(8)), {
          ...BACK,
          next: 60,
        }),
      ),
      "extensions",
    ],
    [
      "with a routing header",
      concatBytes(
        hex("10"),
        ipv6(concatBytes(hex("1102000100000000"), new Uint8Array(16)), { ...BACK, next: 43 }),
      ),
      "routing-header",
    ],
    [
      "with a later fragment alone",
      concatBytes(hex("10"), fragment(17, 16, false, new Uint8Array(3), BACK)),
      "lone-fragment",
    ],
    [
      "with ports hidden in a second fragment",
      concatBytes(hex("10"), fragment(6, 0, true, new Uint8Array(8), BACK)),
      "truncated",
    ],
    [
      "with a router advertisement",
      concatBytes(hex("10"), icmp(134, undefined, undefined, BACK)),
      "icmp-type",
    ],
    ["with a redirect", concatBytes(hex("10"), icmp(137, undefined, undefined, BACK)), "icmp-type"],
    ["with an answer to nothing", concatBytes(hex("10"), echo(129, 5, BACK)), "no-flow"],
    [
      "with an ICMP error about nothing",
      concatBytes(hex("10"), icmp(1, undefined, udp(1, 2), BACK)),
      "no-flow",
    ],
    ["for a port that is closed to them", concatBytes(hex("10"), good), "not-allowed"],
    [
      "in the middle of a connection that is none",
      concatBytes(hex("10"), tcp(1, 2, ACK, undefined, BACK)),
      "no-flow",
    ],
    [
      "with a checksum field in the addresses",
      concatBytes(
        hex("11"),
        virtio(1, 0, { start: 8, offset: 16 }),
        tcp(1, 2, SYN, undefined, BACK),
      ),
      "offload",
    ],
    [
      "with a header in another form than ours",
      concatBytes(
        hex("11"),
        virtio(1, 0, { header: 9, start: 40, offset: 16 }),
        tcp(1, 2, SYN, undefined, BACK),
      ),
      "offload",
    ],
    [
      "that calls its checksum checked",
      concatBytes(hex("11"), virtio(2, 0), tcp(1, 2, SYN, undefined, BACK)),
      "offload",
    ],
    [
      "with a packet cut to dust",
      concatBytes(hex("11"), superHeader(1), tcp(1, 2, ACK, new Uint8Array(200), BACK)),
      "offload",
    ],
    ["with a piece that is none", hex("1200000001"), "bad-piece"],
    ["with a piece of pieces", hex("12 00000001 00 02"), "bad-piece"],
  ])("%s", (_name, datagram, reason) => {
    const world = new TunnelWorld();
    world.tunnel.inbound(BERT, datagram);
    expect(world.written).toHaveLength(0);
    expect(world.droppedIn).toEqual({ [reason]: 1 });
  });

  test("pieces that hold pieces", () => {
    const world = new TunnelWorld();
    world.tunnel.inbound(BERT, hex("12 00000001 00 02 1200"));
    world.tunnel.inbound(BERT, hex("12 00000001 01 02 0000"));
    expect(world.droppedIn).toEqual({ "unknown-kind": 1 });
  });

  test("an oversize packet that is no super-packet", () => {
    const world = new TunnelWorld({ mayEnter: ALL });
    world.in(udp(1, 2, new Uint8Array(1_420 - 48), BACK));
    expect(world.written).toHaveLength(1);
    world.in(udp(1, 2, new Uint8Array(1_421 - 48), BACK));
    expect(world.droppedIn).toEqual({ "too-big": 1 });
  });

  test("a known address used by somebody else", () => {
    const world = new TunnelWorld();
    world.out(udp(5_000, 53));
    world.in(udp(53, 5_000, undefined, BACK), CARL);
    expect(world.droppedIn).toEqual({ spoofed: 1 });
    world.in(udp(53, 5_000, undefined, BACK));
    expect(world.written).toHaveLength(1);
  });

  test("an interface that takes nothing", () => {
    const world = new TunnelWorld({ mayEnter: ALL, takesOffloads: false });
    world.isBroken = true;
    world.in(udp(1, 2, undefined, BACK));
    world.inWith(superHeader(1_000), partial(tcp(1, 2, ACK, new Uint8Array(2_500), BACK)));
    expect(world.droppedIn).toEqual({ interface: 2 });
    expect(world.tunnel.counters.receivedPackets).toBe(0);
  });

  test("a rule taken back", () => {
    let isOpen = true;
    const world = new TunnelWorld({ mayEnter: () => isOpen });
    world.in(udp(1, 2, undefined, BACK));
    isOpen = false;
    world.tunnel.recheck();
    world.in(udp(1, 2, undefined, BACK));
    expect([world.written.length, world.droppedIn]).toEqual([1, { "not-allowed": 1 }]);
    expect(world.tunnel.flowCount).toBe(1);
  });
});
