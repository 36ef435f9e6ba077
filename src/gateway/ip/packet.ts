import { EXTENSION_HEADERS_MAX } from "./limits.ts";
import { u8, u16, u32 } from "./octets.ts";

/** Bytes of the fixed IPv6 header (RFC 8200 section 3). */
export const IPV6_BYTES = 40;
/** Bytes of an IPv6 address. */
export const ADDRESS_BYTES = 16;

/** Numbers of the transport protocols that pass (IANA protocol numbers). */
export const PROTOCOL = { tcp: 6, udp: 17, icmp: 58 } as const;
/** Flags of the TCP header (RFC 9293 section 3.1). */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, cwr: 128 } as const;
/** Types of ICMPv6 messages (RFC 4443). */
export const ICMP_TYPE = {
  unreachable: 1,
  tooBig: 2,
  errorLast: 127,
  echoRequest: 128,
  echoReply: 129,
} as const;

const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, options: 60 };
const UDP_BYTES = 8;
const TCP_BYTES_MIN = 20;
const ICMP_BYTES_MIN = 8;
const FRAGMENT_BYTES = 8;
/** What an ICMP error quotes of a transport header at least (RFC 792; RFC 4443 quotes more). */
const QUOTED_BYTES_MIN = 8;

/** Why bytes are no packet that we deal with. */
export type PacketRefusal =
  | "truncated"
  | "not-ipv6"
  | "wrong-length"
  | "hop-limit"
  | "extensions"
  | "routing-header"
  | "bad-fragment"
  | "bad-transport"
  | "protocol";

/**
 * Reads the headers of one IPv6 packet after the other into its own fields: nothing is allocated.
 * The fields are valid after `read` answered undefined and until the next `read`.
 */
export class PacketReader {
  /** The bytes last read; lent. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the packet begins and ends in them. */
  start = 0;
  end = 0;
  protocol = 0;
  /** Where the transport header begins, and how long it is with its options. */
  transportAt = 0;
  transportBytes = 0;
  sourcePort = 0;
  destinationPort = 0;
  tcpFlags = 0;
  /** Type of the ICMP message, and for an echo its identifier. */
  icmpType = 0;
  echoId = 0;
  /** A later IPv6 fragment: there is no transport header in it. */
  isLaterFragment = false;
  /** Part of a packet in IPv6 fragments; `fragmentId` names the packet. */
  isFragment = false;
  fragmentId = 0;

  /** Where the source address begins. */
  get sourceAt(): number {
    return this.start + 8;
  }

  /** Where the destination address begins. */
  get destinationAt(): number {
    return this.start + 24;
  }

  /** Packets of one flow have the same number; those of others seldom have. */
  get flowId(): number {
    const ports = this.isFragment
      ? this.fragmentId
      : (this.sourcePort << 16) ^ this.destinationPort;
    const mixed = Math.imul(ports ^ (this.protocol << 8) ^ this.echoId, 0x9e37_79b1);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** Bytes of all headers. */
  get headerBytes(): number {
    return this.transportAt + this.transportBytes - this.start;
  }

  /**
   * Reads the packet that fills `bytes` from `start` to `end`.
   * @returns why it is refused, or undefined
   */
  read(bytes: Uint8Array, start: number, end: number): PacketRefusal | undefined {
    if (end - start < IPV6_BYTES) return "truncated";
    if (u8(bytes, start) >> 4 !== 6) return "not-ipv6";
    if (IPV6_BYTES + u16(bytes, start + 4) !== end - start) return "wrong-length";
    if (u8(bytes, start + 7) === 0) return "hop-limit";
    return this.#walk(bytes, start, end, false);
  }

  /** Reads the beginning of a packet that an ICMP error quotes; it may be cut off anywhere. */
  readQuoted(bytes: Uint8Array, start: number, end: number): PacketRefusal | undefined {
    if (end - start < IPV6_BYTES) return "truncated";
    if (u8(bytes, start) >> 4 !== 6) return "not-ipv6";
    return this.#walk(bytes, start, end, true);
  }

  #walk(
    bytes: Uint8Array,
    start: number,
    end: number,
    isQuoted: boolean,
  ): PacketRefusal | undefined {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isFragment = false;
    this.isLaterFragment = false;
    let next = u8(bytes, start + 6);
    let at = start + IPV6_BYTES;
    for (let count = 0; isExtension(next); count++) {
      if (count === EXTENSION_HEADERS_MAX) return "extensions";
      if (end - at < 8) return "truncated";
      const refusal = this.#extension(next, at, count);
      if (refusal !== undefined) return refusal;
      const sizeBytes = extensionBytes(next, u8(bytes, at + 1));
      next = u8(bytes, at);
      at += sizeBytes;
      if (at > end) return "truncated";
      if (this.isLaterFragment) break;
    }
    this.protocol = next;
    this.transportAt = at;
    this.transportBytes = 0;
    if (next !== PROTOCOL.tcp && next !== PROTOCOL.udp && next !== PROTOCOL.icmp) return "protocol";
    if (this.isLaterFragment) return undefined;
    return this.#transport(isQuoted);
  }

  #extension(kind: number, at: number, count: number): PacketRefusal | undefined {
    const { bytes } = this;
    if (kind === EXTENSION.hopByHop) return count === 0 ? undefined : "extensions";
    // A packet that is to visit others on its way would get around the check of its sender.
    if (kind === EXTENSION.routing) return u8(bytes, at + 3) === 0 ? undefined : "routing-header";
    if (kind !== EXTENSION.fragment) return undefined;
    if (this.isFragment) return "bad-fragment";
    const offsetAndMore = u16(bytes, at + 2);
    const offset = offsetAndMore & 0xfff8;
    const hasMore = (offsetAndMore & 1) === 1;
    const partBytes = this.end - at - FRAGMENT_BYTES;
    if (hasMore && (partBytes % 8 !== 0 || partBytes === 0)) return "bad-fragment";
    if (offset + partBytes > 0xffff) return "bad-fragment";
    this.isFragment = true;
    this.isLaterFragment = offset > 0;
    this.fragmentId = u32(bytes, at + 4);
    return undefined;
  }

  #transport(isQuoted: boolean): PacketRefusal | undefined {
    const { bytes, transportAt: at } = this;
    const restBytes = this.end - at;
    if (restBytes < QUOTED_BYTES_MIN) return "truncated";
    if (this.protocol === PROTOCOL.icmp) {
      this.icmpType = u8(bytes, at);
      this.echoId = u16(bytes, at + 4);
      this.transportBytes = ICMP_BYTES_MIN;
      return undefined;
    }
    this.sourcePort = u16(bytes, at);
    this.destinationPort = u16(bytes, at + 2);
    if (this.protocol === PROTOCOL.udp) {
      this.transportBytes = UDP_BYTES;
      const saysBytes = u16(bytes, at + 4);
      const fits = this.isFragment || isQuoted || saysBytes === restBytes;
      return saysBytes >= UDP_BYTES && fits ? undefined : "bad-transport";
    }
    if (isQuoted) return undefined;
    if (restBytes < TCP_BYTES_MIN) return "truncated";
    this.tcpFlags = u8(bytes, at + 13);
    this.transportBytes = (u8(bytes, at + 12) >> 4) * 4;
    const fits = this.transportBytes >= TCP_BYTES_MIN && this.transportBytes <= restBytes;
    return fits ? undefined : "bad-transport";
  }
}

function isExtension(next: number): boolean {
  return (
    next === EXTENSION.hopByHop ||
    next === EXTENSION.routing ||
    next === EXTENSION.fragment ||
    next === EXTENSION.authentication ||
    next === EXTENSION.options
  );
}

function extensionBytes(kind: number, length: number): number {
  if (kind === EXTENSION.fragment) return FRAGMENT_BYTES;
  if (kind === EXTENSION.authentication) return (length + 2) * 4;
  return (length + 1) * 8;
}
