import { TypedError } from "../base/errors.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import type { PeerRecord } from "../identity/index.ts";
import type { Path } from "../routing/index.ts";
import { AckTracker } from "./ack-tracker.ts";
import { Congestion } from "./congestion.ts";
import { datagramBytesMax } from "./datagram-queue.ts";
import { FairQueue } from "./fair-queue.ts";
import {
  type AckFrame,
  FRAME_TYPE,
  type FrameHandler,
  readFrames,
  type StreamFrame,
} from "./frames.ts";
import type { HandshakeResult } from "./handshake.ts";
import { Liveness } from "./liveness.ts";
import { DATA_HEADER_BYTES, type DataPacket, PROBE_HEADER_BYTES } from "./packet.ts";
import { PacketCipher } from "./packet-cipher.ts";
import { PacketSender, type PacketSenderEvents } from "./packet-sender.ts";
import type { SessionPath } from "./paths/session-path.ts";
import { Steering } from "./paths/steering.ts";
import { type SteeredSession, SteeringScope } from "./paths/steering-scope.ts";
import { Recovery, type RecoveryEvents } from "./recovery.ts";
import { SendGate } from "./send-gate.ts";
import type { SentFrame, SentPacket } from "./sent-packets.ts";
import type { SessionHost, SessionStart } from "./session-host.ts";
import type { SessionStream } from "./stream.ts";
import { StreamTable, type StreamTableHost } from "./stream-table.ts";
import type { Sleeper } from "./timers.ts";

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
  readonly #sender: PacketSender;
  readonly #liveness: Liveness;
  readonly #acks: AckTracker = new AckTracker();
  readonly #gate: SendGate;
  readonly #datagrams: FairQueue = new FairQueue();
  #dead = false;
  #mayAnswer = false;
  #pingDue: boolean;
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
    this.#pingDue = initiator;
    this.#cipher = new PacketCipher(result, result.remoteIndex, firstNumber, host.keyLimits);
    const packetBytes = host.packetBytesMax();
    this.recovery = new Recovery(new Congestion(packetBytes), this);
    this.#gate = new SendGate(this.recovery, packetBytes, nowMs);
    this.isInitiator = initiator;
    const { control } = this.recovery;
    this.steering = new Steering(new SteeringScope(this, host), control, options.start);
    this.recovery.use(this.steering.path.control);
    const parts = { cipher: this.#cipher, steering: this.steering };
    this.#sender = new PacketSender(host, this.peer.id, parts, this);
    this.#liveness = new Liveness(this.recovery, initiator, nowMs);
    this.streams = new StreamTable(initiator, this, host.held.share());
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
      this.#acks.deadlineMs(),
      this.recovery.deadlineMs(),
      this.steering.deadlineMs(),
      this.#gate.resumeMs,
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
    if (due === "ping") this.#pingDue = true;
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
    const room = this.#host.buffer.opened;
    const plaintext = this.#dead ? undefined : this.#cipher.open(packet, nowMs, roundTrip, room);
    if (plaintext === undefined) return false;
    this.#nowMs = nowMs;
    const { confirmed, suspect } = this.#liveness;
    this.#liveness.onHeard(nowMs);
    if (!confirmed || suspect) this.#host.onAnswers(this, confirmed);
    this.#read(plaintext, packet.number, back);
    return true;
  }

  /** Takes frames that came along with the first message, which is no replay: it may be answered. */
  receiveEarly(frames: Uint8Array): void {
    this.#mayAnswer = true;
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
    this.#gate.setPace(this.#nowMs);
  }

  onAcked(packet: SentPacket): void {
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
    if (!this.#dead) this.streams.onStream(frame);
  }

  onReset(streamId: number, code: number, finalSize: number): void {
    if (!this.#dead) this.streams.onReset(streamId, code, finalSize);
  }

  onSessionWindow(limit: number): void {
    this.streams.onSessionWindow(limit);
  }

  onStreamWindow(streamId: number, limit: number): void {
    if (!this.#dead) this.streams.onStreamWindow(streamId, limit);
  }

  onStreamCount(limit: number): void {
    this.streams.onStreamCount(limit);
  }

  onDatagram(serviceId: number, bytes: Uint8Array): void {
    if (!this.#dead) this.#host.onDatagram(this, serviceId, bytes);
  }

  onClose(): void {
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
    if (bytes.length > datagramBytesMax(this.#host.packetBytesCeiling())) return false;
    if (!this.#datagrams.push(serviceId, bytes, flowId, nowMs)) return false;
    this.#host.onWork(this);
    return true;
  }

  /** Whether a flow whose datagram was refused may offer others. */
  hasDatagramRoom(flowId: number): boolean {
    return this.#datagrams.hasRoom(flowId);
  }

  onWorn(): void {
    this.#host.onDoubt(this);
  }

  ping(): void {
    this.#pingDue = true;
    this.onWork();
  }

  onSwitched(path: SessionPath, hasFailed: boolean): void {
    this.recovery.use(path.control);
    if (hasFailed) {
      this.recovery.abandonAll();
      this.recovery.probeNow(this.#host.nowMs());
    }
    this.#gate.setPace(this.#nowMs);
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
    if (this.#liveness.confirmed) {
      this.#host.buffer.reset(this.#gate.packetBytes - PROBE_HEADER_BYTES - TAG_BYTES);
      this.#host.buffer.u8(FRAME_TYPE.close);
      this.#sender.send(false, this.#nowMs);
    }
    this.die();
  }

  /** Ends without a word; streams close with "session-lost". */
  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#datagrams.clear();
    this.streams.closeAll();
    this.#host.onDead(this);
  }

  /** Sends what may be sent now. */
  flush(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#gate.resumeMs = NEVER;
    if (!this.#liveness.confirmed && !this.#mayAnswer) return;
    this.#sender.sendProbing();
    let sent = 0;
    const packetsMax = this.#gate.burstPackets(this.#host.packetBytesCeiling());
    while (!this.#dead && this.#sendOne(nowMs)) {
      if (++sent < packetsMax) continue;
      if (this.#hasWork()) this.#gate.resumeMs = nowMs;
      break;
    }
    this.streams.tellDrains();
  }

  #hasWork(): boolean {
    const isData = this.#pingDue || this.#datagrams.length > 0 || this.streams.hasWork();
    return isData || this.steering.outbox.size > 0;
  }

  /** Puts one packet together and sends it; false where nothing is due. */
  #sendOne(nowMs: number): boolean {
    const probe = this.recovery.probesDue > 0;
    const withData = probe || (this.#hasWork() && this.#gate.maySend(nowMs));
    if (!withData && this.#acks.deadlineMs() > nowMs) return false;
    this.#gate.setPacketBytes(this.steering.packetBytes, this.steering.path);
    const host = this.#host;
    const { buffer } = host;
    const headerBytes = probe ? PROBE_HEADER_BYTES : DATA_HEADER_BYTES;
    const ceilingBytes = host.packetBytesCeiling();
    const grownBytes = this.#gate.grownBytes(ceilingBytes);
    const mostBytes = probe
      ? this.#gate.packetBytes
      : this.#datagrams.packetBytes(grownBytes, ceilingBytes, nowMs);
    buffer.reset(mostBytes - headerBytes - TAG_BYTES);
    const acked = this.#acks.pending && this.#acks.write(buffer, nowMs);
    const afterAck = buffer.length;
    const frames = withData ? this.#writeData() : [];
    if (buffer.length === afterAck) this.#writePing(probe || withData, acked);
    if (buffer.length === 0) return false;
    const eliciting = buffer.length > afterAck;
    if (eliciting) this.#pingDue = false;
    const number = this.#cipher.nextNumber;
    const { path } = this.steering;
    const sizeBytes = this.#sender.send(probe, nowMs);
    if (!eliciting || this.#dead) return true;
    const news = { ackedThrough: acked ? this.#acks.largest : -1, requeued: false };
    const packet = { number, path, frames, sizeBytes, sentMs: nowMs, ...news };
    this.recovery.onSent(packet);
    this.steering.onSent(packet, nowMs);
    this.#gate.onSent(sizeBytes);
    this.#liveness.onSent(nowMs);
    return true;
  }

  /** A PING where nothing else asks for an acknowledgement and one is wanted. */
  #writePing(mayAsk: boolean, acked: boolean): void {
    const { buffer } = this.#host;
    const asks = mayAsk && (this.#pingDue || this.recovery.probesDue > 0);
    if ((asks || (acked && this.#acks.wantsPing())) && buffer.room > 0) buffer.u8(FRAME_TYPE.ping);
  }

  #writeData(): SentFrame[] {
    const { buffer } = this.#host;
    const frames: SentFrame[] = [];
    this.streams.writeControl(buffer, frames);
    this.steering.outbox.write(buffer, frames);
    this.#datagrams.write(buffer, this.#host.packetBytesCeiling(), this.#nowMs);
    this.streams.writeStreams(buffer, frames);
    return frames;
  }
}
