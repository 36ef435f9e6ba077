import { equalAt, toHex } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import { checksumOffset, completeChecksum } from "./checksum.ts";
import { countDrop, type DropReason } from "./counters.ts";
import type { IcmpError } from "./icmp.ts";
import { FRAME_BYTES_MAX, KIND, OFFLOAD_AT, PACKET_AT } from "./layout.ts";
import { DATAGRAMS_UNREAD_MAX, ICMP_ERROR_BYTES_MAX } from "./limits.ts";
import { u8 } from "./octets.ts";
import { OFFLOAD_BYTES, OffloadReader } from "./offload.ts";
import { ADDRESS_BYTES, PacketReader, PROTOCOL } from "./packet.ts";
import { Reassembler } from "./pieces.ts";
import { SegmentCutter } from "./segments.ts";
import { deviceInGroup, type TunnelParts } from "./shared.ts";
import { JOINED_HEADER_BYTES, UdpJoiner } from "./udp-joiner.ts";

/** The way of packets from peers to the interface. */
export class Inbound {
  readonly #parts: TunnelParts;
  readonly #packet = new PacketReader();
  readonly #offload = new OffloadReader();
  readonly #cutter = new SegmentCutter();
  readonly #reassembler: Reassembler;
  /** A virtio-net header and a packet that is not written from where it came. */
  readonly #scratch = new Uint8Array(FRAME_BYTES_MAX);
  readonly #joiner: UdpJoiner;
  /** The system once refused a super-packet of UDP, and took the same in segments. */
  #refusesUdpSupers = false;
  /** Datagrams written since programs were let read them. */
  #unread = 0;
  readonly #error = new Uint8Array(1 + ICMP_ERROR_BYTES_MAX);

  constructor(parts: TunnelParts) {
    this.#parts = parts;
    this.#reassembler = new Reassembler(parts.options.clock);
    this.#joiner = new UdpJoiner((joined, packets) => this.#writeJoined(joined, packets));
  }

  /** Packets in pieces that are being put together. */
  get waiting(): number {
    return this.#reassembler.waiting;
  }

  /** All packets of a turn have been told: what waited for others of its flow goes to the interface. */
  flush(): void {
    this.#joiner.flush();
  }

  /** Takes a datagram of a peer that has proven to be `from`; lent. */
  take(from: PeerId, datagram: Uint8Array): void {
    let frame = datagram;
    if (u8(datagram, 0) === KIND.piece) {
      const result = this.#reassembler.take(from, datagram);
      if (result === "waiting") return;
      if (result === "bad-piece") {
        countDrop(this.#parts.counters.droppedIn, result);
        return;
      }
      frame = result;
    }
    const reason = this.#receive(from, frame);
    if (reason !== undefined) countDrop(this.#parts.counters.droppedIn, reason);
  }

  #receive(from: PeerId, frame: Uint8Array): DropReason | undefined {
    const kind = u8(frame, 0);
    if (kind !== KIND.plain && kind !== KIND.offload) return "unknown-kind";
    const packet = this.#packet;
    const start = kind === KIND.plain ? 1 : PACKET_AT;
    const refusal = packet.read(frame, start, frame.length);
    if (refusal !== undefined) return refusal;
    const badOffload = this.#readOffload(frame, kind);
    if (badOffload !== undefined) return badOffload;
    const { address, firewall, options } = this.#parts;
    const isOurs = equalAt(frame, packet.destinationAt, address, 0, ADDRESS_BYTES);
    const slot = isOurs ? this.#slotOf(from, frame) : this.#slotInGroup(from, frame);
    if (typeof slot === "string") return slot;
    const refused = firewall.inbound(slot, packet);
    if (refused !== undefined) {
      if (refused === "not-allowed") this.#answer(from, "prohibited");
      return refused;
    }
    const sizeBytes = frame.length - start;
    if (this.#offload.segmentBytes === 0 && sizeBytes > options.network.mtuBytes) {
      this.#answer(from, "too-big", options.network.mtuBytes);
      return "too-big";
    }
    return this.#deliver(frame, kind);
  }

  #readOffload(frame: Uint8Array, kind: number): DropReason | undefined {
    this.#offload.clear();
    if (kind === KIND.plain) return undefined;
    const packet = this.#packet;
    const refusal = this.#offload.read(frame, OFFLOAD_AT, packet);
    if (refusal !== undefined) return refusal;
    const isFine = this.#offload.isCanonical(frame, OFFLOAD_AT, packet);
    return isFine && !this.#offload.isTooMany(packet) ? undefined : "offload";
  }

  /** The number of the sender, whose own address the packet must come from. */
  #slotOf(from: PeerId, frame: Uint8Array): number | "spoofed" | "peers-full" {
    const { peers } = this.#parts;
    const { sourceAt } = this.#packet;
    const known = peers.find(frame, sourceAt);
    if (known >= 0) return peers.idOf(known) === from ? known : "spoofed";
    const isOwn = toHex(frame.subarray(sourceAt, sourceAt + ADDRESS_BYTES)) === from;
    if (!isOwn) return "spoofed";
    const slot = peers.admit(frame, sourceAt);
    return slot < 0 ? "peers-full" : slot;
  }

  /** The same of a packet to another address of ours, where both ends are in one group now. */
  #slotInGroup(from: PeerId, frame: Uint8Array): number | "not-for-us" | "peers-full" {
    const { peers, options } = this.#parts;
    if (deviceInGroup(options.networks, this.#packet, "in") !== from) return "not-for-us";
    const slot = peers.admit(frame, this.#packet.sourceAt);
    return slot < 0 ? "peers-full" : slot;
  }

  #deliver(frame: Uint8Array, kind: number): DropReason | undefined {
    const { network } = this.#parts.options;
    if (kind === KIND.offload && !network.takesOffloads) return this.#deliverInSoftware(frame);
    if (kind === KIND.offload && this.#joins(frame)) return undefined;
    // What came before stays before it.
    this.#joiner.flush();
    if (this.#isUdpSuper) return this.#deliverUdpSuper(frame);
    if (kind === KIND.offload) return this.#write(frame.subarray(OFFLOAD_AT));
    return this.#write(this.#copied(frame, 1));
  }

  get #isUdpSuper(): boolean {
    return this.#offload.segmentBytes > 0 && this.#packet.protocol === PROTOCOL.udp;
  }

  /** A system before Linux 6.2 takes datagrams one by one only. */
  #deliverUdpSuper(frame: Uint8Array): DropReason | undefined {
    const segments = this.#offload.segmentCount(this.#packet);
    const isTaken =
      !this.#refusesUdpSupers && this.#write(frame.subarray(OFFLOAD_AT)) === undefined;
    const reason = isTaken ? undefined : this.#deliverSegments(false);
    if (reason !== undefined) return reason;
    this.#refusesUdpSupers = !isTaken;
    this.#letRead(segments);
    return undefined;
  }

  #joins(frame: Uint8Array): boolean {
    const { needsChecksum, segmentBytes } = this.#offload;
    return (
      needsChecksum && segmentBytes === 0 && this.#joiner.take(frame, OFFLOAD_AT, this.#packet)
    );
  }

  #writeJoined(headerAndPacket: Uint8Array, packets: number): boolean {
    const { options, counters } = this.#parts;
    if (!options.network.write(headerAndPacket)) {
      // What was joined is tried again one by one.
      if (packets === 1) countDrop(counters.droppedIn, "interface");
      return false;
    }
    counters.receivedPackets += packets;
    this.#letRead(packets);
    const repeated = (packets - 1) * JOINED_HEADER_BYTES;
    counters.receivedBytes += headerAndPacket.length - OFFLOAD_BYTES + repeated;
    return true;
  }

  /** So many datagrams more were written. */
  #letRead(datagrams: number): void {
    this.#unread += datagrams;
    if (this.#unread < DATAGRAMS_UNREAD_MAX) return;
    this.#unread = 0;
    this.#parts.options.network.letProgramsRead?.();
  }

  /** For interfaces that take ordinary packets only. */
  #deliverInSoftware(frame: Uint8Array): DropReason | undefined {
    const packet = this.#packet;
    const { segmentBytes, needsChecksum } = this.#offload;
    if (segmentBytes === 0) {
      const copy = this.#copied(frame, PACKET_AT);
      if (needsChecksum) {
        const at = OFFLOAD_BYTES + packet.transportAt - packet.start;
        const fieldAt = at + checksumOffset(packet.protocol);
        completeChecksum(copy, at, copy.length, fieldAt, packet.protocol);
      }
      return this.#write(copy);
    }
    return this.#deliverSegments(true);
  }

  /** @param completes whether checksums are written in full */
  #deliverSegments(completes: boolean): DropReason | undefined {
    this.#parts.counters.segmented++;
    this.#cutter.begin(this.#packet, this.#offload.segmentBytes, 1, completes);
    for (;;) {
      const end = this.#cutter.next(this.#scratch, 0);
      if (end === 0) return undefined;
      const reason = this.#write(this.#scratch.subarray(0, end));
      if (reason !== undefined) return reason;
    }
  }

  #copied(frame: Uint8Array, packetAt: number): Uint8Array {
    const whole = this.#scratch.subarray(0, OFFLOAD_BYTES + frame.length - packetAt);
    whole.fill(0, 0, OFFLOAD_BYTES);
    whole.set(frame.subarray(packetAt), OFFLOAD_BYTES);
    return whole;
  }

  #write(headerAndPacket: Uint8Array): DropReason | undefined {
    const { options, counters } = this.#parts;
    if (!options.network.write(headerAndPacket)) return "interface";
    counters.receivedPackets++;
    counters.receivedBytes += headerAndPacket.length - OFFLOAD_BYTES;
    return undefined;
  }

  #answer(to: PeerId, error: IcmpError, mtuBytes = 0): void {
    const { icmp, options, counters } = this.#parts;
    const end = icmp.write(this.#error, 1, error, this.#packet, mtuBytes);
    if (end === 0) return;
    this.#error[0] = KIND.plain;
    if (options.datagrams.send(to, this.#error.subarray(0, end), this.#packet.flowId))
      counters.icmpErrors++;
  }
}
