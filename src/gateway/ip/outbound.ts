import { equalAt } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import { countDrop, type DropReason } from "./counters.ts";
import type { IcmpError } from "./icmp.ts";
import { FRAME_BYTES_MAX, KIND, OFFLOAD_AT, PACKET_AT } from "./layout.ts";
import { HOLD_MS, ICMP_ERROR_BYTES_MAX } from "./limits.ts";
import { u8 } from "./octets.ts";
import { OffloadReader, segmentsMaxOf } from "./offload.ts";
import { ADDRESS_BYTES, PacketReader } from "./packet.ts";
import { cuttableBytes, isCuttable, segmentsForPieces, sendPieces } from "./pieces.ts";
import { SegmentCutter } from "./segments.ts";
import { deviceInGroup, type TunnelParts } from "./shared.ts";

const NEVER = Number.NEGATIVE_INFINITY;
const PEER_PREFIX = 0xfd;
const MULTICAST_PREFIX = 0xff;

/** The way of packets from the interface to peers. */
export class Outbound {
  readonly #parts: TunnelParts;
  readonly #packet = new PacketReader();
  readonly #offload = new OffloadReader();
  readonly #cutter = new SegmentCutter();
  readonly #part = new Uint8Array(FRAME_BYTES_MAX);
  readonly #piece = new Uint8Array(FRAME_BYTES_MAX);
  readonly #error = new Uint8Array(PACKET_AT + ICMP_ERROR_BYTES_MAX);
  #to: PeerId = "";
  /** The flow that was refused last, and how long others wait with it at most. */
  #heldFor: PeerId = "";
  #heldFlowId = 0;
  #heldUntilMs: number = NEVER;
  #pieceId: number;
  readonly #sendPiece = (piece: Uint8Array): boolean =>
    this.#parts.options.datagrams.send(this.#to, piece, this.#packet.flowId);

  constructor(parts: TunnelParts) {
    this.#parts = parts;
    this.#pieceId = parts.options.random.fork("pieces").u32();
  }

  /**
   * Takes a frame of the interface: a free byte, the virtio-net header, the packet up to `end`.
   * The buffer is lent, and its first eleven bytes may be written to. False: more is waiting for
   * that peer than may, so that reading on would only throw away.
   */
  take(frame: Uint8Array, end: number): boolean {
    const { counters } = this.#parts;
    const reason = this.#send(frame, end);
    if (reason === undefined) {
      counters.sentPackets++;
      counters.sentBytes += end - PACKET_AT;
      return true;
    }
    countDrop(counters.droppedOut, reason);
    if (reason === "no-route") this.#answer("no-route", 0);
    if (reason !== "congested") return true;
    this.#heldFor = this.#to;
    this.#heldFlowId = this.#packet.flowId;
    this.#heldUntilMs = this.#parts.options.clock.monotonicMs() + HOLD_MS;
    return false;
  }

  /** Whether reading on would, for the moment, only throw away. */
  get isHeld(): boolean {
    if (this.#heldUntilMs === NEVER) return false;
    const { clock, datagrams } = this.#parts.options;
    const isOver = clock.monotonicMs() >= this.#heldUntilMs;
    if (!isOver && !datagrams.hasRoom(this.#heldFor, this.#heldFlowId)) return true;
    this.#heldUntilMs = NEVER;
    return false;
  }

  #send(frame: Uint8Array, end: number): DropReason | undefined {
    const packet = this.#packet;
    const refusal = packet.read(frame, PACKET_AT, end);
    if (refusal !== undefined) return refusal;
    const badOffload = this.#offload.read(frame, OFFLOAD_AT, packet);
    if (badOffload !== undefined) return badOffload;
    const { address, peers, firewall, options } = this.#parts;
    const first = u8(frame, packet.destinationAt);
    // Routers are sought and groups are joined on every interface; here is nobody to hear it.
    if (first === MULTICAST_PREFIX) return "multicast";
    const isOwn = equalAt(frame, packet.sourceAt, address, 0, ADDRESS_BYTES);
    const inGroup = isOwn ? undefined : deviceInGroup(options.networks, packet, "out");
    if (!isOwn && inGroup === undefined) return "not-our-source";
    if (first !== PEER_PREFIX && inGroup === undefined) return "no-route";
    if (equalAt(frame, packet.destinationAt, address, 0, ADDRESS_BYTES)) return "looped";
    const slot = peers.admit(frame, packet.destinationAt);
    if (slot < 0) return "peers-full";
    this.#to = inGroup ?? peers.idOf(slot);
    const datagramBytes = options.datagrams.bytesMax(this.#to);
    if (datagramBytes <= 0) return "no-route";
    const flowRefusal = firewall.outbound(slot, packet);
    if (flowRefusal !== undefined) return flowRefusal;
    const isSuper = this.#offload.segmentBytes > 0;
    if (isSuper && (end > datagramBytes || this.#offload.isTooMany(packet))) {
      return this.#sendParts(datagramBytes);
    }
    if (!isCuttable(end - OFFLOAD_AT, datagramBytes)) return this.#tooBig(datagramBytes);
    return this.#sendFrame(frame, end, this.#offload.isPlain, datagramBytes);
  }

  #sendFrame(
    frame: Uint8Array,
    end: number,
    isPlain: boolean,
    datagramBytes: number,
  ): DropReason | undefined {
    const start = isPlain ? PACKET_AT - 1 : 0;
    frame[start] = isPlain ? KIND.plain : KIND.offload;
    // The kernel's header says some things in more than one way.
    if (!isPlain && frame !== this.#part) this.#offload.write(frame, OFFLOAD_AT, this.#packet);
    const { options, counters } = this.#parts;
    if (end - start <= datagramBytes) {
      return options.datagrams.send(this.#to, frame.subarray(start, end), this.#packet.flowId)
        ? undefined
        : "congested";
    }
    counters.pieced++;
    this.#pieceId = (this.#pieceId + 1) >>> 0;
    const id = this.#pieceId;
    const isSent = sendPieces(frame, start, end, id, datagramBytes, this.#piece, this.#sendPiece);
    return isSent ? undefined : "congested";
  }

  /** Cuts a super-packet into parts that fit a datagram each, or else into segments in pieces. */
  #sendParts(datagramBytes: number): DropReason | undefined {
    const packet = this.#packet;
    const { segmentBytes } = this.#offload;
    const headBytes = PACKET_AT + packet.headerBytes;
    const fitting = Math.floor((datagramBytes - headBytes) / segmentBytes);
    const segments =
      fitting >= 1
        ? Math.min(segmentsMaxOf(packet.protocol), fitting)
        : segmentsForPieces(headBytes, segmentBytes, datagramBytes);
    if (!isCuttable(headBytes + segmentBytes, datagramBytes)) return this.#tooBig(datagramBytes);
    this.#parts.counters.segmented++;
    this.#cutter.begin(packet, segmentBytes, segments, false);
    for (;;) {
      const end = this.#cutter.next(this.#part, OFFLOAD_AT);
      if (end === 0) return undefined;
      const reason = this.#sendFrame(this.#part, end, false, datagramBytes);
      if (reason !== undefined) return reason;
    }
  }

  #tooBig(datagramBytes: number): DropReason {
    const fitsBytes = cuttableBytes(datagramBytes) - PACKET_AT;
    const mtuBytes = Math.max(
      ICMP_ERROR_BYTES_MAX,
      Math.min(fitsBytes, this.#parts.options.network.mtuBytes),
    );
    this.#answer("too-big", mtuBytes);
    return "too-big";
  }

  /** An error for a program on this machine, in the name of whom it wanted to reach. */
  #answer(error: IcmpError, mtuBytes: number): void {
    const { icmp, options, counters } = this.#parts;
    const at = PACKET_AT - OFFLOAD_AT;
    const end = icmp.write(this.#error, at, error, this.#packet, mtuBytes);
    if (end === 0) return;
    counters.icmpErrors++;
    this.#error.fill(0, 0, at);
    options.network.write(this.#error.subarray(0, end));
  }
}
