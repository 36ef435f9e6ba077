import { TokenBucket } from "../../base/token-bucket.ts";
import type { Clock } from "../../ports/index.ts";
import { writeChecksum } from "./checksum.ts";
import { ICMP_ERROR_BYTES_MAX, ICMP_ERRORS_BURST, ICMP_ERRORS_PER_SECOND } from "./limits.ts";
import { setU16, setU32 } from "./octets.ts";
import { ADDRESS_BYTES, ICMP_TYPE, IPV6_BYTES, type PacketReader, PROTOCOL } from "./packet.ts";

/** Bytes of an ICMP error before what it quotes. */
export const ICMP_ERROR_HEAD_BYTES = 8;
const HOP_LIMIT = 64;

/** The errors that a tunnel answers with (RFC 4443 sections 3.1 and 3.2). */
export type IcmpError = "no-route" | "prohibited" | "too-big";

const TYPE = { "no-route": ICMP_TYPE.unreachable, prohibited: 1, "too-big": ICMP_TYPE.tooBig };
const CODE = { "no-route": 0, prohibited: 1, "too-big": 0 };

/** Makes ICMPv6 errors, never more than a limited number per second. */
export class IcmpErrors {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(clock: Clock) {
    this.#clock = clock;
    const rate = { perSecond: ICMP_ERRORS_PER_SECOND, burst: ICMP_ERRORS_BURST };
    this.#bucket = new TokenBucket(rate, clock.monotonicMs());
  }

  /**
   * Writes the error about `packet` at `at`, from the packet's destination to its source.
   * @param mtuBytes for "too-big": what would fit
   * @returns where it ends, or 0 where none may be sent (RFC 4443 section 2.4 e and f)
   */
  write(out: Uint8Array, at: number, error: IcmpError, packet: PacketReader, mtuBytes = 0): number {
    const isAnswerable = packet.protocol !== PROTOCOL.icmp || isEcho(packet.icmpType);
    if (!isAnswerable || packet.isLaterFragment) return 0;
    if (!this.#bucket.take(this.#clock.monotonicMs())) return 0;
    const { bytes, start } = packet;
    const roomBytes = ICMP_ERROR_BYTES_MAX - IPV6_BYTES - ICMP_ERROR_HEAD_BYTES;
    const quotedBytes = Math.min(packet.end - start, roomBytes);
    const icmpAt = at + IPV6_BYTES;
    const end = icmpAt + ICMP_ERROR_HEAD_BYTES + quotedBytes;
    out.fill(0, at, icmpAt + ICMP_ERROR_HEAD_BYTES);
    out[at] = 0x60;
    setU16(out, at + 4, end - icmpAt);
    out[at + 6] = PROTOCOL.icmp;
    out[at + 7] = HOP_LIMIT;
    const { sourceAt, destinationAt } = packet;
    out.set(bytes.subarray(destinationAt, destinationAt + ADDRESS_BYTES), at + 8);
    out.set(bytes.subarray(sourceAt, sourceAt + ADDRESS_BYTES), at + 8 + ADDRESS_BYTES);
    out[icmpAt] = TYPE[error];
    out[icmpAt + 1] = CODE[error];
    if (error === "too-big") setU32(out, icmpAt + 4, mtuBytes);
    out.set(bytes.subarray(start, start + quotedBytes), icmpAt + ICMP_ERROR_HEAD_BYTES);
    writeChecksum(out, at, icmpAt, end, PROTOCOL.icmp);
    return end;
  }
}

/** Errors about errors would go round for ever; of the rest of ICMP only echoes are answered. */
function isEcho(type: number): boolean {
  return type === ICMP_TYPE.echoRequest || type === ICMP_TYPE.echoReply;
}
