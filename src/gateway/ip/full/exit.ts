import { equalAt } from "../../../base/bytes.ts";
import type { PeerId } from "../../../identity/index.ts";
import { KIND, PACKET_AT } from "../layout.ts";
import { PROTOCOL } from "../packet.ts";
import { eachPacket } from "./bundle.ts";
import { addressesOf, isExitAddress, type Lease, LeasePool, placeOf } from "./lease.ts";
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
  newFullTunnelCounters,
} from "./parts.ts";
import { Replies } from "./replies.ts";

const NAMES_PORT = 53;

/** Counts the packets of one user, and says how many may pass. */
export interface UserMeter {
  /** Whether a packet of this size may pass now, and why not. */
  judge(byteCount: number): "quota" | "rate" | undefined;
  /** Bytes that went to the user, and that came from it. */
  passed(toUserBytes: number, fromUserBytes: number): void;
}

interface User extends Lease {
  readonly peer: PeerId;
  readonly meter: UserMeter;
}

/** What an exit is made of. */
export interface ExitOptions extends FullTunnelOptions {
  readonly names4: boolean;
  readonly names6: boolean;
}

/**
 * The sharing side of full tunnels: packets of users go to an interface from which the kernel
 * forwards and translates them, answers come back the same way. Each user has addresses of its
 * own and can send by no others; what is not the internet is not reached.
 */
export class ExitPackets {
  readonly counters: FullTunnelCounters = newFullTunnelCounters();
  readonly #options: ExitOptions;
  readonly #pool = new LeasePool();
  readonly #byPeer = new Map<PeerId, User>();
  readonly #byPlace = new Map<number, User>();
  readonly #packet = new FullPacketReader();
  readonly #judge = new InternetJudge();
  readonly #writer: FrameWriter;
  readonly #leaving: Leaving;
  readonly #replies: Replies;
  readonly #reply = new Uint8Array(1 + LEASE_MTU_BYTES_MAX);

  constructor(options: ExitOptions) {
    this.#options = options;
    this.#writer = new FrameWriter(options.network);
    this.#replies = new Replies(options.clock);
    this.#leaving = new Leaving(options, this.counters, (to, byteCount) => {
      this.#byPeer.get(to)?.meter.passed(byteCount, 0);
    });
  }

  /** Users that are served now. */
  get userCount(): number {
    return this.#byPeer.size;
  }

  /** Serves a peer from now on, in the place of what it had; undefined: all addresses are taken. */
  open(peer: PeerId, meter: UserMeter): Lease | undefined {
    const place = this.#pool.take(peer, (taken) => this.#byPlace.has(taken));
    if (place === undefined) return undefined;
    const { names4, names6, network } = this.#options;
    const { mtuBytes } = network;
    const user: User = { ...addressesOf(place), names4, names6, mtuBytes, peer, meter };
    this.#byPeer.set(peer, user);
    this.#byPlace.set(place, user);
    return user;
  }

  /** Serves it no longer, unless another meter has taken over. */
  close(peer: PeerId, meter: UserMeter): void {
    const user = this.#byPeer.get(peer);
    if (user?.meter !== meter) return;
    this.#byPeer.delete(peer);
    this.#byPlace.delete(placeOf(user.address4, 0, 4));
  }

  /** A datagram came from a peer that has proven to be `from`; lent. */
  fromPeer(from: PeerId, datagram: Uint8Array): void {
    const user = this.#byPeer.get(from);
    const isKnown = eachPacket(datagram, (start, end) => {
      const reason = user && this.#forward(user, datagram, start, end);
      if (user !== undefined && reason === undefined) this.counters.receivedPackets++;
      else countFullDrop(this.counters.droppedIn, reason ?? "no-tunnel");
    });
    if (!isKnown) countFullDrop(this.counters.droppedIn, "unknown-kind");
  }

  /**
   * A frame came out of the interface: a free byte, the virtio-net header, the packet up to `end`.
   * The buffer is lent. False: too much waits. Call `flush` when the interface has no more.
   */
  fromNetwork(frame: Uint8Array, end: number): boolean {
    return this.#leaving.settle(this.#deliver(frame, end));
  }

  /** What was taken from the interface leaves now. */
  flush(): void {
    this.#leaving.bundler.flush();
  }

  #forward(
    user: User,
    datagram: Uint8Array,
    start: number,
    end: number,
  ): FullDropReason | undefined {
    const sizeBytes = end - start;
    if (sizeBytes > user.mtuBytes) return "too-big";
    const packet = this.#packet;
    const refusal = packet.read(datagram, start, end);
    if (refusal !== undefined) return refusal;
    const own = packet.version === 4 ? user.address4 : user.address6;
    if (!equalAt(datagram, packet.sourceAt, own, 0, packet.addressBytes)) return "spoofed";
    if (!this.#isOpen(user, datagram)) {
      this.#send(user, this.#replies.prohibited(this.#reply, 1, packet));
      return "private";
    }
    const over = user.meter.judge(sizeBytes);
    if (over !== undefined) {
      if (over === "quota") this.#refuse(user);
      return over;
    }
    // What has arrived counts, whether or not the kernel has room for it.
    user.meter.passed(0, sizeBytes);
    return this.#writer.write(datagram, start, end) ? undefined : "interface";
  }

  /** Whether the packet's destination may be reached. */
  #isOpen(user: User, bytes: Uint8Array): boolean {
    const { destinationAt, addressBytes, destinationPort, isLaterFragment } = this.#packet;
    if (this.#judge.isInternet(bytes, destinationAt, addressBytes)) return true;
    if (!isExitAddress(bytes, destinationAt, addressBytes)) return false;
    const isNamed = addressBytes === 4 ? user.names4 : user.names6;
    return isNamed && !isLaterFragment && destinationPort === NAMES_PORT && this.#hasPorts();
  }

  #hasPorts(): boolean {
    const { protocol } = this.#packet;
    return protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp;
  }

  /** Programs of the user are told at once: connections are reset, the rest is refused. */
  #refuse(user: User): void {
    const reset = this.#replies.reset(this.#reply, 1, this.#packet, "sender");
    const end = reset > 0 ? reset : this.#replies.prohibited(this.#reply, 1, this.#packet);
    this.#send(user, end);
  }

  #send(user: User, end: number): void {
    if (end === 0) return;
    // A reset counts only behind everything that came before it.
    this.#leaving.bundler.flush();
    this.#reply[0] = KIND.plain;
    this.#options.datagrams.send(user.peer, this.#reply.subarray(0, end));
  }

  #deliver(frame: Uint8Array, end: number): FullDropReason | boolean {
    const packet = this.#packet;
    const refusal = packet.read(frame, PACKET_AT, end);
    if (refusal !== undefined) return refusal;
    const user = this.#byPlace.get(placeOf(frame, packet.destinationAt, packet.addressBytes));
    if (user === undefined) return "no-tunnel";
    const sizeBytes = end - PACKET_AT;
    if (sizeBytes > user.mtuBytes) return "too-big";
    const over = user.meter.judge(sizeBytes + this.#leaving.bundler.waiting(user.peer));
    if (over === "quota") this.#breakOff(user);
    return over ?? this.#leaving.bundler.add(user.peer, frame, end);
  }

  /**
   * A connection whose quota is used up ends for the user. Its other end is left alone: what it
   * repeats makes another reset, should this one get lost.
   */
  #breakOff(user: User): void {
    this.#send(user, this.#replies.reset(this.#reply, 1, this.#packet, "receiver"));
  }
}
