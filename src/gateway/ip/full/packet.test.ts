import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../base/bytes.ts";
import { icmpBytes, ipv4, ipv6, tcpBytes, udpBytes } from "./full.fixture.ts";
import { FullPacketReader } from "./packet.ts";

function refusal(packet: Uint8Array): string | undefined {
  return new FullPacketReader().read(packet, 0, packet.length);
}

const MORE = 0x2000;

describe("IPv4 packets", () => {
  test("are read field by field, at any place in a buffer", () => {
    const packet = ipv4(tcpBytes(0x12, new Uint8Array(5)), { protocol: 6 });
    const reader = new FullPacketReader();
    const padded = concatBytes(new Uint8Array(7), packet);
    expect(reader.read(padded, 7, padded.length)).toBeUndefined();
    expect(reader).toMatchObject({ version: 4, addressBytes: 4, protocol: 6, tcpFlags: 0x12 });
    expect([reader.sourceAt, reader.destinationAt, reader.transportAt]).toEqual([19, 23, 27]);
    expect([reader.destinationPort, reader.transportBytes]).toEqual([443, 20]);
  });

  const options = (type: number): Uint8Array => Uint8Array.of(type, 7, 4, 8, 8, 8, 8, 0);
  test.each([
    ["an echo request", ipv4(icmpBytes(8), { protocol: 1 }), undefined],
    ["an error", ipv4(icmpBytes(3), { protocol: 1 }), undefined],
    ["a redirect: it would change routes", ipv4(icmpBytes(5), { protocol: 1 }), "icmp-type"],
    ["a router's advertisement", ipv4(icmpBytes(9), { protocol: 1 }), "icmp-type"],
    ["a loose source route", ipv4(udpBytes(9), { options: options(131) }), "options"],
    ["a strict source route", ipv4(udpBytes(9), { options: options(137) }), "options"],
    ["a router alert", ipv4(udpBytes(9), { options: Uint8Array.of(148, 4, 0, 0) }), "options"],
    ["a lie about its length", ipv4(udpBytes(9), { lengthBytes: 33 }), "wrong-length"],
    ["bytes after it", concatBytes(ipv4(udpBytes(9)), new Uint8Array(1)), "wrong-length"],
    ["a TTL of 0", ipv4(udpBytes(9), { hopLimit: 0 }), "hop-limit"],
    ["a TTL of 1, with which ways are traced", ipv4(udpBytes(9), { hopLimit: 1 }), undefined],
    ["a wrong checksum", ipv4(udpBytes(9), { checksum: 1 }), "bad-checksum"],
    ["a tunnel inside", ipv4(udpBytes(9), { protocol: 41 }), "protocol"],
    ["another version", Uint8Array.of(0x50, ...new Uint8Array(40)), "not-ip"],
    ["nothing", new Uint8Array(0), "truncated"],
    [
      "a header shorter than itself",
      Uint8Array.of(0x44, ...ipv4(udpBytes(9)).slice(1)),
      "wrong-length",
    ],
    ["UDP that lies about its length", ipv4(udpBytes(9).slice(0, 10)), "bad-transport"],
    ["TCP without its flags", ipv4(tcpBytes(2).slice(0, 12), { protocol: 6 }), "truncated"],
  ])("%s: %#", (_name, packet, expected) => {
    expect(refusal(packet)).toBe(expected);
  });

  test.each([
    [
      "the first",
      ipv4(udpBytes(9), { fragment: MORE, lengthBytes: 32 }).slice(0, 32),
      "bad-fragment",
    ],
    [
      "the first of a multiple of eight",
      ipv4(udpBytes(9, new Uint8Array(8)), { fragment: MORE }),
      undefined,
    ],
    ["a later one", ipv4(new Uint8Array(5), { fragment: 3 }), undefined],
    [
      "a tiny first one of TCP",
      ipv4(tcpBytes(2).slice(0, 16), { protocol: 6, fragment: MORE }),
      "truncated",
    ],
    ["one beyond 65,535 bytes", ipv4(new Uint8Array(16), { fragment: 0x1fff }), "bad-fragment"],
    ["one with the bit that must be zero", ipv4(udpBytes(9), { fragment: 0x8000 }), "bad-fragment"],
    ["an empty one", ipv4(new Uint8Array(0), { fragment: MORE | 1 }), "bad-fragment"],
  ])("in fragments, %s", (_name, packet, expected) => {
    expect(refusal(packet)).toBe(expected);
  });
});

describe("IPv6 packets", () => {
  test.each([
    ["TCP", ipv6(tcpBytes(2), 6), undefined],
    ["an echo request", ipv6(icmpBytes(128), 58), undefined],
    ["too big", ipv6(icmpBytes(2), 58), undefined],
    ["a router's advertisement: it would change routes", ipv6(icmpBytes(134), 58), "icmp-type"],
    ["a redirect", ipv6(icmpBytes(137), 58), "icmp-type"],
    ["a tunnel inside", ipv6(udpBytes(9), 4), "protocol"],
  ])("%s", (_name, packet, expected) => {
    expect(refusal(packet)).toBe(expected);
  });
});

test("any bytes are read or refused, never beyond their end", () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .tuple(fc.constantFrom(0x45, 0x60), fc.uint8Array({ minLength: 40, maxLength: 90 }))
      .map(([first, bytes]) => Uint8Array.of(first, ...bytes)),
  );
  const reader = new FullPacketReader();
  fc.assert(
    fc.property(some, (bytes) => {
      if (reader.read(bytes, 0, bytes.length) !== undefined) return;
      expect(reader.transportAt + reader.transportBytes).toBeLessThanOrEqual(bytes.length);
      expect(reader.destinationAt + reader.addressBytes).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test("one flipped bit in an IPv4 header is always noticed", () => {
  const packet = ipv4(udpBytes(9));
  for (let bit = 0; bit < 160; bit++) {
    const flipped = packet.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect([bit, refusal(flipped)]).not.toEqual([bit, undefined]);
  }
});
