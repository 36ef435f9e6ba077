import { TokenBucket } from "../base/token-bucket.ts";
import type { PeerId } from "../identity/index.ts";
import type { Log, Random } from "../ports/index.ts";
import type { Path, PathPort, RouteInfo } from "../routing/index.ts";
import { type HubCounters, newCounters } from "./counters.ts";
import { Tickets } from "./early.ts";
import { Handshakes, type HandshakesHost } from "./handshakes.ts";
import { HeldMemory } from "./held-memory.ts";
import { KEY_LIMITS, type KeyLimits } from "./key-phase.ts";
import {
  HINTS_BURST,
  HINTS_PER_SECOND,
  PACKET_BYTES_MAX,
  PEERS_MAX,
  SESSIONS_MAX,
  SESSIONS_PER_PEER_MAX,
  WAITING_MS,
} from "./limits.ts";
import { LostPeers } from "./lost-peers.ts";
import { type DataPacket, encodeHint, type Packet } from "./packet.ts";
import { cutPacketBytes, wholePacketBytes } from "./packet-bounds.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import { sendBy, type Way, wayBack } from "./paths/ways.ts";
import { PeerState } from "./peer-state.ts";
import { freshestRecord, type Services } from "./services.ts";
import { Session } from "./session.ts";
import { SessionTable } from "./session-table.ts";
import { RESET_CODE, SessionStream, type StreamScope } from "./stream.ts";
import { succeed } from "./succession.ts";
import { Timers } from "./timers.ts";
import type { SessionOptions, StreamEvents } from "./types.ts";

/** Where sessions, peers and packets meet. The manager adds turns and the public face. */
export class Hub implements HandshakesHost, StreamScope {
  readonly log: Log;
  readonly selfId: PeerId;
  readonly buffer: PacketBuffer = new PacketBuffer(PACKET_BYTES_MAX);
  readonly timers: Timers = new Timers();
  readonly peers: Map<PeerId, PeerState> = new Map();
  readonly table: SessionTable;
  /** Sessions with something to send at the end of this turn. */
  readonly dirty: Set<Session> = new Set();
  /** Something of a stream has come, or has arrived, since whoever looks last did so. */
  hasStreamNews = false;
  /** Streams whose `onClose` is due at the end of this turn. */
  closing: SessionStream[] = [];
  readonly counters: HubCounters = newCounters();
  readonly paths: PathPort | undefined;
  readonly random: Random;
  readonly isThrifty: boolean;
  readonly keyLimits: KeyLimits;
  readonly held: HeldMemory;
  readonly #options: SessionOptions;
  readonly #services: Services;
  readonly #handshakes: Handshakes;
  readonly #lost = new LostPeers();
  readonly #hints: TokenBucket;
  readonly tickets: Tickets;
  #nextStreamId = 1;

  constructor(options: SessionOptions, services: Services) {
    const nowMs = options.clock.monotonicMs();
    this.#options = options;
    this.#services = services;
    this.log = options.log;
    this.selfId = options.identity.id;
    this.paths = options.paths;
    this.random = options.random.fork("paths");
    this.tickets = new Tickets(options.random.fork("tickets"));
    this.isThrifty = options.isThrifty ?? false;
    this.keyLimits = options.keyLimits ?? KEY_LIMITS;
    this.held = new HeldMemory(options.heldBytesMax);
    this.table = new SessionTable(options.sessionsMax ?? SESSIONS_MAX);
    this.#handshakes = new Handshakes(this, options);
    this.#hints = new TokenBucket({ perSecond: HINTS_PER_SECOND, burst: HINTS_BURST }, nowMs);
  }

  /** Monotonic milliseconds. */
  nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  packetBytesMax(): number {
    return wholePacketBytes(this.#options.routing);
  }

  packetBytesCeiling(): number {
    return this.isThrifty ? this.packetBytesMax() : cutPacketBytes(this.#options.routing);
  }

  transmit(to: PeerId, packet: Uint8Array, way: Way): boolean {
    this.counters.packetsSent++;
    this.counters.bytesSent += packet.length;
    return sendBy(this.#options, way, to, packet);
  }

  ordinaryWay(to: PeerId): Pick<RouteInfo, "nextHop" | "hops"> | undefined {
    return this.#options.routing.route(to);
  }

  hasOrdinaryWay(to: PeerId): boolean {
    return this.#options.routing.record(to) !== undefined;
  }

  isTrusted(peer: PeerId): boolean {
    return this.#options.isTrusted?.(peer) ?? false;
  }

  /** The state of a peer, made where there is none yet; undefined where there are too many. */
  peer(id: PeerId): PeerState | undefined {
    const known = this.peers.get(id);
    if (known !== undefined || this.peers.size >= PEERS_MAX) return known;
    const made = new PeerState(id, this.#handshakes);
    this.peers.set(id, made);
    return made;
  }

  /** A stream of this side, not yet part of a session. */
  newStream(to: PeerId, service: string, events: StreamEvents): SessionStream {
    return this.#makeStream(to, service, events);
  }

  makeStream(session: Session): SessionStream {
    return this.#makeStream(session.peer.id, "", undefined);
  }

  #makeStream(peer: PeerId, service: string, events: StreamEvents | undefined): SessionStream {
    const giveUpMs = this.nowMs() + WAITING_MS;
    const opens = events !== undefined;
    const id = this.#nextStreamId++;
    return new SessionStream({ id, peer, service, opens, scope: this, giveUpMs, events });
  }

  onStreamClosed(stream: SessionStream): void {
    if (stream.closed === "session-lost") this.#lost.add(stream.peer);
    this.closing.push(stream);
  }

  onStreams(): void {
    this.hasStreamNews = true;
  }

  onWork(session: Session): void {
    this.dirty.add(session);
  }

  offer(session: Session, stream: SessionStream): void {
    const acceptor = this.#services.acceptorOf(stream.service);
    let events: StreamEvents | undefined;
    try {
      events = acceptor?.(stream, freshestRecord(this.#options.routing, session.peer));
    } catch (error) {
      const what = error instanceof Error ? error.message : "not an error object";
      this.log.warn("acceptor-failed", { service: stream.service, what });
    }
    if (events === undefined) stream.abandon(RESET_CODE.refused, "refused");
    else stream.accept(events);
  }

  onDatagram(session: Session, serviceId: number, bytes: Uint8Array): void {
    const handler = this.#services.handlerOf(serviceId);
    try {
      handler?.(freshestRecord(this.#options.routing, session.peer), bytes);
    } catch (error) {
      const what = error instanceof Error ? error.message : "not an error object";
      this.log.warn("datagram-handler-failed", { serviceId, what });
    }
  }

  /**
   * Takes a parsed packet, and the way back that routing recorded; lent.
   * @returns whether it was of any use
   */
  handle(packet: Packet, back: Path | undefined, nowMs: number): boolean {
    switch (packet.kind) {
      case "data":
        return this.#onData(packet, back, nowMs);
      case "hello":
        return this.#handshakes.onHello(packet, back, nowMs);
      case "welcome":
        return this.#handshakes.onWelcome(packet, back, nowMs);
      case "hint": {
        const { from, unknownIndex, number } = packet;
        const peer = this.peers.get(from);
        const session = peer?.sessions.find((known) => known.remoteIndex === unknownIndex);
        if (session?.recovery.isInFlight(number) !== true) return false;
        peer?.onHint(nowMs);
        return true;
      }
    }
  }

  #onData(packet: DataPacket, back: Path | undefined, nowMs: number): boolean {
    const session = this.table.get(packet.receiverIndex);
    if (session instanceof Session) return session.receive(packet, nowMs, back);
    const { source, receiverIndex, number } = packet;
    if (source === undefined || source === this.selfId || !this.#hints.take(nowMs)) return false;
    this.counters.hintsSent++;
    this.transmit(source, encodeHint(receiverIndex, number, this.selfId), wayBack(back));
    return false;
  }

  onPeerChanged(peer: PeerState): void {
    if (peer.empty) this.peers.delete(peer.id);
    else this.timers.update(peer);
  }

  onConfirmed(session: Session): void {
    this.#takeConfirmed(session);
    this.#tellIfLost(session);
  }

  onHeardAgain(session: Session): void {
    this.#tellIfLost(session);
  }

  #tellIfLost({ peer, dead }: Session): void {
    if (!dead && this.#lost.answers(peer.id)) this.#options.onAnswers?.(peer.id);
  }

  #takeConfirmed(session: Session): void {
    this.table.confirm(session);
    const peer = this.peer(session.peer.id);
    if (peer === undefined || peer.isFromEarlierBoot(session)) {
      session.die();
      return;
    }
    for (const other of peer.sessions) {
      if (other.bootId !== session.bootId) other.die();
      else if (other.suspect) succeed(other, session, this.nowMs());
    }
    if (!session.isInitiator) this.tickets.revoke(peer.id);
    peer.addSession(session);
    this.peers.set(peer.id, peer);
    if (peer.sessions.length > SESSIONS_PER_PEER_MAX) {
      (peer.sessions.find((other) => other.streams.size === 0) ?? peer.sessions[0])?.close();
    }
    this.#moveWaiting(peer, session);
    this.timers.update(session);
    this.timers.update(peer);
  }

  #moveWaiting(peer: PeerState, session: Session): void {
    for (const stream of peer.takeWaiting()) {
      if (stream.closed !== undefined) continue;
      if (stream.wireId >= 0 || session.streams.hasRoom) this.tickets.enter(session, stream);
      else peer.wait(stream);
    }
    for (const { serviceId, bytes } of peer.datagrams.takeAll()) {
      session.sendDatagram(serviceId, bytes, 0, this.nowMs());
    }
  }

  onDoubt(session: Session): void {
    const peer = this.peers.get(session.peer.id);
    if (peer === undefined) return;
    const at = peer.sessions.indexOf(session);
    const successor = peer.sessions.some((other, index) => index > at && other.usable);
    if (successor) session.judge(this.nowMs());
    else peer.pursue(this.nowMs());
    this.timers.update(peer);
  }

  onDead(session: Session): void {
    this.table.remove(session);
    this.dirty.delete(session);
    const peer = this.peers.get(session.peer.id);
    if (peer === undefined) return;
    peer.removeSession(session);
    this.onPeerChanged(peer);
  }
}
