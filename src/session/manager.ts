import type { PeerId } from "../identity/index.ts";
import type { Timed } from "../ports/index.ts";
import type { Path } from "../routing/index.ts";
import { WireError } from "../wire/index.ts";
import type { HubCounters } from "./counters.ts";
import { datagramBytesMax } from "./datagram-queue.ts";
import { Hub } from "./hub.ts";
import { INBOX_PACKETS_MAX, WAITING_MS, WAITING_STREAMS_TOTAL_MAX } from "./limits.ts";
import { parsePacket } from "./packet.ts";
import { inspectPaths } from "./paths/inspect.ts";
import { copyPath } from "./paths/ways.ts";
import type { PeerState } from "./peer-state.ts";
import { checkService, Services } from "./services.ts";
import type { SessionStream } from "./stream.ts";
import type {
  DatagramHandler,
  EarlyBytes,
  PathInfo,
  SessionOptions,
  SessionPort,
  Stream,
  StreamAcceptor,
  StreamEvents,
} from "./types.ts";

/** Rounds in which one turn settles what its callbacks stirred up; the rest waits for a tick. */
const SETTLE_ROUNDS_MAX = 16;

/** What the session room is doing, for people and tests. */
export interface SessionStats extends Readonly<HubCounters> {
  readonly sessions: number;
  readonly unconfirmedSessions: number;
  /** Streams in all sessions that are not wholly over. */
  readonly streams: number;
  /** Streams waiting for a session. */
  readonly waitingStreams: number;
  /** Packets declared lost in sessions that live. */
  readonly packetsLost: number;
  /** Changes of path in sessions that live. */
  readonly pathSwitches: number;
}

/**
 * End-to-end encrypted sessions with whoever routing reaches.
 *
 * Turns: `packet` and `tick` are the only calls in which callbacks run, and `onClose` comes last
 * in them. Every other call only queues; `nextDeadlineMs` then answers "now". Calls from inside
 * callbacks are welcome, including `openStream`, `reset` and `close`.
 */
export class SessionManager implements SessionPort, Timed {
  readonly #services: Services;
  readonly #hub: Hub;
  #inbox: { readonly payload: Uint8Array; readonly back: Path | undefined }[] = [];
  #busy = false;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#services = new Services(options.suite);
    this.#hub = new Hub(options, this.#services);
  }

  /**
   * A packet that routing delivered; lent for the time of the call.
   * @param back the way back, where the packet recorded it; lent
   */
  packet(payload: Uint8Array, back?: Path): void {
    if (this.#closed) return;
    if (this.#busy) {
      if (this.#inbox.length < INBOX_PACKETS_MAX) {
        this.#inbox.push({ payload: payload.slice(), back: back && copyPath(back) });
      }
      return;
    }
    // Answers leave with the next tick: one acknowledgement serves all packets of a turn.
    this.#busy = true;
    try {
      this.#handle(payload, back);
    } finally {
      this.#busy = false;
    }
  }

  /** Routing found a way to the peer, or its record changed. A hint: nothing depends on it. */
  peerReachable(id: PeerId): void {
    const peer = this.#hub.peers.get(id);
    if (peer === undefined) return;
    this.#queueing(() => {
      const nowMs = this.#hub.nowMs();
      peer.onReachable(nowMs);
      for (const session of peer.sessions) session.probeIfQuiet(nowMs);
    });
  }

  /** Packets take another way from now on. A hint: it saves waiting for a timeout to notice losses. */
  wayChanged(id: PeerId): void {
    const peer = this.#hub.peers.get(id);
    if (peer === undefined) return;
    this.#queueing(() => {
      const nowMs = this.#hub.nowMs();
      for (const session of peer.sessions) session.onWayChanged(nowMs);
    });
  }

  /** Routing lost the way. A hint: sessions live on and recover when there is one again. */
  peerUnreachable(id: PeerId): void {
    if (this.#hub.peers.has(id)) this.#hub.log.debug("session-peer-unreachable", { peer: id });
  }

  /** @throws SessionError("bad-service") for an empty or long service name */
  openStream(
    to: PeerId,
    service: string,
    events: StreamEvents,
    early?: EarlyBytes,
  ): Stream | undefined {
    checkService(service);
    const peer = this.#closed ? undefined : this.#hub.peer(to);
    if (peer === undefined) return undefined;
    return this.#queueing(() => {
      const stream = this.#hub.newStream(to, service, events);
      stream.isEarly = early !== undefined;
      if (early !== undefined) stream.write(early.bytes);
      if (early?.ends === true) stream.end();
      if (this.#place(peer, stream)) return stream;
      this.#hub.onPeerChanged(peer);
      return undefined;
    });
  }

  #place(peer: PeerState, stream: SessionStream): boolean {
    const session = peer.current;
    if (session !== undefined) {
      if (!session.streams.hasRoom) return false;
      this.#hub.tickets.enter(session, stream);
      return true;
    }
    if (this.#waitingStreams() >= WAITING_STREAMS_TOTAL_MAX || !peer.wait(stream)) return false;
    peer.pursue(this.#hub.nowMs());
    this.#hub.timers.update(peer);
    return true;
  }

  /** @throws SessionError("bad-service") for an empty or long service name */
  sendDatagram(to: PeerId, service: string, bytes: Uint8Array, flowId = 0): boolean {
    const serviceId = this.#services.idOf(service);
    if (this.#closed || bytes.length > this.datagramBytesCeiling()) return false;
    const peer = this.#hub.peer(to);
    if (peer === undefined) return false;
    return this.#queueing(() => {
      const nowMs = this.#hub.nowMs();
      const session = peer.current;
      if (session !== undefined) return session.sendDatagram(serviceId, bytes, flowId, nowMs);
      const queued = peer.datagrams.push(serviceId, bytes, nowMs + WAITING_MS);
      peer.pursue(nowMs);
      this.#hub.onPeerChanged(peer);
      return queued;
    });
  }

  hasDatagramRoom(to: PeerId, flowId = 0): boolean {
    const peer = this.#hub.peers.get(to);
    return peer?.current?.hasDatagramRoom(flowId) ?? true;
  }

  /** Largest datagram that `sendDatagram` takes now, in bytes. */
  datagramBytesMax(): number {
    return datagramBytesMax(this.#hub.packetBytesMax());
  }

  /** Largest datagram that is sent at all, in bytes: links cut it into pieces. */
  datagramBytesCeiling(): number {
    return datagramBytesMax(this.#hub.packetBytesCeiling());
  }

  serve(service: string, acceptor: StreamAcceptor): void {
    this.#services.serve(service, acceptor);
  }

  serveDatagrams(service: string, handler: DatagramHandler): void {
    this.#services.serveDatagrams(service, handler);
  }

  roundTripMs(peer: PeerId): number | undefined {
    const roundTrip = this.#hub.peers.get(peer)?.current?.recovery.roundTrip;
    return roundTrip?.measured === true ? roundTrip.smoothedMs : undefined;
  }

  /** The ways that the session in use with a peer knows; empty where there is none. */
  paths(peer: PeerId): readonly PathInfo[] {
    const state = this.#hub.peers.get(peer);
    const busy = state?.sessions.findLast(({ usable, streams }) => usable && streams.size > 0);
    const steering = (busy ?? state?.current)?.steering;
    return steering === undefined ? [] : inspectPaths(steering.set, steering.host);
  }

  /** Ends all sessions with one peer, or with all for good; streams close with "session-lost". */
  close(peer?: PeerId): void {
    if (peer === undefined) this.#closed = true;
    this.#queueing(() => {
      for (const state of [...this.#hub.peers.values()]) {
        if (peer !== undefined && state.id !== peer) continue;
        for (const session of state.sessions) session.close();
        state.abandon();
        this.#hub.onPeerChanged(state);
      }
      if (this.#closed) for (const session of [...this.#hub.table.sessions()]) session.die();
    });
  }

  nextDeadlineMs(): number {
    const { dirty, closing, timers } = this.#hub;
    const due = dirty.size > 0 || closing.length > 0 || this.#inbox.length > 0;
    return due ? this.#hub.nowMs() : timers.nextMs();
  }

  tick(): void {
    if (!this.#busy) this.#turn(() => this.#hub.timers.wakeDue(this.#hub.nowMs()));
  }

  /** Whether something of a stream has come, or has arrived, since this was last asked. */
  takeStreamNews(): boolean {
    const hub = this.#hub;
    const { hasStreamNews } = hub;
    hub.hasStreamNews = false;
    return hasStreamNews;
  }

  stats(): SessionStats {
    let streams = 0;
    let packetsLost = 0;
    let sessions = 0;
    let pathSwitches = 0;
    for (const session of this.#hub.table.sessions()) {
      sessions++;
      streams += session.streams.size;
      packetsLost += session.recovery.lostCount;
      pathSwitches += session.steering.switches;
    }
    return {
      ...this.#hub.counters,
      sessions,
      unconfirmedSessions: this.#hub.table.unconfirmedCount,
      streams,
      waitingStreams: this.#waitingStreams(),
      packetsLost,
      pathSwitches,
    };
  }

  #waitingStreams(): number {
    let count = 0;
    for (const peer of this.#hub.peers.values()) count += peer.waitingCount;
    return count;
  }

  #handle(payload: Uint8Array, back: Path | undefined): void {
    const { counters } = this.#hub;
    counters.packetsReceived++;
    try {
      if (!this.#hub.handle(parsePacket(payload), back, this.#hub.nowMs()))
        counters.packetsIgnored++;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      counters.packetsIgnored++;
    }
  }

  /** Runs something that may call back, then whatever it stirred up. */
  #turn(run: () => void): void {
    this.#busy = true;
    try {
      run();
      this.#settle();
    } finally {
      this.#busy = false;
    }
  }

  /** Runs a call from outside during which nothing may call back. */
  #queueing<T>(run: () => T): T {
    if (this.#busy) return run();
    this.#busy = true;
    try {
      return run();
    } finally {
      this.#busy = false;
    }
  }

  #settle(): void {
    const hub = this.#hub;
    const nowMs = hub.nowMs();
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
      const inbox = this.#inbox;
      this.#inbox = [];
      for (const { payload, back } of inbox) if (!this.#closed) this.#handle(payload, back);
      const dirty = [...hub.dirty];
      hub.dirty.clear();
      for (const session of dirty) {
        session.flush(nowMs);
        hub.timers.update(session);
      }
      if (hub.closing.length === 0 && this.#inbox.length === 0 && hub.dirty.size === 0) return;
      const closing = hub.closing;
      hub.closing = [];
      for (const stream of closing) stream.tellClosed();
    }
  }
}
