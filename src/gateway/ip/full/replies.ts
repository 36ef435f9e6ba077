import { TokenBucket } from "../../../base/token-bucket.ts";
import type { Clock } from "../../../ports/index.ts";
import { sumOf, writeChecksum } from "../checksum.ts";
import { ICMP_ERROR_BYTES_MAX } from "../limits.ts";
import { setU16, setU32, u16, u32 } from "../octets.ts";
import { ICMP_TYPE, IPV6_BYTES, PROTOCOL, TCP_FLAG } from "../packet.ts";
import { ICMP4_ERROR_BYTES_MAX, REPLIES_BURST, REPLIES_PER_SECOND } from "./limits.ts";
import { type FullPacketReader, ICMP4, ICMP4_TYPE, IPV4_BYTES } from "./packet.ts";

const HOP_LIMIT = 64;
const TCP_BYTES = 20;
const ICMP_HEAD_BYTES = 8;
/** Codes of "communication administratively prohibited" (RFC 1812 section 5.2.7.1, RFC 4443). */
const PROHIBITED = { 4: 13, 6: 1 } as const;

/** To whom a reset goes: back to the packet's sender, or on to whom the packet was for. */
export type ResetTo = "sender" | "receiver";

/**
 * Says no to packets so that programs see it at once: TCP connections are reset, everything else
 * gets the ICMP error "prohibited". Never more than a limited number per second.
 */
export class Replies {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(clock: Clock) {
    this.#clock = clock;
    const rate = { perSecond: REPLIES_PER_SECOND, burst: REPLIES_BURST };
    this.#bucket = new TokenBucket(rate, clock.monotonicMs());
  }

  /**
   * Writes a TCP reset (RFC 9293 section 3.10.7.1) about a segment at `at`.
   * @returns where it ends, or 0 where none may be sent
   */
  reset(out: Uint8Array, at: number, packet: FullPacketReader, to: ResetTo): number {
    const { protocol, isLaterFragment, tcpFlags, bytes, transportAt } = packet;
    const isTcp = protocol === PROTOCOL.tcp && !isLaterFragment;
    if (!isTcp || (tcpFlags & TCP_FLAG.rst) !== 0 || !this.#take()) return 0;
    const isBack = to === "sender";
    const tcpAt = writeHead(out, at, packet, isBack, PROTOCOL.tcp, TCP_BYTES);
    const end = tcpAt + TCP_BYTES;
    out.fill(0, tcpAt, end);
    setU16(out, tcpAt, u16(bytes, transportAt + (isBack ? 2 : 0)));
    setU16(out, tcpAt + 2, u16(bytes, transportAt + (isBack ? 0 : 2)));
    const [seq, ack] = [u32(bytes, transportAt + 4), u32(bytes, transportAt + 8)];
    const hasAck = (tcpFlags & TCP_FLAG.ack) !== 0;
    let flags: number = TCP_FLAG.rst;
    if (isBack && hasAck) setU32(out, tcpAt + 4, ack);
    else {
      flags |= TCP_FLAG.ack;
      setU32(out, tcpAt + 4, isBack ? 0 : seq);
      setU32(out, tcpAt + 8, isBack ? (seq + segmentLength(packet)) >>> 0 : ack);
    }
    out[tcpAt + 12] = (TCP_BYTES / 4) << 4;
    out[tcpAt + 13] = flags;
    finish(out, at, packet.version, tcpAt, end, PROTOCOL.tcp);
    return end;
  }

  /**
   * Writes the ICMP error "administratively prohibited" to a packet's sender at `at`.
   * @returns where it ends, or 0 where none may be sent
   */
  prohibited(out: Uint8Array, at: number, packet: FullPacketReader): number {
    if (packet.isIcmpError || packet.isLaterFragment || !this.#take()) return 0;
    const isFour = packet.version === 4;
    const room = isFour ? ICMP4_ERROR_BYTES_MAX - IPV4_BYTES : ICMP_ERROR_BYTES_MAX - IPV6_BYTES;
    const quotedBytes = Math.min(packet.end - packet.start, room - ICMP_HEAD_BYTES);
    const protocol = isFour ? ICMP4 : PROTOCOL.icmp;
    const icmpAt = writeHead(out, at, packet, true, protocol, ICMP_HEAD_BYTES + quotedBytes);
    const end = icmpAt + ICMP_HEAD_BYTES + quotedBytes;
    out.fill(0, icmpAt, icmpAt + ICMP_HEAD_BYTES);
    out[icmpAt] = isFour ? ICMP4_TYPE.unreachable : ICMP_TYPE.unreachable;
    out[icmpAt + 1] = PROHIBITED[packet.version];
    const quoted = packet.bytes.subarray(packet.start, packet.start + quotedBytes);
    out.set(quoted, icmpAt + ICMP_HEAD_BYTES);
    finish(out, at, packet.version, icmpAt, end, protocol);
    return end;
  }

  #take(): boolean {
    return this.#bucket.take(this.#clock.monotonicMs());
  }
}

/** Sequence numbers that a segment takes: its data, SYN and FIN. */
function segmentLength(packet: FullPacketReader): number {
  const flags = (packet.tcpFlags & TCP_FLAG.syn) / TCP_FLAG.syn + (packet.tcpFlags & TCP_FLAG.fin);
  return packet.end - packet.transportAt - packet.transportBytes + flags;
}

/** An IP header between the ends of `packet`; answers where the transport header goes. */
function writeHead(
  out: Uint8Array,
  at: number,
  packet: FullPacketReader,
  isBack: boolean,
  protocol: number,
  contentBytes: number,
): number {
  const isFour = packet.version === 4;
  const headBytes = isFour ? IPV4_BYTES : IPV6_BYTES;
  const { bytes, addressBytes, sourceAt, destinationAt } = packet;
  const [from, to] = isBack ? [destinationAt, sourceAt] : [sourceAt, destinationAt];
  const addressesAt = at + (isFour ? 12 : 8);
  out.fill(0, at, addressesAt);
  out.set(bytes.subarray(from, from + addressBytes), addressesAt);
  out.set(bytes.subarray(to, to + addressBytes), addressesAt + addressBytes);
  if (isFour) {
    out[at] = 0x45;
    setU16(out, at + 2, headBytes + contentBytes);
    out[at + 8] = HOP_LIMIT;
    out[at + 9] = protocol;
    setU16(out, at + 10, ~sumOf(out, at, at + headBytes) & 0xffff);
  } else {
    out[at] = 0x60;
    setU16(out, at + 4, contentBytes);
    out[at + 6] = protocol;
    out[at + 7] = HOP_LIMIT;
  }
  return at + headBytes;
}

/** Writes the checksum of the transport header. */
function finish(
  out: Uint8Array,
  at: number,
  version: 4 | 6,
  transportAt: number,
  end: number,
  protocol: number,
): void {
  if (version === 6) {
    writeChecksum(out, at, transportAt, end, protocol);
    return;
  }
  // RFC 793: both addresses, protocol and length; ICMP for IPv4 has no pseudo header.
  const isIcmp = protocol === ICMP4;
  const pseudo = isIcmp ? 0 : sumOf(out, at + 12, at + 20) + protocol + (end - transportAt);
  const fieldAt = transportAt + (isIcmp ? 2 : 16);
  setU16(out, fieldAt, 0);
  setU16(out, fieldAt, ~sumOf(out, transportAt, end, pseudo) & 0xffff);
}
