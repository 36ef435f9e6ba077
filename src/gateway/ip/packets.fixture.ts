import { concatBytes, fromHex } from "../../base/bytes.ts";
import { assert, must } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import { pseudoSum, writeChecksum } from "./checksum.ts";
import type { MayEnter } from "./flows.ts";
import { setU16 } from "./octets.ts";
import { PacketReader } from "./packet.ts";
import { SegmentCutter } from "./segments.ts";
import { IpTunnel } from "./tunnel.ts";
import type { IpTunnelOptions } from "./types.ts";

/** The peer whose tunnel is tested. */
export const ANNA: PeerId = "fd00000000000000000000000000000a";
/** The peer on the other side of Anna's tunnel. */
export const BERT: PeerId = "fd00000000000000000000000000000b";
/** A third peer. */
export const CARL: PeerId = "fd00000000000000000000000000000c";
/** Next header of TCP. */
export const TCP = 6;
/** Next header of UDP. */
export const UDP = 17;
/** Next header of ICMPv6. */
export const ICMP = 58;

/** Bytes of a hexadecimal text; blanks are for the eye. */
export function hex(text: string): Uint8Array {
  return must(fromHex(text.replaceAll(/\s/g, "")), "a test writes hexadecimal");
}

/** Two bytes in network order. */
export function two(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

/** What of a packet a test chooses. */
export interface PacketChoices {
  readonly from?: PeerId;
  readonly to?: PeerId;
  readonly next?: number;
  readonly hopLimit?: number;
  readonly lengthBytes?: number;
  readonly version?: number;
}

/** An IPv6 packet around a payload, from Anna to Bert where nothing else is said. */
export function ipv6(payload: Uint8Array, choices: PacketChoices = {}): Uint8Array {
  const { from = ANNA, to = BERT, next = UDP, hopLimit = 64, version = 6 } = choices;
  const head = Uint8Array.of(version << 4, 0, 0, 0);
  const length = two(choices.lengthBytes ?? payload.length);
  return concatBytes(head, length, Uint8Array.of(next, hopLimit), hex(from), hex(to), payload);
}

/** Writes the right checksum into a packet without extension headers. */
export function sealed(packet: Uint8Array): Uint8Array {
  writeChecksum(packet, 0, 40, packet.length, packet[6] ?? 0);
  return packet;
}

/** A UDP packet. */
export function udp(
  sourcePort: number,
  port: number,
  data: Uint8Array = new Uint8Array(4),
  choices: PacketChoices = {},
): Uint8Array {
  const head = concatBytes(two(sourcePort), two(port), two(8 + data.length), two(0));
  return sealed(ipv6(concatBytes(head, data), { ...choices, next: UDP }));
}

/** Begins a TCP connection. */
export const SYN = 2;
/** Acknowledges. */
export const ACK = 16;
/** Ends one direction. */
export const FIN = 1;
/** Ends both directions. */
export const RST = 4;
/** To be handed on at once. */
export const PSH = 8;
/** Has heard of congestion. */
export const CWR = 128;

/** A TCP packet without options. */
export function tcp(
  sourcePort: number,
  port: number,
  flags: number,
  data: Uint8Array = new Uint8Array(0),
  choices: PacketChoices = {},
  seq: Uint8Array = new Uint8Array(4),
): Uint8Array {
  const ports = concatBytes(two(sourcePort), two(port), seq, new Uint8Array(4));
  const rest = Uint8Array.of(0x50, flags, 0x20, 0, 0, 0, 0, 0);
  return sealed(ipv6(concatBytes(ports, rest, data), { ...choices, next: TCP }));
}

/** An ICMPv6 message; `word` follows the checksum. */
export function icmp(
  type: number,
  word: Uint8Array = new Uint8Array(4),
  data: Uint8Array = new Uint8Array(8),
  choices: PacketChoices = {},
): Uint8Array {
  const message = concatBytes(Uint8Array.of(type, 0, 0, 0), word, data);
  return sealed(ipv6(message, { ...choices, next: ICMP }));
}

/** An echo request or reply with an identifier. */
export function echo(type: 128 | 129, id: number, choices: PacketChoices = {}): Uint8Array {
  return icmp(type, concatBytes(two(id), two(1)), undefined, choices);
}

/** The same packet the other way round, as its answer would be addressed. */
export const BACK: PacketChoices = { from: BERT, to: ANNA };

/** A fragment header in front of a part of a packet. */
export function fragment(
  inner: number,
  offset: number,
  hasMore: boolean,
  part: Uint8Array,
  choices: PacketChoices = {},
): Uint8Array {
  const head = concatBytes(
    Uint8Array.of(inner, 0),
    two(offset | (hasMore ? 1 : 0)),
    hex("00000007"),
  );
  return ipv6(concatBytes(head, part), { ...choices, next: 44 });
}

/** A virtio-net header, little-endian. */
export function virtio(
  flags: number,
  type: number,
  sizes: { header?: number; segment?: number; start?: number; offset?: number } = {},
): Uint8Array {
  const { header = 0, segment = 0, start = 0, offset = 0 } = sizes;
  const little = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >>> 8);
  const head = Uint8Array.of(flags, type);
  return concatBytes(head, little(header), little(segment), little(start), little(offset));
}

/** The header that belongs to a TCP super-packet without options. */
export function superHeader(segment: number): Uint8Array {
  return virtio(1, 4, { header: 60, segment, start: 40, offset: 16 });
}

/** The same of a UDP super-packet. */
export function udpSuperHeader(segment: number): Uint8Array {
  return virtio(1, 5, { header: 48, segment, start: 40, offset: 6 });
}

/** What a super-packet is cut into: virtio-net headers with packets, as `SegmentCutter.begin` says. */
export function parts(
  whole: Uint8Array,
  segmentBytes: number,
  segments: number,
  completes: boolean,
): Uint8Array[] {
  const packet = new PacketReader();
  assert(packet.read(whole, 0, whole.length) === undefined, "a test cuts what can be read");
  const cutter = new SegmentCutter();
  const out = new Uint8Array(70_000);
  const found: Uint8Array[] = [];
  cutter.begin(packet, segmentBytes, segments, completes);
  for (let end = cutter.next(out, 0); end > 0; end = cutter.next(out, 0)) {
    found.push(out.slice(0, end));
  }
  return found;
}

/** A clock that tests move by hand. */
export class TestClock implements Clock {
  #nowMs = 1_000;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/** Numbers that are the same in every run. */
const STILL: Random = {
  bytes: (length) => new Uint8Array(length),
  u32: () => 7,
  fork: () => STILL,
};

/** A TCP or UDP packet whose checksum is still to be completed, as Linux makes it. */
export function partial(whole: Uint8Array): Uint8Array {
  const copy = whole.slice();
  const next = copy[6] ?? 0;
  setU16(copy, next === TCP ? 56 : 46, pseudoSum(copy, 0, next, copy.length - 40));
  return copy;
}

/** What a tunnel under test is like. */
export interface WorldChoices {
  readonly mayEnter?: MayEnter;
  readonly bytesMax?: number;
  readonly takesOffloads?: boolean;
  /** It knows no packets that stand for many UDP datagrams. */
  readonly isOld?: boolean;
  readonly mtuBytes?: number;
  readonly networks?: IpTunnelOptions["networks"];
}

/** Anna's tunnel, with everything that it sends and writes. */
export class TunnelWorld {
  readonly clock: TestClock = new TestClock();
  /** Datagrams to peers. */
  readonly sent: { readonly to: PeerId; readonly bytes: Uint8Array }[] = [];
  /** Virtio-net headers with packets, to the interface. */
  readonly written: Uint8Array[] = [];
  /** How many the interface did not take. */
  refused = 0;
  /** After how many of them programs were let read. */
  readonly readAfter: number[] = [];
  readonly tunnel: IpTunnel;
  bytesMax: number;
  isFull = false;
  isBroken = false;

  constructor(choices: WorldChoices = {}, own: PeerId = ANNA) {
    this.bytesMax = choices.bytesMax ?? 65_000;
    this.tunnel = new IpTunnel({
      own,
      clock: this.clock,
      random: STILL,
      networks: choices.networks,
      mayEnter: choices.mayEnter ?? ((_from, protocol) => protocol === "icmp"),
      datagrams: {
        bytesMax: () => this.bytesMax,
        hasRoom: () => !this.isFull,
        send: (to, bytes) => {
          if (!this.isFull) this.sent.push({ to, bytes: bytes.slice() });
          return !this.isFull;
        },
      },
      network: {
        mtuBytes: choices.mtuBytes ?? 1_420,
        takesOffloads: choices.takesOffloads ?? true,
        letProgramsRead: () => void this.readAfter.push(this.written.length),
        write: (bytes) => {
          const isRefused = this.isBroken || (choices.isOld === true && bytes[1] === 5);
          if (isRefused) this.refused += 1;
          else this.written.push(bytes.slice());
          return !isRefused;
        },
      },
    });
  }

  /** A packet comes out of the interface. */
  out(packet: Uint8Array, header: Uint8Array = new Uint8Array(10)): void {
    const frame = concatBytes(Uint8Array.of(0xee), header, packet);
    this.tunnel.outbound(frame, frame.length);
  }

  /** A plain packet comes from a peer. */
  in(packet: Uint8Array, from: PeerId = BERT): void {
    this.tunnel.inbound(from, concatBytes(Uint8Array.of(0x10), packet));
  }

  /** A packet with a virtio-net header comes from a peer. */
  inWith(header: Uint8Array, packet: Uint8Array, from: PeerId = BERT): void {
    this.tunnel.inbound(from, concatBytes(Uint8Array.of(0x11), header, packet));
  }

  get droppedIn(): Readonly<Record<string, number>> {
    return this.tunnel.counters.droppedIn;
  }

  get droppedOut(): Readonly<Record<string, number>> {
    return this.tunnel.counters.droppedOut;
  }
}
