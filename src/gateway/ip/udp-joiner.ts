import { JOINED_DATAGRAMS_MAX, JOINED_PAYLOAD_BYTES_MAX } from "./limits.ts";
import { setU16, u16 } from "./octets.ts";
import { OFFLOAD_BYTES, writeUdpSegments } from "./offload.ts";
import { IPV6_BYTES, type PacketReader, PROTOCOL } from "./packet.ts";

const UDP_BYTES = 8;
/** Where the headers of a packet end, behind the virtio-net header before it. */
const PAYLOAD_AT: number = OFFLOAD_BYTES + IPV6_BYTES + UDP_BYTES;
/** Bytes of IPv6 and UDP headers, which many datagrams have in common once they are joined. */
export const JOINED_HEADER_BYTES: number = IPV6_BYTES + UDP_BYTES;
const UDP_AT: number = OFFLOAD_BYTES + IPV6_BYTES;
/** Largest length of a UDP datagram that IPv6 can say. */
const UDP_LENGTH_MAX = 65_535;

/**
 * Puts UDP datagrams of one flow that follow each other into one packet, which the system takes apart again right
 * before the program that reads them (UDP segmentation, virtio 1.2 section 5.1.6): all that is between, it then does
 * once. Only datagrams whose checksum is still to be completed can be joined, which ordinary ones of Linux are.
 */
export class UdpJoiner {
  readonly #write: (headerAndPacket: Uint8Array, packets: number) => boolean;
  /** A virtio-net header, IPv6 and UDP headers, and the payloads one after another. */
  readonly #bytes = new Uint8Array(OFFLOAD_BYTES + IPV6_BYTES + UDP_LENGTH_MAX);
  readonly #single = new Uint8Array(PAYLOAD_AT + JOINED_PAYLOAD_BYTES_MAX);
  #count = 0;
  #end = 0;
  /** Bytes of payload in each but the last. */
  #segmentBytes = 0;
  /** A shorter one is there: it has to be the last. */
  #isComplete = false;
  /** The system once refused what was joined, and took the same apart. */
  #isRefused = false;

  /** @param write takes a virtio-net header and what so many packets were joined into, lent; false: dropped */
  constructor(write: (headerAndPacket: Uint8Array, packets: number) => boolean) {
    this.#write = write;
  }

  /**
   * Takes a virtio-net header and a packet, at `at`, that needs its checksum completed; it leaves with `flush` at the latest.
   * False: it cannot be joined with others, nothing was taken; what waits should be flushed before it is written.
   */
  take(frame: Uint8Array, at: number, packet: PacketReader): boolean {
    if (this.#isRefused || !isJoinable(packet)) return false;
    const payloadBytes = packet.end - packet.start - IPV6_BYTES - UDP_BYTES;
    if (!this.#fits(frame, at, payloadBytes)) this.flush();
    const bytes = this.#bytes;
    if (this.#count === 0) {
      bytes.set(frame.subarray(at, at + PAYLOAD_AT));
      this.#segmentBytes = payloadBytes;
      this.#end = PAYLOAD_AT;
    }
    bytes.set(frame.subarray(at + PAYLOAD_AT, at + PAYLOAD_AT + payloadBytes), this.#end);
    this.#end += payloadBytes;
    this.#count += 1;
    this.#isComplete = payloadBytes < this.#segmentBytes || this.#count === JOINED_DATAGRAMS_MAX;
    return true;
  }

  /** Writes what waits. */
  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    const whole = this.#bytes.subarray(0, this.#end);
    if (count === 1) {
      this.#write(whole, 1);
      return;
    }
    setLengths(whole, this.#end - PAYLOAD_AT);
    writeUdpSegments(whole, 0, PAYLOAD_AT - OFFLOAD_BYTES, this.#segmentBytes);
    if (!this.#write(whole, count) && this.#writeEach(whole)) this.#isRefused = true;
  }

  #fits(frame: Uint8Array, at: number, payloadBytes: number): boolean {
    if (this.#count === 0) return true;
    if (this.#isComplete || payloadBytes > this.#segmentBytes) return false;
    if (this.#end - UDP_AT + payloadBytes > UDP_LENGTH_MAX) return false;
    return isSameFlow(this.#bytes, frame, at);
  }

  /** A system before Linux 6.2 takes datagrams one by one only. True: it took them. */
  #writeEach(whole: Uint8Array): boolean {
    let areTaken = true;
    for (let from = PAYLOAD_AT; from < whole.length; from += this.#segmentBytes) {
      const payload = whole.subarray(from, Math.min(from + this.#segmentBytes, whole.length));
      const single = this.#single.subarray(0, PAYLOAD_AT + payload.length);
      single.set(whole.subarray(0, PAYLOAD_AT));
      single.set(payload, PAYLOAD_AT);
      setLengths(single, payload.length);
      // Type, length of headers and size of segments: an ordinary packet.
      single.fill(0, 1, 6);
      if (!this.#write(single, 1)) areTaken = false;
    }
    return areTaken;
  }
}

function isJoinable(packet: PacketReader): boolean {
  const { bytes, transportAt, start, end } = packet;
  if (packet.protocol !== PROTOCOL.udp || packet.isFragment) return false;
  if (transportAt - start !== IPV6_BYTES) return false;
  const payloadBytes = end - transportAt - UDP_BYTES;
  if (payloadBytes < 1 || payloadBytes > JOINED_PAYLOAD_BYTES_MAX) return false;
  return u16(bytes, transportAt + 4) === end - transportAt;
}

/** Whether all headers but lengths and checksums are the same: IPv6 without its payload length, and the ports. */
function isSameFlow(bytes: Uint8Array, frame: Uint8Array, at: number): boolean {
  for (let i = OFFLOAD_BYTES; i < UDP_AT + 4; i++) {
    const isLength = i === OFFLOAD_BYTES + 4 || i === OFFLOAD_BYTES + 5;
    if (!isLength && bytes[i] !== frame[at + i]) return false;
  }
  return true;
}

/** Says how long the payload is, in IPv6, UDP, and the sum over the pseudo-header that a checksum begins with (RFC 8200 section 8.1). */
function setLengths(bytes: Uint8Array, payloadBytes: number): void {
  const before = u16(bytes, UDP_AT + 4);
  const length = UDP_BYTES + payloadBytes;
  setU16(bytes, OFFLOAD_BYTES + 4, length);
  setU16(bytes, UDP_AT + 4, length);
  const sum = u16(bytes, UDP_AT + 6) + length + (0xffff - before);
  const folded = (sum & 0xffff) + (sum >>> 16);
  setU16(bytes, UDP_AT + 6, (folded & 0xffff) + (folded >>> 16));
}
