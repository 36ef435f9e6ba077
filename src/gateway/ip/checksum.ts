import { setU16, u8, u16 } from "./octets.ts";
import { ADDRESS_BYTES, PROTOCOL } from "./packet.ts";

/** Sums of 16-bit words that surely fit a safe integer before they are folded. */
const FOLD_EVERY_BYTES = 1 << 16;

/** The one's complement sum of 16-bit words so far, folded to 16 bits. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

/** Adds the bytes from `start` to `end` to a sum (RFC 1071); an odd last byte counts as high. */
export function sumOf(bytes: Uint8Array, start: number, end: number, sum = 0): number {
  let total = sum;
  let at = start;
  while (end - at >= 2) {
    const until = Math.min(end - 1, at + FOLD_EVERY_BYTES);
    for (; at < until; at += 2) total += u16(bytes, at);
    total = fold(total);
  }
  if (at < end) total += u8(bytes, at) << 8;
  return fold(total);
}

/**
 * The sum over the IPv6 pseudo header (RFC 8200 section 8.1), not complemented: what Linux leaves
 * in the checksum field of a packet whose checksum is still to be completed.
 */
export function pseudoSum(
  bytes: Uint8Array,
  packetAt: number,
  protocol: number,
  transportBytes: number,
): number {
  const addresses = sumOf(bytes, packetAt + 8, packetAt + 8 + 2 * ADDRESS_BYTES);
  return fold(addresses + (transportBytes >>> 16) + (transportBytes & 0xffff) + protocol);
}

/**
 * Completes a partial checksum: the field holds the pseudo header's sum, the rest is added.
 * @param at where the transport header begins (csum_start)
 * @param fieldAt where its checksum is
 */
export function completeChecksum(
  bytes: Uint8Array,
  at: number,
  end: number,
  fieldAt: number,
  protocol: number,
): void {
  const value = ~sumOf(bytes, at, end) & 0xffff;
  // In UDP a zero would say that there is no checksum (RFC 768).
  setU16(bytes, fieldAt, value === 0 && protocol === PROTOCOL.udp ? 0xffff : value);
}

/** Writes the whole checksum of a transport header into its field. */
export function writeChecksum(
  bytes: Uint8Array,
  packetAt: number,
  at: number,
  end: number,
  protocol: number,
): void {
  const fieldAt = at + checksumOffset(protocol);
  setU16(bytes, fieldAt, pseudoSum(bytes, packetAt, protocol, end - at));
  completeChecksum(bytes, at, end, fieldAt, protocol);
}

/** Whether the checksum of the transport header at `at` is right. */
export function isChecksumRight(
  bytes: Uint8Array,
  packetAt: number,
  at: number,
  end: number,
  protocol: number,
): boolean {
  return sumOf(bytes, at, end, pseudoSum(bytes, packetAt, protocol, end - at)) === 0xffff;
}

/** Where a transport protocol keeps its checksum, in bytes from its header. */
export function checksumOffset(protocol: number): number {
  if (protocol === PROTOCOL.tcp) return 16;
  return protocol === PROTOCOL.udp ? 6 : 2;
}
