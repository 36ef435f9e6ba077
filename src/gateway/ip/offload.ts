import { checksumOffset } from "./checksum.ts";
import { JOINED_DATAGRAMS_MAX, SUPER_SEGMENTS_MAX } from "./limits.ts";
import { setU16, u8, u16 } from "./octets.ts";
import { type PacketReader, PROTOCOL } from "./packet.ts";

/** Bytes of the virtio-net header that a TUN with offloads puts before every packet. */
export const OFFLOAD_BYTES = 10;
/** The checksum is still to be completed (VIRTIO_NET_HDR_F_NEEDS_CSUM). */
const NEEDS_CHECKSUM = 1;
/** The receiver's checksum was found right (VIRTIO_NET_HDR_F_DATA_VALID); ours to say, not a peer's. */
const CHECKED = 2;
/** The packet stands for many TCP segments over IPv6 (VIRTIO_NET_HDR_GSO_TCPV6). */
const TCP6_SEGMENTS = 4;
/** The packet stands for many UDP datagrams (VIRTIO_NET_HDR_GSO_UDP_L4). */
const UDP_SEGMENTS = 5;

/** Why a virtio-net header is refused. */
export type OffloadRefusal = "offload";

/**
 * Reads virtio-net headers into its own fields (virtio 1.2 section 5.1.6, little-endian):
 * flags (1), gso_type (1), hdr_len (2), gso_size (2), csum_start (2), csum_offset (2).
 */
export class OffloadReader {
  needsChecksum = false;
  /** Bytes of payload in each segment; 0 where the packet is an ordinary one. */
  segmentBytes = 0;
  readonly #scratch = new Uint8Array(OFFLOAD_BYTES);

  /**
   * Takes the header at `at` that belongs to a packet. Only what fits the packet passes: a peer
   * must not make our kernel write a checksum anywhere else, or cut a packet to dust.
   */
  read(bytes: Uint8Array, at: number, packet: PacketReader): OffloadRefusal | undefined {
    this.clear();
    const flags = u8(bytes, at) & ~CHECKED;
    const type = u8(bytes, at + 1);
    if (flags === 0 && type === 0) return undefined;
    if (flags !== NEEDS_CHECKSUM || packet.isFragment) return "offload";
    const startsAt = littleEndian(bytes, at + 6);
    const offset = littleEndian(bytes, at + 8);
    if (startsAt !== packet.transportAt - packet.start) return "offload";
    if (offset !== checksumOffset(packet.protocol)) return "offload";
    this.needsChecksum = true;
    if (type === 0) return undefined;
    if (type !== superTypeOf(packet.protocol)) return "offload";
    const segmentBytes = littleEndian(bytes, at + 4);
    if (segmentBytes === 0) return "offload";
    // One segment alone is an ordinary packet.
    if (payloadBytes(packet) > segmentBytes) this.segmentBytes = segmentBytes;
    return undefined;
  }

  /** There is no header: an ordinary packet. */
  clear(): void {
    this.needsChecksum = false;
    this.segmentBytes = 0;
  }

  /** Whether the super-packet stands for more segments than a peer takes. */
  isTooMany(packet: PacketReader): boolean {
    const most = this.segmentBytes * segmentsMaxOf(packet.protocol);
    return payloadBytes(packet) > most && this.segmentBytes > 0;
  }

  /** How many segments a packet stands for; 1 for an ordinary one. */
  segmentCount(packet: PacketReader): number {
    return this.segmentBytes === 0 ? 1 : Math.ceil(payloadBytes(packet) / this.segmentBytes);
  }

  /** Whether nothing has to be done by the receiver's kernel. */
  get isPlain(): boolean {
    return !this.needsChecksum && this.segmentBytes === 0;
  }

  /** Writes what was read at `at`, in the one form that peers take. */
  write(bytes: Uint8Array, at: number, packet: PacketReader): void {
    writeOffload(bytes, at, packet, this.needsChecksum, this.segmentBytes);
  }

  /** Whether the bytes at `at` are exactly what `write` would put there. */
  isCanonical(bytes: Uint8Array, at: number, packet: PacketReader): boolean {
    writeOffload(this.#scratch, 0, packet, this.needsChecksum, this.segmentBytes);
    for (let i = 0; i < OFFLOAD_BYTES; i++) {
      if (bytes[at + i] !== this.#scratch[i]) return false;
    }
    return true;
  }
}

/** Writes a virtio-net header for a packet. */
export function writeOffload(
  bytes: Uint8Array,
  at: number,
  packet: PacketReader,
  needsChecksum: boolean,
  segmentBytes: number,
): void {
  bytes.fill(0, at, at + OFFLOAD_BYTES);
  if (!needsChecksum) return;
  bytes[at] = NEEDS_CHECKSUM;
  setLittleEndian(bytes, at + 6, packet.transportAt - packet.start);
  setLittleEndian(bytes, at + 8, checksumOffset(packet.protocol));
  if (segmentBytes === 0) return;
  bytes[at + 1] = superTypeOf(packet.protocol);
  setLittleEndian(bytes, at + 2, packet.headerBytes);
  setLittleEndian(bytes, at + 4, segmentBytes);
}

/** Turns the virtio-net header of one UDP datagram into that of many with so much payload each. */
export function writeUdpSegments(
  bytes: Uint8Array,
  at: number,
  headerBytes: number,
  segmentBytes: number,
): void {
  bytes[at + 1] = UDP_SEGMENTS;
  setLittleEndian(bytes, at + 2, headerBytes);
  setLittleEndian(bytes, at + 4, segmentBytes);
}

/** How many segments one super-packet of a protocol may stand for. */
export function segmentsMaxOf(protocol: number): number {
  return protocol === PROTOCOL.udp ? JOINED_DATAGRAMS_MAX : SUPER_SEGMENTS_MAX;
}

/** The gso_type of its super-packets; -1 where there are none. */
function superTypeOf(protocol: number): number {
  if (protocol === PROTOCOL.tcp) return TCP6_SEGMENTS;
  return protocol === PROTOCOL.udp ? UDP_SEGMENTS : -1;
}

function payloadBytes(packet: PacketReader): number {
  return packet.end - packet.start - packet.headerBytes;
}

function littleEndian(bytes: Uint8Array, at: number): number {
  const value = u16(bytes, at);
  return ((value & 0xff) << 8) | (value >>> 8);
}

function setLittleEndian(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, ((value & 0xff) << 8) | (value >>> 8));
}
