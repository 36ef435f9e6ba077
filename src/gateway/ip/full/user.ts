import { equalAt } from "../../../base/bytes.ts";
import type { PeerId } from "../../../identity/index.ts";
import { PACKET_AT } from "../layout.ts";
import { eachPacket } from "./bundle.ts";
import { isExitAddress, type Lease } from "./lease.ts";
import { Leaving } from "./leaving.ts";
import { LEASE_MTU_BYTES_MAX } from "./limits.ts";
import { FullPacketReader } from "./packet.ts";
import {
  countFullDrop,
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
  readonly #packet = new FullPacketReader();
  readonly #judge = new InternetJudge();
  readonly #writer: FrameWriter;
  readonly #leaving: Leaving;
  readonly #replies: Replies;
  readonly #reply = new Uint8Array(1 + LEASE_MTU_BYTES_MAX);
  /** The exit; undefined: everything is refused. */
  exit: ExitInUse | undefined;

  constructor(options: FullTunnelOptions) {
    this.#writer = new FrameWriter(options.network);
    this.#replies = new Replies(options.clock);
    this.#leaving = new Leaving(options, this.counters, (to, byteCount) => {
      if (this.exit?.peer === to) this.exit.passed(byteCount, 0);
    });
  }

  /**
   * A frame came out of the interface: a free byte, the virtio-net header, the packet up to `end`.
   * The buffer is lent. False: too much waits. Call `flush` when the interface has no more.
   */
  fromNetwork(frame: Uint8Array, end: number): boolean {
    return this.#leaving.settle(this.#send(frame, end));
  }

  /** What was taken from the interface leaves now. */
  flush(): void {
    this.#leaving.bundler.flush();
  }

  /** A datagram came from a peer that has proven to be `from`; lent. */
  fromPeer(from: PeerId, datagram: Uint8Array): void {
    const exit = this.exit?.peer === from ? this.exit : undefined;
    const isKnown = eachPacket(datagram, (start, end) => {
      const reason = exit && this.#receive(exit, datagram, start, end);
      if (exit !== undefined && reason === undefined) this.counters.receivedPackets++;
      else countFullDrop(this.counters.droppedIn, reason ?? "no-tunnel");
    });
    if (!isKnown) countFullDrop(this.counters.droppedIn, "unknown-kind");
  }

  #send(frame: Uint8Array, end: number): FullDropReason | boolean {
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
    if (!equalAt(frame, sourceAt, own, 0, addressBytes)) return "spoofed";
    if (end - PACKET_AT > exit.lease.mtuBytes) return "too-big";
    return this.#leaving.bundler.add(exit.peer, frame, end);
  }

  #receive(
    exit: ExitInUse,
    datagram: Uint8Array,
    start: number,
    end: number,
  ): FullDropReason | undefined {
    if (end - start > exit.lease.mtuBytes) return "too-big";
    const packet = this.#packet;
    const refusal = packet.read(datagram, start, end);
    if (refusal !== undefined) return refusal;
    const { sourceAt, destinationAt, addressBytes } = packet;
    const own = packet.version === 4 ? exit.lease.address4 : exit.lease.address6;
    if (!equalAt(datagram, destinationAt, own, 0, addressBytes)) return "not-for-us";
    if (!this.#isBelievable(datagram, sourceAt, addressBytes)) return "private";
    exit.passed(0, end - start);
    return this.#writer.write(datagram, start, end) ? undefined : "interface";
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
    if (end > 0) this.#writer.write(this.#reply, 1, end);
  }
}
