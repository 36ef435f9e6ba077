import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import {
  completeChecksum,
  fold,
  isChecksumRight,
  pseudoSum,
  sumOf,
  writeChecksum,
} from "./checksum.ts";
import { setU16, u16 } from "./octets.ts";
import { hex, ipv6, tcp, udp } from "./packets.fixture.ts";

/** The sum as a book would write it: with whole numbers of any size. */
function slowSum(bytes: Uint8Array): number {
  const even = bytes.length % 2 === 0 ? bytes : concatBytes(bytes, new Uint8Array(1));
  let sum = 0n;
  for (let i = 0; i < even.length; i += 2) sum += BigInt(u16(even, i));
  return sum === 0n ? 0 : Number(((sum - 1n) % 0xffffn) + 1n);
}

describe("the internet checksum", () => {
  test("the example of RFC 1071 section 3", () => {
    expect(sumOf(hex("0001f203f4f5f6f7"), 0, 8)).toBe(0xddf2);
  });

  test("a neighbour solicitation as it was on a wire", () => {
    const packet = hex(
      "6000000000203afffe800000000000000000000000000001ff0200000000000000000001ff000002" +
        "8700 0000 00000000 fe800000000000000000000000000002 0101020000000001",
    );
    writeChecksum(packet, 0, 40, packet.length, 58);
    expect(isChecksumRight(packet, 0, 40, packet.length, 58)).toBe(true);
    expect(u16(packet, 42)).toBe(
      ~slowSum(
        concatBytes(
          packet.subarray(8, 40),
          hex("00000020 0000003a"),
          hex("8700000000000000fe8000000000000000000000000000020101020000000001"),
        ),
      ) & 0xffff,
    );
  });

  test("sums are those of slow arithmetic, at odd lengths and across the places where they fold", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(sumOf(bytes, 0, bytes.length)).toBe(slowSum(bytes));
      }),
    );
    const large = new Uint8Array(200_001).fill(0xff);
    expect(sumOf(large, 0, large.length)).toBe(slowSum(large));
    expect(fold(0xffff * 0x10000)).toBe(0xffff);
  });

  test("a partial checksum that is completed is the whole one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (data, isTcp) => {
        const whole = isTcp ? tcp(1, 2, 16, data) : udp(1, 2, data);
        const partial = whole.slice();
        const [protocol, fieldAt] = isTcp ? ([6, 56] as const) : ([17, 46] as const);
        setU16(partial, fieldAt, pseudoSum(partial, 0, protocol, partial.length - 40));
        completeChecksum(partial, 40, partial.length, fieldAt, protocol);
        expect(partial).toEqual(whole);
        expect(isChecksumRight(whole, 0, 40, whole.length, protocol)).toBe(true);
      }),
    );
  });

  test("one changed byte is noticed", () => {
    const packet = tcp(1, 2, 16, new Uint8Array(50).fill(9));
    packet[70] = 8;
    expect(isChecksumRight(packet, 0, 40, packet.length, 6)).toBe(false);
  });

  test("a UDP checksum is never written as zero, which would say that there is none", () => {
    const packet = ipv6(hex("00010002000a00000000"));
    writeChecksum(packet, 0, 40, packet.length, 17);
    setU16(packet, 48, u16(packet, 46));
    writeChecksum(packet, 0, 40, packet.length, 17);
    expect(u16(packet, 46)).toBe(0xffff);
  });
});
