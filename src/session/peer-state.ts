import type { PeerId, PeerRecord } from "../identity/index.ts";
import { DatagramQueue } from "./datagram-queue.ts";
import type { Initiation } from "./handshake.ts";
import { HANDSHAKE_PAUSE_MAX_MS, HANDSHAKE_PAUSE_MIN_MS, WAITING_STREAMS_MAX } from "./limits.ts";
import type { Session } from "./session.ts";
import type { SessionStream } from "./stream.ts";
import type { Sleeper } from "./timers.ts";

/** What the state of a peer needs of the manager. */
export interface PeerStateHost {
  /** Begins a handshake; undefined where the peer is not reachable or no more may run. */
  initiate(peer: PeerState, nowMs: number): Initiation | undefined;
  /** Sends the first message of a handshake. */
  sendHello(initiation: Initiation, hello: Uint8Array): void;
  /** A handshake was given up. */
  onGivenUp(initiation: Initiation): void;
  /** Something about the peer changed. */
  onPeerChanged(peer: PeerState): void;
}

/** Everything kept about one other peer: its sessions, and what waits for one. */
export class PeerState implements Sleeper {
  readonly id: PeerId;
  readonly datagrams: DatagramQueue = new DatagramQueue();
  notedMs: number = Number.POSITIVE_INFINITY;
  /** What a look-up found, for a peer out of the vicinity. */
  located: PeerRecord | undefined;
  /** When it may be looked up again. */
  locateMs: number = Number.NEGATIVE_INFINITY;
  readonly #host: PeerStateHost;
  #sessions: readonly Session[] = [];
  #waiting: SessionStream[] = [];
  #initiation: Initiation | undefined;
  #failures = 0;
  #retryMs = 0;

  constructor(id: PeerId, host: PeerStateHost) {
    this.id = id;
    this.#host = host;
  }

  /** The session for new streams: the newest that works. */
  get current(): Session | undefined {
    return this.#sessions.findLast((session) => session.usable);
  }

  /** Confirmed sessions, oldest first. */
  get sessions(): readonly Session[] {
    return this.#sessions;
  }

  /** Its record, as a session or a look-up has verified it. */
  get known(): PeerRecord | undefined {
    return this.#sessions.at(-1)?.peer ?? this.located;
  }

  /** Takes a session in as the newest. An array of its own size: most peers have one for good. */
  addSession(session: Session): void {
    this.#sessions = this.#sessions.concat(session);
  }

  /** Takes a session out, where it is in. */
  removeSession(session: Session): void {
    this.#sessions = this.#sessions.filter((other) => other !== session);
  }

  /** Streams waiting for a session. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Whether nothing at all is kept. */
  get empty(): boolean {
    return (
      this.#sessions.length === 0 &&
      this.#initiation === undefined &&
      this.#waiting.length === 0 &&
      this.datagrams.length === 0
    );
  }

  /** Lets a stream wait for a session; false where too many do. */
  wait(stream: SessionStream): boolean {
    if (this.#waiting.length >= WAITING_STREAMS_MAX) return false;
    this.#waiting.push(stream);
    return true;
  }

  /** A stream that waits and whose first bytes may go along with a first message. */
  get firstEarly(): SessionStream | undefined {
    return this.#waiting.find(({ isEarly, closed }) => isEarly && closed === undefined);
  }

  /** Whether its earlier self's session is confirmed after a restart, by a packet that came late. */
  isFromEarlierBoot(session: Session): boolean {
    return this.sessions.some(
      (other) => other.bootId !== session.bootId && other.createdMs > session.createdMs,
    );
  }

  /** Takes out the streams that wait. */
  takeWaiting(): SessionStream[] {
    // What goes along with a handshake under way goes in another session as well, to be sure.
    this.#initiation?.early?.onGone();
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** Begins a handshake where one is wanted, none runs and the pause after the last is over. */
  pursue(nowMs: number): void {
    if (this.#initiation !== undefined || nowMs < this.#retryMs || !this.#wantsSession()) return;
    this.begin(nowMs);
  }

  /** Begins a handshake unless one runs. */
  begin(nowMs: number): void {
    if (this.#initiation !== undefined) return;
    this.#initiation = this.#host.initiate(this, nowMs);
    this.#retryMs = nowMs + this.#pauseMs();
    this.#advance(nowMs);
    this.#host.onPeerChanged(this);
  }

  /** A reset hint came in: a handshake begins unless one did a moment ago. */
  onHint(nowMs: number): void {
    if (nowMs >= this.#retryMs) this.begin(nowMs);
  }

  /** The way to the peer may be open again: what waits need not wait longer. */
  onReachable(nowMs: number): void {
    this.#failures = 0;
    this.#retryMs = Math.min(this.#retryMs, nowMs);
    this.pursue(nowMs);
  }

  /** Round trip of the newest session, in milliseconds; undefined where none was measured. */
  get roundTripMs(): number | undefined {
    const roundTrip = this.#sessions.at(-1)?.recovery.roundTrip;
    return roundTrip?.measured === true ? roundTrip.smoothedMs : undefined;
  }

  /** Handshakes in a row that were not answered. */
  get failures(): number {
    return this.#failures;
  }

  /** A look-up has found the peer: at the next turn a handshake may begin. */
  onLocated(record: PeerRecord, nowMs: number): void {
    this.located = record;
    this.#retryMs = Math.min(this.#retryMs, nowMs);
  }

  /** The handshake under way was answered. */
  onEstablished(): void {
    this.#initiation = undefined;
    this.#failures = 0;
  }

  deadlineMs(): number {
    const giveUpMs = Math.min(
      this.#waiting[0]?.giveUpMs ?? Number.POSITIVE_INFINITY,
      this.datagrams.first?.giveUpMs ?? Number.POSITIVE_INFINITY,
    );
    if (this.#initiation !== undefined) return Math.min(giveUpMs, this.#initiation.nextMs);
    return this.#wantsSession() ? Math.min(giveUpMs, this.#retryMs) : giveUpMs;
  }

  wake(nowMs: number): void {
    this.#expire(nowMs);
    this.#advance(nowMs);
    this.pursue(nowMs);
    this.#host.onPeerChanged(this);
  }

  /** Everything that waits is given up, for good. */
  abandon(): void {
    for (const stream of this.takeWaiting()) stream.finish("session-lost");
    this.datagrams.takeAll();
    if (this.#initiation !== undefined) this.#host.onGivenUp(this.#initiation);
    this.#initiation = undefined;
  }

  /** Sends the next first message where it is due, or gives the handshake up. */
  #advance(nowMs: number): void {
    const initiation = this.#initiation;
    if (initiation === undefined || initiation.nextMs > nowMs) return;
    const hello = initiation.nextHello(nowMs);
    if (hello !== undefined) this.#host.sendHello(initiation, hello);
    else this.#giveUp(initiation, nowMs);
  }

  #giveUp(initiation: Initiation, nowMs: number): void {
    this.#initiation = undefined;
    this.#failures++;
    this.#retryMs = nowMs + this.#pauseMs();
    this.#host.onGivenUp(initiation);
  }

  #expire(nowMs: number): void {
    while ((this.#waiting[0]?.giveUpMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.#waiting.shift()?.finish("session-lost");
    }
    while ((this.datagrams.first?.giveUpMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.datagrams.shift();
    }
  }

  #wantsSession(): boolean {
    if (this.#waiting.length > 0 || this.datagrams.length > 0) return true;
    const newest = this.#sessions.at(-1);
    if (newest === undefined || newest.usable) return false;
    return newest.streams.size > 0 || newest.worn;
  }

  #pauseMs(): number {
    return Math.min(HANDSHAKE_PAUSE_MIN_MS * 2 ** this.#failures, HANDSHAKE_PAUSE_MAX_MS);
  }
}
