import type { PeerId } from "../../../identity/index.ts";
import { KIND, PACKET_AT } from "../layout.ts";
import { isSame, u8 } from "../octets.ts";
import { isExitAddress, type Lease } from "./lease.ts";
import { LEASE_MTU_BYTES_MAX } from "./limits.ts";
import { FullPacketReader } from "./packet.ts";
import {
  countFullDrop,
  datagramOf,
  FrameWriter,
  type FullDropReason,
  type FullTunnelCounters,
  type FullTunnelOptions,
  InternetJudge,
  isGroup,
  newFullTunnelCounters,
} from "./parts.ts";
import { Replies } from "./replies.ts";

/** The exit in use, and who counts. */
export interface ExitInUse {
  readonly peer: PeerId;
  readonly lease: Lease;
  /** Bytes that went to the exit, and that came from it. */
  passed(sentBytes: number, receivedBytes: number): void;
}

/**
 * The using side of a full tunnel: what programs send goes to the exit, or is refused at once
 * while there is none. Nothing finds another way here: this side has only the one.
 */
export class UserPackets {
  readonly counters: FullTunnelCounters = newFullTunnelCounters();
  readonly #options: FullTunnelOptions;
  readonly #packet = new FullPacketReader();
  readonly #judge = new InternetJudge();
  readonly #writer: FrameWriter;
  readonly #replies: Replies;
  readonly #reply = new Uint8Array(1 + LEASE_MTU_BYTES_MAX);
  /** The exit; undefined: everything is refused. */
  exit: ExitInUse | undefined;

  constructor(options: FullTunnelOptions) {
    this.#options = options;
    this.#writer = new FrameWriter(options.network);
    this.#replies = new Replies(options.clock);
  }

  /**
   * A frame came out of the interface: a free byte, the virtio-net header, the packet up to `end`.
   * The buffer is lent, and its first eleven bytes may be written to. False: too much waits.
   */
  fromNetwork(frame: Uint8Array, end: number): boolean {
    const reason = this.#send(frame, end);
    if (reason === undefined) this.counters.sentPackets++;
    else countFullDrop(this.counters.droppedOut, reason);
    return reason !== "congested";
  }

  /** A datagram came from a peer that has proven to be `from`; lent. */
  fromPeer(from: PeerId, datagram: Uint8Array): void {
    const reason = this.#receive(from, datagram);
    if (reason === undefined) this.counters.receivedPackets++;
    else countFullDrop(this.counters.droppedIn, reason);
  }

  #send(frame: Uint8Array, end: number): FullDropReason | undefined {
    const packet = this.#packet;
    const refusal = packet.read(frame, PACKET_AT, end);
    if (refusal !== undefined) return refusal;
    const { sourceAt, destinationAt, addressBytes } = packet;
    if (isGroup(frame, destinationAt, addressBytes)) return "not-for-us";
    const { exit } = this;
    if (exit === undefined) {
      this.#refuse();
      return "no-tunnel";
    }
    const own = packet.version === 4 ? exit.lease.address4 : exit.lease.address6;
    if (!isSame(frame, sourceAt, own, 0, addressBytes)) return "spoofed";
    if (!this.#options.datagrams.send(exit.peer, datagramOf(frame, end))) return "congested";
    exit.passed(end - PACKET_AT, 0);
    return undefined;
  }

  #receive(from: PeerId, datagram: Uint8Array): FullDropReason | undefined {
    const { exit } = this;
    if (exit === undefined || exit.peer !== from) return "no-tunnel";
    if (u8(datagram, 0) !== KIND.plain) return "unknown-kind";
    if (datagram.length - 1 > exit.lease.mtuBytes) return "too-big";
    const packet = this.#packet;
    const refusal = packet.read(datagram, 1, datagram.length);
    if (refusal !== undefined) return refusal;
    const { sourceAt, destinationAt, addressBytes } = packet;
    const own = packet.version === 4 ? exit.lease.address4 : exit.lease.address6;
    if (!isSame(datagram, destinationAt, own, 0, addressBytes)) return "not-for-us";
    if (!this.#isBelievable(datagram, sourceAt, addressBytes)) return "private";
    exit.passed(0, datagram.length - 1);
    return this.#writer.write(datagram) ? undefined : "interface";
  }

  /** An exit must not speak in the name of a machine in our local network. */
  #isBelievable(bytes: Uint8Array, sourceAt: number, addressBytes: number): boolean {
    // Routers on the way have any address; the error is believed for the packet that it quotes.
    if (this.#packet.isIcmpError) return true;
    if (this.#judge.isInternet(bytes, sourceAt, addressBytes)) return true;
    return isExitAddress(bytes, sourceAt, addressBytes);
  }

  /** Connections that begin fail at once; those that stand may outlive the wait. */
  #refuse(): void {
    const end = this.#replies.prohibited(this.#reply, 1, this.#packet);
    if (end > 0) this.#writer.write(this.#reply.subarray(0, end));
  }
}
