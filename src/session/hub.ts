import { TokenBucket } from "../base/token-bucket.ts";
import { encodePeerRecord, type PeerId } from "../identity/index.ts";
import type { Log, Random } from "../ports/index.ts";
import type { Path, PathPort, RouteInfo } from "../routing/index.ts";
import { type HubCounters, newCounters } from "./counters.ts";
import { Tickets } from "./early.ts";
import { acceptHello, BOOT_ID_BYTES, type HandshakeSelf, Initiation } from "./handshake.ts";
import { HeldMemory } from "./held-memory.ts";
import { HelloMemory } from "./hello-memory.ts";
import { KEY_LIMITS, type KeyLimits } from "./key-phase.ts";
import {
  ACCEPTS_BURST,
  ACCEPTS_PER_SECOND,
  HANDSHAKES_MAX,
  HELLO_TRIES,
  HINTS_BURST,
  HINTS_PER_SECOND,
  PACKET_BYTES_MAX,
  PEERS_MAX,
  SESSIONS_MAX,
  SESSIONS_PER_PEER_MAX,
  UNCONFIRMED_SESSIONS_MAX,
  WAITING_MS,
} from "./limits.ts";
import { LostPeers } from "./lost-peers.ts";
import { type DataPacket, encodeHint, type HelloPacket, type Packet } from "./packet.ts";
import { cutPacketBytes, wholePacketBytes } from "./packet-bounds.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import { HelloWays, PLAIN_PACE, paceOfWays } from "./paths/hello-ways.ts";
import { Locator } from "./paths/locator.ts";
import { ORDINARY, sendBy, type Way, wayBack } from "./paths/ways.ts";
import { PeerState, type PeerStateHost } from "./peer-state.ts";
import { freshestRecord, type Services } from "./services.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session-host.ts";
import { RESET_CODE, SessionStream, type StreamScope } from "./stream.ts";
import { succeed } from "./succession.ts";
import { Timers } from "./timers.ts";
import type { SessionOptions, StreamEvents } from "./types.ts";

/** Where sessions, peers and packets meet. The manager adds turns and the public face. */
export class Hub implements SessionHost, PeerStateHost, StreamScope {
  readonly log: Log;
  readonly selfId: PeerId;
  readonly buffer: PacketBuffer = new PacketBuffer(PACKET_BYTES_MAX);
  readonly timers: Timers = new Timers();
  readonly peers: Map<PeerId, PeerState> = new Map();
  /** Sessions with something to send at the end of this turn. */
  readonly dirty: Set<Session> = new Set();
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
  readonly #bootId: Uint8Array;
  readonly #byIndex: Map<number, Session | Initiation> = new Map();
  readonly #unconfirmed: Set<Session> = new Set();
  readonly #lost = new LostPeers();
  readonly #hellos: HelloMemory = new HelloMemory();
  readonly #accepts: TokenBucket;
  readonly #hints: TokenBucket;
  readonly #locator: Locator;
  readonly tickets: Tickets;
  #ownRecord: Uint8Array | undefined;
  #initiations = 0;
  #nextStreamId = 1;

  constructor(options: SessionOptions, services: Services) {
    const nowMs = options.clock.monotonicMs();
    this.#options = options;
    this.#services = services;
    this.log = options.log;
    this.selfId = options.identity.id;
    this.paths = options.paths;
    this.random = options.random.fork("paths");
    this.#locator = new Locator(options.paths, options.clock, ({ id }) => {
      const peer = this.peers.get(id);
      if (peer !== undefined) this.timers.update(peer);
    });
    this.tickets = new Tickets(options.random.fork("tickets"));
    this.isThrifty = options.isThrifty ?? false;
    this.keyLimits = options.keyLimits ?? KEY_LIMITS;
    this.held = new HeldMemory(options.heldBytesMax);
    this.#bootId = options.random.bytes(BOOT_ID_BYTES);
    this.#accepts = new TokenBucket({ perSecond: ACCEPTS_PER_SECOND, burst: ACCEPTS_BURST }, nowMs);
    this.#hints = new TokenBucket({ perSecond: HINTS_PER_SECOND, burst: HINTS_BURST }, nowMs);
  }

  /** Monotonic milliseconds. */
  nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** Sessions that the other side has not confirmed. */
  get unconfirmedCount(): number {
    return this.#unconfirmed.size;
  }

  /** All sessions, confirmed or not. */
  *sessions(): Generator<Session> {
    for (const entry of this.#byIndex.values()) if (entry instanceof Session) yield entry;
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

  isTrusted(peer: PeerId): boolean {
    return this.#options.isTrusted?.(peer) ?? false;
  }

  /** The state of a peer, made where there is none yet; undefined where there are too many. */
  peer(id: PeerId): PeerState | undefined {
    const known = this.peers.get(id);
    if (known !== undefined || this.peers.size >= PEERS_MAX) return known;
    const made = new PeerState(id, this);
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
        return this.#onHello(packet, back, nowMs);
      case "welcome":
        return this.#onWelcome(packet.receiverIndex, packet.noise, back);
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
    const session = this.#byIndex.get(packet.receiverIndex);
    if (session instanceof Session) return session.receive(packet, nowMs, back);
    const { source, receiverIndex, number } = packet;
    if (source === undefined || source === this.selfId || !this.#hints.take(nowMs)) return false;
    this.counters.hintsSent++;
    this.transmit(source, encodeHint(receiverIndex, number, this.selfId), wayBack(back));
    return false;
  }

  #onHello(packet: HelloPacket, back: Path | undefined, nowMs: number): boolean {
    const hello = packet.noise;
    const given = this.#hellos.answerTo(hello, nowMs);
    if (given !== undefined) {
      this.transmit(given.to, given.welcome, wayBack(back));
      return true;
    }
    if (!this.#accepts.take(nowMs)) {
      this.counters.handshakesThrottled++;
      return false;
    }
    const localIndex = this.#freeIndex();
    const accepted = acceptHello(this.#self(), packet, localIndex, this.tickets);
    if (accepted === undefined || !this.#makeRoom()) return false;
    const isFull = this.#unconfirmed.size >= UNCONFIRMED_SESSIONS_MAX;
    if (isFull) this.#unconfirmed.values().next().value?.die();
    const { result, welcome } = accepted;
    const session = new Session(this, result, { localIndex, initiator: false, nowMs });
    this.#byIndex.set(localIndex, session);
    this.#unconfirmed.add(session);
    this.timers.update(session);
    this.counters.handshakesAccepted++;
    this.#hellos.add(hello, { to: result.peer.id, welcome }, nowMs);
    this.transmit(result.peer.id, welcome, wayBack(back));
    if (accepted.early !== undefined) session.receiveEarly(accepted.early);
    return true;
  }

  #onWelcome(receiverIndex: number, noise: Uint8Array, back: Path | undefined): boolean {
    const nowMs = this.nowMs();
    const initiation = this.#byIndex.get(receiverIndex);
    if (!(initiation instanceof Initiation)) return false;
    const result = initiation.finish(noise);
    if (result === undefined) return false;
    this.onGivenUp(initiation);
    const peer = this.peers.get(result.peer.id);
    peer?.onEstablished();
    if (!this.#makeRoom()) {
      if (peer !== undefined) this.onPeerChanged(peer);
      return false;
    }
    // The way that surely works; out of the vicinity also the one that costs relays the least.
    const prefersBack = initiation.attempts > 1 || this.ordinaryWay(result.peer.id) === undefined;
    const start = { back, prefersBack, guessMs: initiation.ageMs(nowMs) };
    const options = { localIndex: receiverIndex, initiator: true, nowMs, start };
    const session = new Session(this, result, options);
    initiation.ways?.report(back, nowMs);
    this.#byIndex.set(receiverIndex, session);
    if (initiation.attempts === 1) {
      session.recovery.roundTrip.sample(nowMs - initiation.startedMs, 0, nowMs);
    }
    this.tickets.settle(initiation, session);
    if (session.dead) return true;
    this.onAnswers(session, false);
    this.onWork(session);
    return true;
  }

  initiate(peer: PeerState, nowMs: number): Initiation | undefined {
    const record = this.#options.routing.record(peer.id) ?? peer.located;
    if (record === undefined) this.#locator.locate(peer);
    if (record === undefined || this.#initiations >= HANDSHAKES_MAX) return undefined;
    const { paths, isThrifty } = this;
    const isPlain = paths === undefined || isThrifty || peer.failures > 0;
    const pace = isPlain ? PLAIN_PACE : paceOfWays(peer.roundTripMs);
    const initiation = new Initiation(this.#self(), record, this.#freeIndex(), nowMs, pace);
    initiation.ways = new HelloWays(peer.id, paths, this.ordinaryWay(peer.id)?.nextHop);
    this.tickets.board(initiation, peer.firstEarly, this.buffer);
    this.#initiations++;
    this.#byIndex.set(initiation.localIndex, initiation);
    this.counters.handshakesBegun++;
    return initiation;
  }

  sendHello(initiation: Initiation, hello: Uint8Array): void {
    const nowMs = this.nowMs();
    let left = this.isThrifty ? 1 : (initiation.ways?.width(initiation.attempts) ?? 1);
    for (let tried = 0; tried < HELLO_TRIES && left > 0; tried++) {
      const way = initiation.ways?.next(nowMs) ?? ORDINARY;
      if (this.transmit(initiation.peer.id, hello, way) || way.kind === "ordinary") left--;
    }
  }

  onGivenUp(initiation: Initiation): void {
    if (this.#byIndex.delete(initiation.localIndex)) this.#initiations--;
    initiation.early?.onGone();
  }

  onPeerChanged(peer: PeerState): void {
    if (peer.empty) this.peers.delete(peer.id);
    else this.timers.update(peer);
  }

  #onConfirmed(session: Session): void {
    this.#unconfirmed.delete(session);
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

  onAnswers(session: Session, isKnown: boolean): void {
    if (!isKnown) this.#onConfirmed(session);
    const { id } = session.peer;
    if (!session.dead && this.#lost.answers(id)) this.#options.onAnswers?.(id);
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
    this.#byIndex.delete(session.localIndex);
    this.#unconfirmed.delete(session);
    this.dirty.delete(session);
    const peer = this.peers.get(session.peer.id);
    if (peer === undefined) return;
    peer.removeSession(session);
    this.onPeerChanged(peer);
  }

  /** Makes sure that one more session may exist; the idlest that serves nobody here gives way. */
  #makeRoom(): boolean {
    const { sessionsMax = SESSIONS_MAX } = this.#options;
    if (this.#byIndex.size - this.#initiations < sessionsMax) return true;
    let idlest: Session | undefined;
    for (const session of this.sessions()) {
      if (session.streams.inUse) continue;
      if (idlest === undefined || session.idleFromMs < idlest.idleFromMs) idlest = session;
    }
    idlest?.close();
    return idlest !== undefined;
  }

  #freeIndex(): number {
    let index = this.#options.random.u32();
    while (index === 0 || this.#byIndex.has(index)) index = this.#options.random.u32();
    return index;
  }

  #self(): HandshakeSelf {
    const { suite, identity, random, routing } = this.#options;
    let record = routing.record(identity.id)?.bytes ?? this.#ownRecord;
    record ??= encodePeerRecord(identity, { name: "", seqno: 0 });
    this.#ownRecord = record;
    const known = (id: PeerId) => routing.record(id) ?? this.peers.get(id)?.known;
    return { suite, identity, random, bootId: this.#bootId, record, known };
  }
}
