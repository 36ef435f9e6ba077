import { checksumOffset, completeChecksum, pseudoSum } from "./checksum.ts";
import { setU16, setU32, u8, u32 } from "./octets.ts";
import { OFFLOAD_BYTES, writeOffload } from "./offload.ts";
import { IPV6_BYTES, type PacketReader, PROTOCOL, TCP_FLAG } from "./packet.ts";

/**
 * Cuts a super-packet of TCP or UDP into smaller ones of a few segments each, or into the segments
 * themselves, as a network card would (RFC 9293 and 768 headers; Linux' tcp_gso_segment and
 * __udp_gso_segment are the models).
 */
export class SegmentCutter {
  #packet: PacketReader | undefined;
  #segmentBytes = 0;
  #partBytes = 0;
  #atByte = 0;
  #payloadBytes = 0;
  #completes = false;

  /**
   * Begins with a packet, which must stay as it is until the last `next`.
   * @param segments how many segments each part may hold
   * @param completes whether checksums are written in full, for receivers that know no offloads
   */
  begin(packet: PacketReader, segmentBytes: number, segments: number, completes: boolean): void {
    this.#packet = packet;
    this.#segmentBytes = segmentBytes;
    this.#partBytes = segmentBytes * segments;
    this.#atByte = 0;
    this.#payloadBytes = packet.end - packet.start - packet.headerBytes;
    this.#completes = completes;
  }

  /**
   * Writes the next part at `at`: a virtio-net header, then the packet.
   * @returns where it ends, or 0 where nothing is left
   */
  next(out: Uint8Array, at: number): number {
    const packet = this.#packet;
    if (packet === undefined) return 0;
    const from = this.#atByte;
    const sizeBytes = Math.min(this.#partBytes, this.#payloadBytes - from);
    const isLast = from + sizeBytes >= this.#payloadBytes;
    const { headerBytes, start, bytes } = packet;
    const packetAt = at + OFFLOAD_BYTES;
    const end = packetAt + headerBytes + sizeBytes;
    const payloadAt = start + headerBytes + from;
    out.set(bytes.subarray(start, start + headerBytes), packetAt);
    out.set(bytes.subarray(payloadAt, payloadAt + sizeBytes), packetAt + headerBytes);
    const transportAt = packetAt + packet.transportAt - start;
    setU16(out, packetAt + 4, end - packetAt - IPV6_BYTES);
    if (packet.protocol === PROTOCOL.udp) setU16(out, transportAt + 4, end - transportAt);
    else {
      setU32(out, transportAt + 4, (u32(bytes, packet.transportAt + 4) + from) >>> 0);
      out[transportAt + 13] = flagsOf(u8(bytes, packet.transportAt + 13), from === 0, isLast);
    }
    this.#checksum(out, packetAt, transportAt, end, packet.protocol);
    const isSuper = sizeBytes > this.#segmentBytes;
    writeOffload(out, at, packet, !this.#completes, isSuper ? this.#segmentBytes : 0);
    this.#atByte = from + sizeBytes;
    if (isLast) this.#packet = undefined;
    return end;
  }

  #checksum(out: Uint8Array, packetAt: number, at: number, end: number, protocol: number): void {
    const fieldAt = at + checksumOffset(protocol);
    setU16(out, fieldAt, pseudoSum(out, packetAt, protocol, end - at));
    if (this.#completes) completeChecksum(out, at, end, fieldAt, protocol);
  }
}

/** FIN and PSH belong to the last part, CWR to the first (RFC 3168 section 6.1.2). */
function flagsOf(flags: number, isFirst: boolean, isLast: boolean): number {
  let kept = flags;
  if (!isFirst) kept &= ~TCP_FLAG.cwr;
  if (!isLast) kept &= ~(TCP_FLAG.fin | TCP_FLAG.psh);
  return kept;
}
