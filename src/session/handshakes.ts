import { TokenBucket } from "../base/token-bucket.ts";
import { encodePeerRecord, type PeerId } from "../identity/index.ts";
import type { Path } from "../routing/index.ts";
import type { HubCounters } from "./counters.ts";
import { acceptHello, BOOT_ID_BYTES, type HandshakeSelf, Initiation } from "./handshake.ts";
import { HelloMemory } from "./hello-memory.ts";
import { ACCEPTS_BURST, ACCEPTS_PER_SECOND, HANDSHAKES_MAX, HELLO_TRIES } from "./limits.ts";
import type { HelloPacket, WelcomePacket } from "./packet.ts";
import { HelloWays, PLAIN_PACE, paceOfWays } from "./paths/hello-ways.ts";
import { Locator } from "./paths/locator.ts";
import { ORDINARY, wayBack } from "./paths/ways.ts";
import type { PeerState, PeerStateHost } from "./peer-state.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session-host.ts";
import type { SessionTable } from "./session-table.ts";
import type { Timers } from "./timers.ts";
import type { SessionOptions } from "./types.ts";

/** What handshakes need of the hub, besides what their sessions need. */
export interface HandshakesHost extends SessionHost {
  readonly table: SessionTable;
  readonly peers: ReadonlyMap<PeerId, PeerState>;
  readonly timers: Timers;
  readonly counters: HubCounters;
  /** Something about the peer changed. */
  onPeerChanged(peer: PeerState): void;
}

/** Begins and answers handshakes; each that succeeds leaves a session in the table. */
export class Handshakes implements PeerStateHost {
  readonly #host: HandshakesHost;
  readonly #options: SessionOptions;
  readonly #bootId: Uint8Array;
  readonly #hellos: HelloMemory = new HelloMemory();
  readonly #accepts: TokenBucket;
  readonly #locator: Locator;
  #ownRecord: Uint8Array | undefined;

  constructor(host: HandshakesHost, options: SessionOptions) {
    const rate = { perSecond: ACCEPTS_PER_SECOND, burst: ACCEPTS_BURST };
    this.#host = host;
    this.#options = options;
    this.#bootId = options.random.bytes(BOOT_ID_BYTES);
    this.#accepts = new TokenBucket(rate, options.clock.monotonicMs());
    this.#locator = new Locator(options.paths, options.clock, ({ id }) => {
      const peer = host.peers.get(id);
      if (peer !== undefined) host.timers.update(peer);
    });
  }

  /**
   * Somebody's first message came in: answers it.
   * @param back the way back that routing recorded; lent
   * @returns whether it was of any use
   */
  onHello(packet: HelloPacket, back: Path | undefined, nowMs: number): boolean {
    const { table, timers, counters, tickets } = this.#host;
    const hello = packet.noise;
    const given = this.#hellos.answerTo(hello, nowMs);
    if (given !== undefined) {
      this.#host.transmit(given.to, given.welcome, wayBack(back));
      return true;
    }
    if (!this.#accepts.take(nowMs)) {
      counters.handshakesThrottled++;
      return false;
    }
    const localIndex = this.#freeIndex();
    const accepted = acceptHello(this.#self(), packet, localIndex, tickets);
    if (accepted === undefined || !table.makeRoom()) return false;
    const { result, welcome } = accepted;
    // Its packets may come before routing has heard of it: the way of its first message is known to work.
    const start = this.#host.hasOrdinaryWay(result.peer.id) ? {} : { back, prefersBack: true };
    const session = new Session(this.#host, result, { localIndex, initiator: false, nowMs, start });
    table.addUnconfirmed(session);
    timers.update(session);
    counters.handshakesAccepted++;
    this.#hellos.add(hello, { to: result.peer.id, welcome }, nowMs);
    this.#host.transmit(result.peer.id, welcome, wayBack(back));
    if (accepted.early !== undefined) session.receiveEarly(accepted.early);
    return true;
  }

  /**
   * The answer to a first message of ours came in.
   * @param back the way back that routing recorded; lent
   * @returns whether it was of any use
   */
  onWelcome(packet: WelcomePacket, back: Path | undefined, nowMs: number): boolean {
    const { table, peers, tickets } = this.#host;
    const initiation = table.get(packet.receiverIndex);
    if (!(initiation instanceof Initiation)) return false;
    const result = initiation.finish(packet.noise);
    if (result === undefined) return false;
    this.onGivenUp(initiation);
    const { id } = result.peer;
    const peer = peers.get(id);
    peer?.onEstablished();
    if (!table.makeRoom()) {
      if (peer !== undefined) this.onPeerChanged(peer);
      return false;
    }
    // The way that surely works; out of the vicinity also the one that costs relays the least.
    const prefersBack = initiation.attempts > 1 || this.#host.ordinaryWay(id) === undefined;
    const start = { back, prefersBack, guessMs: initiation.ageMs(nowMs) };
    const { localIndex } = initiation;
    const session = new Session(this.#host, result, { localIndex, initiator: true, nowMs, start });
    initiation.ways?.report(back, nowMs);
    table.add(session);
    if (initiation.attempts === 1) {
      session.recovery.roundTrip.sample(nowMs - initiation.startedMs, 0, nowMs);
    }
    tickets.settle(initiation, session);
    if (session.dead) return true;
    this.#host.onConfirmed(session);
    this.#host.onWork(session);
    return true;
  }

  initiate(peer: PeerState, nowMs: number): Initiation | undefined {
    const { table, paths, isThrifty, tickets, buffer, counters } = this.#host;
    const record = this.#options.routing.record(peer.id) ?? peer.located;
    if (record === undefined) this.#locator.locate(peer);
    if (record === undefined || table.initiations >= HANDSHAKES_MAX) return undefined;
    const isPlain = paths === undefined || isThrifty || peer.failures > 0;
    const pace = isPlain ? PLAIN_PACE : paceOfWays(peer.roundTripMs);
    const initiation = new Initiation(this.#self(), record, this.#freeIndex(), nowMs, pace);
    initiation.ways = new HelloWays(peer.id, paths, this.#host.ordinaryWay(peer.id)?.nextHop);
    tickets.board(initiation, peer.firstEarly, buffer);
    table.addInitiation(initiation);
    counters.handshakesBegun++;
    return initiation;
  }

  sendHello(initiation: Initiation, hello: Uint8Array): void {
    const nowMs = this.#host.nowMs();
    const { isThrifty } = this.#host;
    let left = isThrifty ? 1 : (initiation.ways?.width(initiation.attempts) ?? 1);
    for (let tried = 0; tried < HELLO_TRIES && left > 0; tried++) {
      const way = initiation.ways?.next(nowMs) ?? ORDINARY;
      if (this.#host.transmit(initiation.peer.id, hello, way) || way.kind === "ordinary") left--;
    }
  }

  onGivenUp(initiation: Initiation): void {
    this.#host.table.removeInitiation(initiation);
    initiation.early?.onGone();
  }

  onPeerChanged(peer: PeerState): void {
    this.#host.onPeerChanged(peer);
  }

  #freeIndex(): number {
    const { random } = this.#options;
    let index = random.u32();
    while (index === 0 || this.#host.table.get(index) !== undefined) index = random.u32();
    return index;
  }

  #self(): HandshakeSelf {
    const { suite, identity, random, routing } = this.#options;
    let record = routing.record(identity.id)?.bytes ?? this.#ownRecord;
    record ??= encodePeerRecord(identity, { name: "", seqno: 0 });
    this.#ownRecord = record;
    const known = (id: PeerId) => routing.record(id) ?? this.#host.peers.get(id)?.known;
    return { suite, identity, random, bootId: this.#bootId, record, known };
  }
}
