import { TypedError } from "../base/errors.ts";
import type { PeerRecord } from "../identity/index.ts";
import type { Path } from "../routing/index.ts";
import { AckTracker } from "./ack-tracker.ts";
import { Congestion } from "./congestion.ts";
import { type AckFrame, type FrameHandler, readFrames, type StreamFrame } from "./frames.ts";
import type { HandshakeResult } from "./handshake.ts";
import { Liveness } from "./liveness.ts";
import type { DataPacket } from "./packet.ts";
import { PacketCipher } from "./packet-cipher.ts";
import { PacketSender, type PacketSenderEvents } from "./packet-sender.ts";
import type { SessionPath } from "./paths/session-path.ts";
import { Steering } from "./paths/steering.ts";
import { type SteeredSession, SteeringScope } from "./paths/steering-scope.ts";
import { Recovery, type RecoveryEvents } from "./recovery.ts";
import type { SentPacket } from "./sent-packets.ts";
import type { SessionHost, SessionStart } from "./session-host.ts";
import type { SessionStream } from "./stream.ts";
import { StreamTable, type StreamTableHost } from "./stream-table.ts";
import type { Sleeper } from "./timers.ts";
import { Transmitter } from "./transmitter.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** One pair of keys shared with one peer, and everything that runs under them. */
export class Session
  implements
    Sleeper,
    FrameHandler,
    StreamTableHost,
    RecoveryEvents,
    SteeredSession,
    PacketSenderEvents
{
  readonly peer: PeerRecord;
  readonly bootId: string;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly createdMs: number;
  readonly streams: StreamTable;
  readonly recovery: Recovery;
  readonly steering: Steering;
  readonly isInitiator: boolean;
  notedMs: number = NEVER;
  readonly #host: SessionHost;
  readonly #cipher: PacketCipher;
  readonly #liveness: Liveness;
  readonly #acks: AckTracker = new AckTracker();
  readonly #transmitter: Transmitter;
  #dead = false;
  #nowMs: number;

  constructor(host: SessionHost, result: HandshakeResult, options: SessionStart) {
    const { nowMs, initiator, firstNumber = 0 } = options;
    this.#host = host;
    this.peer = result.peer;
    this.bootId = result.bootId;
    this.remoteIndex = result.remoteIndex;
    this.localIndex = options.localIndex;
    this.createdMs = nowMs;
    this.#nowMs = nowMs;
    this.#cipher = new PacketCipher(result, result.remoteIndex, firstNumber, host.keyLimits);
    this.recovery = new Recovery(new Congestion(host.packetBytesMax()), this);
    this.isInitiator = initiator;
    const { control } = this.recovery;
    this.steering = new Steering(new SteeringScope(this, host), control, options.start);
    this.recovery.use(this.steering.path.control);
    this.#liveness = new Liveness(this.recovery, initiator, nowMs);
    this.streams = new StreamTable(initiator, this, host.held.share());
    const { recovery, steering, streams } = this;
    const [cipher, acks, liveness] = [this.#cipher, this.#acks, this.#liveness];
    const sender = new PacketSender(host, this.peer.id, { cipher, steering }, this);
    const parts = { sender, cipher, recovery, steering, liveness, acks, streams };
    this.#transmitter = new Transmitter(host, parts, initiator, nowMs);
  }

  /** Whether the session is over. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Whether probes have gone unanswered for long. */
  get suspect(): boolean {
    return this.#liveness.suspect;
  }

  /** Whether the key is nearly used up. */
  get worn(): boolean {
    return this.#cipher.worn;
  }

  /** Whether new streams may go here. */
  get usable(): boolean {
    if (!this.#liveness.confirmed || this.#dead || this.suspect || this.worn) return false;
    return this.streams.size > 0 || !this.#liveness.isStale(this.#host.nowMs());
  }

  /** When the session was last heard of or first used again, monotonic milliseconds. */
  get idleFromMs(): number {
    return this.#liveness.idleFromMs;
  }

  deadlineMs(): number {
    if (this.#dead) return NEVER;
    return Math.min(
      this.#liveness.deadlineMs(this.streams.size > 0),
      this.recovery.deadlineMs(),
      this.steering.deadlineMs(),
      this.#transmitter.deadlineMs(),
    );
  }

  wake(nowMs: number): void {
    this.#nowMs = nowMs;
    const due = this.#liveness.due(this.streams.size > 0, nowMs);
    if (due === "over") {
      this.die();
      return;
    }
    if (due === "doubt") this.#host.onDoubt(this);
    if (due === "ping") this.#transmitter.ping();
    if (this.recovery.deadlineMs() <= nowMs) this.recovery.onTimer(nowMs);
    if (this.steering.deadlineMs() <= nowMs) this.steering.wake(nowMs);
    this.flush(nowMs);
  }

  /**
   * Takes a packet; false where it is forged, repeated or too late.
   * @param back the way back that routing recorded; lent
   */
  receive(packet: DataPacket, nowMs: number, back?: Path): boolean {
    const { roundTrip } = this.recovery;
    const room = this.#host.buffer.opened(packet.ciphertext.length);
    const plaintext = this.#dead ? undefined : this.#cipher.open(packet, nowMs, roundTrip, room);
    if (plaintext === undefined) return false;
    this.#nowMs = nowMs;
    const { confirmed, suspect } = this.#liveness;
    this.#liveness.onHeard(nowMs);
    if (!confirmed) this.#host.onConfirmed(this);
    else if (suspect) this.#host.onHeardAgain(this);
    this.#read(plaintext, packet.number, back);
    return true;
  }

  /** Takes frames that came along with the first message, which is no replay: it may be answered. */
  receiveEarly(frames: Uint8Array): void {
    this.#transmitter.allowAnswer();
    this.#read(frames, undefined, undefined);
  }

  #read(frames: Uint8Array, number: number | undefined, back: Path | undefined): void {
    try {
      const eliciting = readFrames(frames, this);
      const tookAll = this.streams.tookAll();
      if (number !== undefined) {
        if (tookAll) this.#acks.onPacket(number, eliciting, this.#nowMs);
        this.steering.onPacket(number, back, eliciting, this.#nowMs);
      }
    } catch (error) {
      // The other side holds the keys and breaks the rules: no more of it.
      if (!(error instanceof TypedError)) throw error;
      this.#host.log.warn("session-broken-rules", { peer: this.peer.id, what: error.message });
      this.close();
    }
    this.onWork();
  }

  onAck(ack: AckFrame): void {
    if (this.#dead) return;
    this.steering.patience.onAckFrame((ack.ranges[1] ?? 0) - 1);
    this.recovery.onAck(ack, this.#cipher.nextNumber, this.#nowMs);
    this.#cipher.onAck(ack, this.#nowMs, this.recovery.roundTrip);
    this.#transmitter.setPace(this.#nowMs);
  }

  onAcked(packet: SentPacket): void {
    if (packet.frames.length > 0) this.#host.onStreams();
    if (packet.ackedThrough >= 0) this.#acks.onAckArrived(packet.ackedThrough);
    for (const frame of packet.frames) this.streams.onFate(frame, true);
    this.steering.onAcked(packet);
  }

  onLost(packet: SentPacket): void {
    for (const frame of packet.frames) {
      if (frame.kind === "internal") this.steering.onInternalLost(frame.frame);
      else this.streams.onFate(frame, false);
    }
    this.steering.onLost(packet);
  }

  onStream(frame: StreamFrame): void {
    this.#host.onStreams();
    if (!this.#dead) this.streams.onStream(frame);
  }

  onReset(streamId: number, code: number, finalSize: number): void {
    this.#host.onStreams();
    if (!this.#dead) this.streams.onReset(streamId, code, finalSize);
  }

  onSessionWindow(limit: number): void {
    this.#host.onStreams();
    this.streams.onSessionWindow(limit);
  }

  onStreamWindow(streamId: number, limit: number): void {
    this.#host.onStreams();
    if (!this.#dead) this.streams.onStreamWindow(streamId, limit);
  }

  onStreamCount(limit: number): void {
    this.streams.onStreamCount(limit);
  }

  onDatagram(serviceId: number, bytes: Uint8Array): void {
    if (!this.#dead) this.#host.onDatagram(this, serviceId, bytes);
  }

  onClose(): void {
    this.#host.onStreams();
    this.die();
  }

  onExtension(type: number, body: Uint8Array): void {
    if (this.#dead || this.#host.tickets.onFrame(this, type, body)) return;
    this.steering.onExtension(type, body);
  }

  onWork(): void {
    if (!this.#dead) this.#host.onWork(this);
  }

  makeStream(): SessionStream {
    return this.#host.makeStream(this);
  }

  offer(stream: SessionStream): void {
    this.#host.offer(this, stream);
  }

  /** Queues a datagram; false where the queue is full or the path takes none so large. */
  sendDatagram(serviceId: number, bytes: Uint8Array, flowId: number, nowMs: number): boolean {
    if (!this.#transmitter.queueDatagram(serviceId, bytes, flowId, nowMs)) return false;
    this.#host.onWork(this);
    return true;
  }

  /** Whether a flow whose datagram was refused may offer others. */
  hasDatagramRoom(flowId: number): boolean {
    return this.#transmitter.hasDatagramRoom(flowId);
  }

  onWorn(): void {
    this.#host.onDoubt(this);
  }

  ping(): void {
    this.#transmitter.ping();
    this.onWork();
  }

  onSwitched(path: SessionPath, hasFailed: boolean): void {
    this.recovery.use(path.control);
    if (hasFailed) {
      this.recovery.abandonAll();
      this.recovery.probeElsewhere(this.#host.nowMs());
    }
    this.#transmitter.setPace(this.#nowMs);
    this.onWork();
  }

  /** The way to the peer may have changed: streams should not have to wait to find out. */
  probeIfQuiet(nowMs: number): void {
    this.steering.onNews();
    const inDoubt = this.recovery.unanswered || this.#liveness.isQuiet(nowMs);
    if (inDoubt && this.streams.size > 0) this.#probe(nowMs);
  }

  /**
   * Packets take another way now: what is on the old one is probably lost, acknowledgements of
   * ours among it. The answer to a probe tells both sides at once.
   */
  onWayChanged(nowMs: number): void {
    this.steering.onNews();
    if (this.steering.path.explicit !== undefined) return;
    this.recovery.onWayChanged();
    if (this.recovery.inFlightBytes > 0 || this.streams.size > 0) this.#probe(nowMs);
  }

  /** A newer session with the same peer works: this one must answer soon or is lost. */
  judge(nowMs: number): void {
    if (this.#liveness.judge(nowMs)) this.#probe(nowMs);
  }

  #probe(nowMs: number): void {
    this.recovery.probeNow(nowMs);
    this.onWork();
  }

  /** Says good-bye as far as possible and ends. */
  close(): void {
    if (this.#dead) return;
    if (this.#liveness.confirmed) this.#transmitter.sendClose(this.#nowMs);
    this.die();
  }

  /** Ends without a word; streams close with "session-lost". */
  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#transmitter.end();
    this.streams.closeAll();
    this.#host.onDead(this);
  }

  /** Sends what may be sent now. */
  flush(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#transmitter.flush(nowMs);
  }
}
