import { concatBytes } from "../../../base/bytes.ts";
import { must } from "../../../base/errors.ts";
import { parseIp } from "../../addresses.ts";
import { sumOf } from "../checksum.ts";
import { setU16 } from "../octets.ts";
import { two } from "../packets.fixture.ts";

/** What of an IPv4 packet a test chooses. */
export interface Choices4 {
  readonly from?: string;
  readonly to?: string;
  readonly protocol?: number;
  readonly hopLimit?: number;
  readonly lengthBytes?: number;
  /** Flags and fragment offset. */
  readonly fragment?: number;
  readonly options?: Uint8Array;
  readonly checksum?: number;
}

/** The first address that an exit gives. */
export const USER_4 = "198.18.1.0";
/** The same for IPv6. */
export const USER_6 = "fc00:7065:6572:6e65::100";
/** A host of the internet. */
export const HOST_4 = "93.184.216.34";
/** The same for IPv6. */
export const HOST_6 = "2606:2800::1";

/** The bytes of an address. */
export function ip(text: string): Uint8Array {
  return must(parseIp(text), "a test writes addresses");
}

/** An IPv4 packet, from the user to the host where nothing else is said. */
export function ipv4(payload: Uint8Array, choices: Choices4 = {}): Uint8Array {
  const { from = USER_4, to = HOST_4, protocol = 17, hopLimit = 64, fragment = 0 } = choices;
  const { options = new Uint8Array(0) } = choices;
  const headBytes = 20 + options.length;
  const packet = concatBytes(
    Uint8Array.of(0x40 | (headBytes / 4), 0),
    two(choices.lengthBytes ?? headBytes + payload.length),
    two(7),
    two(fragment),
    Uint8Array.of(hopLimit, protocol),
    two(0),
    ip(from),
    ip(to),
    options,
    payload,
  );
  setU16(packet, 10, choices.checksum ?? ~sumOf(packet, 0, headBytes) & 0xffff);
  return packet;
}

/** The header and data of a UDP datagram, without a checksum. */
export function udpBytes(port: number, data: Uint8Array = new Uint8Array(4)): Uint8Array {
  return concatBytes(two(4_000), two(port), two(8 + data.length), two(0), data);
}

/** The header and data of a TCP segment. */
export function tcpBytes(flags: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const numbers = Uint8Array.of(0, 0, 1, 0, 0, 0, 2, 0);
  const rest = Uint8Array.of(0x50, flags, 0x20, 0, 0, 0, 0, 0);
  return concatBytes(two(4_000), two(443), numbers, rest, data);
}

/** An ICMP message of either version. */
export function icmpBytes(type: number, data: Uint8Array = new Uint8Array(8)): Uint8Array {
  return concatBytes(Uint8Array.of(type, 0, 0, 0, 0, 9, 0, 1), data);
}

/** A datagram that carries a packet. */
export function plain(packet: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x10), packet);
}

/** A frame as an interface gives it. */
export function frame(packet: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(11), packet);
}

/** An IPv6 packet from the user to the host. */
export function ipv6(
  payload: Uint8Array,
  next: number,
  from: string = USER_6,
  to: string = HOST_6,
): Uint8Array {
  const head = Uint8Array.of(0x60, 0, 0, 0);
  return concatBytes(head, two(payload.length), Uint8Array.of(next, 64), ip(from), ip(to), payload);
}
