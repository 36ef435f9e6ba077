import { sumOf } from "../checksum.ts";
import { u8, u16 } from "../octets.ts";
import { ICMP_TYPE, PacketReader, type PacketRefusal, PROTOCOL } from "../packet.ts";

/** Bytes of an IPv4 header without options (RFC 791). */
export const IPV4_BYTES = 20;
/** The protocol number of ICMP for IPv4. */
export const ICMP4 = 1;
/** Types of ICMP messages for IPv4 (RFC 792). */
export const ICMP4_TYPE = { echoReply: 0, unreachable: 3, echoRequest: 8, timeout: 11, bad: 12 };

const TRANSPORT_BYTES_MIN = 8;
const TCP_BYTES_MIN = 20;
const UDP_BYTES = 8;
const DO_NOT_USE = 0x8000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_BITS = 0x1fff;
const DATA_BYTES_MAX = 0xffff - IPV4_BYTES;

/** Why bytes are no packet of a full tunnel. */
export type FullPacketRefusal = PacketRefusal | "not-ip" | "options" | "bad-checksum" | "icmp-type";

/**
 * Reads the headers of IPv4 and IPv6 packets into its own fields: nothing is allocated. The fields
 * are valid after `read` answered undefined and until the next `read`.
 */
export class FullPacketReader {
  /** The bytes last read; lent. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  version: 4 | 6 = 6;
  /** Where the addresses begin, and how long each is. */
  sourceAt = 0;
  destinationAt = 0;
  addressBytes = 16;
  protocol = 0;
  transportAt = 0;
  transportBytes = 0;
  destinationPort = 0;
  tcpFlags = 0;
  /** An error message of ICMP, of either version. */
  isIcmpError = false;
  /** A later fragment: there is no transport header in it. */
  isLaterFragment = false;
  readonly #six = new PacketReader();

  /**
   * Reads the packet that fills `bytes` from `start` to `end`.
   * @returns why it is refused, or undefined
   */
  read(bytes: Uint8Array, start: number, end: number): FullPacketRefusal | undefined {
    if (end - start < IPV4_BYTES) return "truncated";
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isIcmpError = false;
    const version = u8(bytes, start) >> 4;
    if (version === 6) return this.#readSix();
    return version === 4 ? this.#readFour() : "not-ip";
  }

  #readSix(): FullPacketRefusal | undefined {
    const six = this.#six;
    const refusal = six.read(this.bytes, this.start, this.end);
    if (refusal !== undefined) return refusal;
    this.version = 6;
    this.addressBytes = 16;
    this.sourceAt = six.sourceAt;
    this.destinationAt = six.destinationAt;
    this.protocol = six.protocol;
    this.transportAt = six.transportAt;
    this.transportBytes = six.transportBytes;
    this.destinationPort = six.destinationPort;
    this.tcpFlags = six.tcpFlags;
    this.isLaterFragment = six.isLaterFragment;
    if (six.protocol !== PROTOCOL.icmp || six.isLaterFragment) return undefined;
    this.isIcmpError = six.icmpType <= ICMP_TYPE.errorLast;
    return this.isIcmpError || isEchoSix(six.icmpType) ? undefined : "icmp-type";
  }

  /** RFC 791 section 3.1. Options are refused: source routes would get around all checks. */
  #readFour(): FullPacketRefusal | undefined {
    const { bytes, start, end } = this;
    const headerBytes = (u8(bytes, start) & 15) * 4;
    if (headerBytes < IPV4_BYTES) return "wrong-length";
    if (headerBytes > IPV4_BYTES) return "options";
    if (u16(bytes, start + 2) !== end - start) return "wrong-length";
    if (u8(bytes, start + 8) === 0) return "hop-limit";
    if (sumOf(bytes, start, start + IPV4_BYTES) !== 0xffff) return "bad-checksum";
    this.version = 4;
    this.addressBytes = 4;
    this.sourceAt = start + 12;
    this.destinationAt = start + 16;
    this.protocol = u8(bytes, start + 9);
    this.transportAt = start + IPV4_BYTES;
    this.transportBytes = 0;
    const isBad = this.#fragment(u16(bytes, start + 6));
    if (isBad) return "bad-fragment";
    const { protocol } = this;
    if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp && protocol !== ICMP4) {
      return "protocol";
    }
    return this.isLaterFragment ? undefined : this.#transport(u16(bytes, start + 6));
  }

  #fragment(word: number): boolean {
    const dataBytes = this.end - this.transportAt;
    const offset = (word & OFFSET_BITS) * 8;
    const hasMore = (word & MORE_FRAGMENTS) !== 0;
    this.isLaterFragment = offset > 0;
    if ((word & DO_NOT_USE) !== 0 || offset + dataBytes > DATA_BYTES_MAX) return true;
    return hasMore && (dataBytes === 0 || dataBytes % 8 !== 0);
  }

  #transport(fragmentWord: number): FullPacketRefusal | undefined {
    const { bytes, transportAt: at, protocol } = this;
    const restBytes = this.end - at;
    if (restBytes < TRANSPORT_BYTES_MIN) return "truncated";
    if (protocol === ICMP4) return this.#icmp(u8(bytes, at));
    this.destinationPort = u16(bytes, at + 2);
    if (protocol === PROTOCOL.udp) {
      this.transportBytes = UDP_BYTES;
      const saysBytes = u16(bytes, at + 4);
      const isWhole = (fragmentWord & MORE_FRAGMENTS) === 0;
      const fits = saysBytes >= UDP_BYTES && (!isWhole || saysBytes === restBytes);
      return fits ? undefined : "bad-transport";
    }
    // Also of a first fragment: what hides the flags in a later one is an attack (RFC 1858).
    if (restBytes < TCP_BYTES_MIN) return "truncated";
    this.tcpFlags = u8(bytes, at + 13);
    this.transportBytes = (u8(bytes, at + 12) >> 4) * 4;
    const fits = this.transportBytes >= TCP_BYTES_MIN && this.transportBytes <= restBytes;
    return fits ? undefined : "bad-transport";
  }

  #icmp(type: number): FullPacketRefusal | undefined {
    const { unreachable, timeout, bad, echoReply, echoRequest } = ICMP4_TYPE;
    this.isIcmpError = type === unreachable || type === timeout || type === bad;
    const isEcho = type === echoReply || type === echoRequest;
    return this.isIcmpError || isEcho ? undefined : "icmp-type";
  }
}

function isEchoSix(type: number): boolean {
  return type === ICMP_TYPE.echoRequest || type === ICMP_TYPE.echoReply;
}
