import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { EXTENSION_HEADERS_MAX } from "./limits.ts";
import { PacketReader } from "./packet.ts";
import { ACK, echo, fragment, hex, ipv6, SYN, tcp, udp } from "./packets.fixture.ts";

const reader = new PacketReader();
const read = (packet: Uint8Array): string | undefined => reader.read(packet, 0, packet.length);

/** `count` destination options headers before a UDP header. */
function withOptions(count: number): Uint8Array {
  const headers = Array.from({ length: count }, (_, index) =>
    hex(`${index === count - 1 ? "11" : "3c"}00010400000000`),
  );
  return ipv6(concatBytes(...headers, udp(1, 2).subarray(40)), { next: count > 0 ? 60 : 17 });
}

describe("what is read of a packet", () => {
  test("a UDP packet, byte by byte", () => {
    const packet = hex(
      "60000000 000c 11 40 fd00000000000000000000000000000a fd00000000000000000000000000000b" +
        "1389 0035 000c 0000 01020304",
    );
    expect(read(packet)).toBeUndefined();
    expect(reader).toMatchObject({ protocol: 17, transportAt: 40, transportBytes: 8 });
    expect(reader).toMatchObject({ sourcePort: 5001, destinationPort: 53, isFragment: false });
    expect([reader.sourceAt, reader.destinationAt, reader.headerBytes]).toEqual([8, 24, 48]);
  });

  test("a TCP packet with options, at an odd place of a larger buffer", () => {
    const packet = tcp(4_000, 22, SYN | ACK, new Uint8Array(12));
    packet[52] = 0x80;
    const buffer = concatBytes(new Uint8Array(11), packet, new Uint8Array(9));
    expect(reader.read(buffer, 11, 11 + packet.length)).toBeUndefined();
    expect(reader).toMatchObject({ transportAt: 51, transportBytes: 32, tcpFlags: SYN | ACK });
    expect(reader.headerBytes).toBe(72);
  });

  test("an echo request", () => {
    expect(read(echo(128, 0xbeef))).toBeUndefined();
    expect(reader).toMatchObject({ protocol: 58, icmpType: 128, echoId: 0xbeef });
  });

  test("extension headers are followed up to the limit and no further", () => {
    expect(read(withOptions(EXTENSION_HEADERS_MAX))).toBeUndefined();
    expect(reader).toMatchObject({ protocol: 17, sourcePort: 1, destinationPort: 2 });
    expect(read(withOptions(EXTENSION_HEADERS_MAX + 1))).toBe("extensions");
  });

  test("the first and a later fragment", () => {
    expect(read(fragment(17, 0, true, udp(7, 9, new Uint8Array(8)).subarray(40)))).toBeUndefined();
    expect(reader).toMatchObject({ isFragment: true, isLaterFragment: false, fragmentId: 7 });
    expect(reader.destinationPort).toBe(9);
    expect(read(fragment(17, 16, false, new Uint8Array(5)))).toBeUndefined();
    expect(reader).toMatchObject({ isFragment: true, isLaterFragment: true });
  });

  test("a quoted packet may be cut off after its ports", () => {
    const packet = tcp(5, 6, ACK, new Uint8Array(100)).subarray(0, 48);
    expect(read(packet)).toBe("wrong-length");
    expect(reader.readQuoted(packet, 0, packet.length)).toBeUndefined();
    expect(reader).toMatchObject({ sourcePort: 5, destinationPort: 6 });
  });
});

describe("what is refused", () => {
  test.each([
    ["nothing", new Uint8Array(0), "truncated"],
    ["a header cut off", udp(1, 2).subarray(0, 39), "truncated"],
    ["IPv4", ipv6(new Uint8Array(8), { version: 4 }), "not-ipv6"],
    ["a payload longer than it says", udp(1, 2, undefined, { lengthBytes: 11 }), "wrong-length"],
    ["a payload shorter than it says", udp(1, 2, undefined, { lengthBytes: 13 }), "wrong-length"],
    ["a payload length of zero", udp(1, 2, undefined, { lengthBytes: 0 }), "wrong-length"],
    ["a hop limit of zero", udp(1, 2, undefined, { hopLimit: 0 }), "hop-limit"],
    ["no room for ports", ipv6(new Uint8Array(3)), "truncated"],
    ["a TCP header cut off", ipv6(new Uint8Array(19), { next: 6 }), "truncated"],
    ["a UDP length that lies", ipv6(hex("0001000200090000ffff")), "bad-transport"],
    ["a UDP length below its header", ipv6(hex("0001000200070000")), "bad-transport"],
    ["an encapsulated packet", ipv6(udp(1, 2), { next: 41 }), "protocol"],
    ["nothing after the header", ipv6(new Uint8Array(0), { next: 59 }), "protocol"],
    ["ESP", ipv6(new Uint8Array(40), { next: 50 }), "protocol"],
    [
      "a hop-by-hop header later on",
      ipv6(hex("0000010400000000 1100010400000000"), { next: 60 }),
      "extensions",
    ],
    [
      "a routing header with places to go",
      ipv6(hex("1102000100000000"), { next: 43 }),
      "routing-header",
    ],
    ["an extension header cut off", ipv6(hex("11000104"), { next: 60 }), "truncated"],
    [
      "an extension header beyond the end",
      ipv6(hex("11ff010400000000"), { next: 60 }),
      "truncated",
    ],
    [
      "two fragment headers",
      ipv6(concatBytes(hex("2c00000100000001"), hex("1100000100000001"), new Uint8Array(8)), {
        next: 44,
      }),
      "bad-fragment",
    ],
    [
      "a fragment of a length that leaves a gap",
      fragment(17, 0, true, new Uint8Array(9)),
      "bad-fragment",
    ],
    [
      "a fragment beyond the largest packet",
      fragment(17, 0xfff8, false, new Uint8Array(8)),
      "bad-fragment",
    ],
    ["an empty first fragment", fragment(17, 0, true, new Uint8Array(0)), "bad-fragment"],
  ])("%s", (_name, packet, refusal) => {
    expect(read(packet)).toBe(refusal);
  });

  test("a TCP header that says to be longer than the packet, or shorter than it can be", () => {
    const packet = tcp(1, 2, SYN);
    packet[52] = 0x60;
    expect(read(packet)).toBe("bad-transport");
    packet[52] = 0x40;
    expect(read(packet)).toBe("bad-transport");
  });

  test("nothing that anybody may send makes it read beyond the end or throw", () => {
    const chains = fc.constantFrom(0, 6, 17, 43, 44, 51, 58, 59, 60);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), chains, (payload, next) => {
        const packet = ipv6(payload, { next });
        if (read(packet) !== undefined) return;
        expect(reader.transportAt).toBeLessThanOrEqual(packet.length);
        expect(reader.headerBytes).toBeLessThanOrEqual(packet.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
