import { describe, expect, test } from "vitest";
import { isChecksumRight, sumOf } from "../checksum.ts";
import { u16, u32 } from "../octets.ts";
import { TestClock } from "../packets.fixture.ts";
import { icmpBytes, ipv4, ipv6, tcpBytes, udpBytes } from "./full.fixture.ts";
import { REPLIES_BURST, REPLIES_PER_SECOND } from "./limits.ts";
import { FullPacketReader } from "./packet.ts";
import { Replies } from "./replies.ts";

const ACK = 16;
const SYN = 2;
const RST = 4;

function read(packet: Uint8Array): FullPacketReader {
  const reader = new FullPacketReader();
  expect(reader.read(packet, 0, packet.length)).toBeUndefined();
  return reader;
}

function made(packet: Uint8Array, how: "sender" | "receiver" | "prohibited"): Uint8Array {
  const out = new Uint8Array(1_400).fill(0xaa);
  const replies = new Replies(new TestClock());
  const reader = read(packet);
  const end =
    how === "prohibited" ? replies.prohibited(out, 3, reader) : replies.reset(out, 3, reader, how);
  return out.slice(3, Math.max(3, end));
}

/** The checksum over the pseudo header of IPv4 and the rest (RFC 9293 section 3.1). */
function isSound4(packet: Uint8Array): boolean {
  const pseudo = sumOf(packet, 12, 20) + 6 + (packet.length - 20);
  return sumOf(packet, 20, packet.length, pseudo) === 0xffff;
}

describe("resets", () => {
  const [four, six] = [
    ipv4(tcpBytes(ACK, new Uint8Array(10)), { protocol: 6 }),
    ipv6(tcpBytes(ACK, new Uint8Array(10)), 6),
  ];

  test("back to the sender: what it acknowledged is where it waits for more", () => {
    const reset = made(four, "sender");
    expect(read(reset)).toMatchObject({ version: 4, tcpFlags: RST, destinationPort: 4_000 });
    expect(u32(reset, 24)).toBe(0x200);
    expect([...reset.subarray(12, 20)]).toEqual([
      ...four.subarray(16, 20),
      ...four.subarray(12, 16),
    ]);
    expect(isSound4(reset)).toBe(true);
    const reset6 = made(six, "sender");
    expect(read(reset6)).toMatchObject({ version: 6, tcpFlags: RST });
    expect(isChecksumRight(reset6, 0, 40, reset6.length, 6)).toBe(true);
  });

  test("on to the receiver: in the place of the segment", () => {
    const reset = made(four, "receiver");
    expect(read(reset)).toMatchObject({ tcpFlags: RST | ACK, destinationPort: 443 });
    expect([u32(reset, 24), u32(reset, 28)]).toEqual([0x100, 0x200]);
    expect(reset.subarray(12, 20)).toEqual(four.subarray(12, 20));
    expect(isSound4(reset)).toBe(true);
  });

  test("of a beginning: everything that it took is acknowledged", () => {
    const reset = made(ipv4(tcpBytes(SYN, new Uint8Array(3)), { protocol: 6 }), "sender");
    expect([read(reset).tcpFlags, u32(reset, 24), u32(reset, 28)]).toEqual([RST | ACK, 0, 0x104]);
  });

  test("never about resets, later fragments, or what is not TCP", () => {
    for (const packet of [
      ipv4(tcpBytes(RST), { protocol: 6 }),
      ipv4(new Uint8Array(8), { protocol: 6, fragment: 2 }),
      ipv4(udpBytes(9)),
    ]) {
      expect(made(packet, "sender")).toHaveLength(0);
    }
  });
});

describe("refusals", () => {
  test("quote the packet and are sound, in both versions", () => {
    const packet = ipv4(udpBytes(9, new Uint8Array(1_000)));
    const error = made(packet, "prohibited");
    expect(error).toHaveLength(576);
    expect([u16(error, 20), read(error).isIcmpError]).toEqual([0x030d, true]);
    expect(sumOf(error, 20, error.length)).toBe(0xffff);
    expect(error.subarray(28)).toEqual(packet.subarray(0, 548));
    const error6 = made(ipv6(udpBytes(9), 17), "prohibited");
    expect([u16(error6, 40), read(error6).isIcmpError]).toEqual([0x0101, true]);
    expect(isChecksumRight(error6, 0, 40, error6.length, 58)).toBe(true);
  });

  test("never about errors and later fragments", () => {
    expect(made(ipv4(icmpBytes(3), { protocol: 1 }), "prohibited")).toHaveLength(0);
    expect(made(ipv6(icmpBytes(1), 58), "prohibited")).toHaveLength(0);
    expect(made(ipv4(new Uint8Array(8), { fragment: 2 }), "prohibited")).toHaveLength(0);
    expect(made(ipv4(icmpBytes(8), { protocol: 1 }), "prohibited")).not.toHaveLength(0);
  });
});

test("no more than a burst and a rate", () => {
  const clock = new TestClock();
  const replies = new Replies(clock);
  const [reader, out] = [read(ipv4(udpBytes(9))), new Uint8Array(600)];
  const count = (): number => {
    let sent = 0;
    while (replies.prohibited(out, 0, reader) > 0) sent++;
    return sent;
  };
  expect(count()).toBe(REPLIES_BURST);
  clock.advance(100);
  expect(count()).toBe(REPLIES_PER_SECOND / 10);
});
