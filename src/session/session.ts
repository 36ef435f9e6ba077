import { TypedError } from "../base/errors.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { Log } from "../ports/index.ts";
import { AckTracker } from "./ack-tracker.ts";
import { Congestion } from "./congestion.ts";
import { DatagramQueue } from "./datagram-queue.ts";
import {
  type AckFrame,
  datagramOverheadBytes,
  FRAME_TYPE,
  type FrameHandler,
  readFrames,
  type StreamFrame,
  writeDatagram,
} from "./frames.ts";
import type { HandshakeResult } from "./handshake.ts";
import { BURST_PACKETS_MAX, WAITING_MS } from "./limits.ts";
import { Liveness } from "./liveness.ts";
import { Pacer } from "./pacer.ts";
import { DATA_HEADER_BYTES, type DataPacket, PROBE_HEADER_BYTES } from "./packet.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { PacketCipher } from "./packet-cipher.ts";
import { Recovery, type RecoveryEvents } from "./recovery.ts";
import type { SentFrame, SentPacket } from "./sent-packets.ts";
import type { SessionStream } from "./stream.ts";
import { StreamTable, type StreamTableHost } from "./stream-table.ts";
import type { Sleeper } from "./timers.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** What a session needs of its manager. */
export interface SessionHost {
  readonly log: Log;
  readonly selfId: PeerId;
  /** A buffer shared by all sessions, free at every call. */
  readonly buffer: PacketBuffer;
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Largest packet that the path takes now, in bytes. */
  packetBytesMax(): number;
  transmit(to: PeerId, packet: Uint8Array): void;
  /** The session has something to send or a nearer deadline. */
  onWork(session: Session): void;
  /** The other side has proved to hold the keys. */
  onConfirmed(session: Session): void;
  /** Probes go unanswered, or the key is nearly used up: a successor is needed. */
  onDoubt(session: Session): void;
  onDead(session: Session): void;
  makeStream(session: Session): SessionStream;
  offer(session: Session, stream: SessionStream): void;
  onDatagram(session: Session, serviceId: number, bytes: Uint8Array): void;
}

/** One pair of keys shared with one peer, and everything that runs under them. */
export class Session implements Sleeper, FrameHandler, StreamTableHost, RecoveryEvents {
  readonly peer: PeerRecord;
  readonly bootId: string;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly createdMs: number;
  readonly streams: StreamTable;
  readonly recovery: Recovery;
  notedMs: number = NEVER;
  readonly #host: SessionHost;
  readonly #cipher: PacketCipher;
  readonly #liveness: Liveness;
  readonly #acks: AckTracker = new AckTracker();
  readonly #congestion: Congestion;
  readonly #pacer: Pacer;
  readonly #datagrams: DatagramQueue = new DatagramQueue();
  #packetBytes: number;
  #dead = false;
  #pingDue: boolean;
  /** When sending may go on after a burst or a pause of the pacer. */
  #resumeMs: number = NEVER;
  #nowMs: number;

  /**
   * @param initiator whether this side began; the other side's session waits to be confirmed
   * @param firstNumber first packet number to use
   */
  constructor(
    host: SessionHost,
    result: HandshakeResult,
    options: {
      readonly localIndex: number;
      readonly initiator: boolean;
      readonly nowMs: number;
      readonly firstNumber?: number;
    },
  ) {
    const { nowMs, initiator } = options;
    this.#host = host;
    this.peer = result.peer;
    this.bootId = result.bootId;
    this.remoteIndex = result.remoteIndex;
    this.localIndex = options.localIndex;
    this.createdMs = nowMs;
    this.#nowMs = nowMs;
    this.#pingDue = initiator;
    this.#cipher = new PacketCipher(result, result.remoteIndex, options.firstNumber ?? 0);
    this.#packetBytes = host.packetBytesMax();
    this.#congestion = new Congestion(this.#packetBytes);
    this.#pacer = new Pacer(nowMs);
    this.recovery = new Recovery(this.#congestion, this);
    this.#liveness = new Liveness(this.recovery, initiator, nowMs);
    this.streams = new StreamTable(initiator, this);
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
      this.#resumeMs,
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
    this.flush(nowMs);
  }

  /** Takes a packet; false where it is forged, repeated or too late. */
  receive(packet: DataPacket, nowMs: number): boolean {
    const plaintext = this.#dead ? undefined : this.#cipher.open(packet);
    if (plaintext === undefined) return false;
    this.#nowMs = nowMs;
    const confirms = !this.#liveness.confirmed;
    this.#liveness.onHeard(nowMs);
    if (confirms) this.#host.onConfirmed(this);
    try {
      const eliciting = readFrames(plaintext, this);
      this.#acks.onPacket(packet.number, eliciting, nowMs);
    } catch (error) {
      this.#fail(error);
    }
    this.onWork();
    return true;
  }

  /** The other side holds the keys and breaks the rules: no more of it. */
  #fail(error: unknown): void {
    if (!(error instanceof TypedError)) throw error;
    this.#host.log.warn("session-broken-rules", { peer: this.peer.id, what: error.message });
    this.close();
  }

  onAck(ack: AckFrame): void {
    if (this.#dead) return;
    this.recovery.onAck(ack, this.#cipher.nextNumber, this.#nowMs);
    const { windowBytes, inSlowStart } = this.#congestion;
    const { smoothedMs } = this.recovery.roundTrip;
    this.#pacer.setPace(windowBytes, smoothedMs, inSlowStart, this.#nowMs);
  }

  onAcked(packet: SentPacket): void {
    if (packet.ackedThrough >= 0) this.#acks.onAckArrived(packet.ackedThrough);
    for (const frame of packet.frames) this.streams.onFate(frame, true);
  }

  onLost(packet: SentPacket): void {
    for (const frame of packet.frames) this.streams.onFate(frame, false);
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
  sendDatagram(serviceId: number, bytes: Uint8Array, nowMs: number): boolean {
    if (bytes.length > datagramBytesMax(this.#host.packetBytesMax())) return false;
    if (!this.#datagrams.push(serviceId, bytes, nowMs + WAITING_MS)) return false;
    this.#host.onWork(this);
    return true;
  }

  /** The way to the peer may have changed: streams should not have to wait to find out. */
  probeIfQuiet(nowMs: number): void {
    const inDoubt = this.recovery.unanswered || this.#liveness.isQuiet(nowMs);
    if (inDoubt && this.streams.size > 0) this.#probe(nowMs);
  }

  /**
   * Packets take another way now: what is on the old one is probably lost, acknowledgements of
   * ours among it. The answer to a probe tells both sides at once.
   */
  onWayChanged(nowMs: number): void {
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
      this.#host.buffer.reset(this.#packetBytes - PROBE_HEADER_BYTES - TAG_BYTES);
      this.#host.buffer.u8(FRAME_TYPE.close);
      this.#seal(false);
    }
    this.die();
  }

  /** Ends without a word; streams close with "session-lost". */
  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.streams.closeAll();
    this.#host.onDead(this);
  }

  /** Sends what may be sent now. */
  flush(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#resumeMs = NEVER;
    if (!this.#liveness.confirmed) return;
    let sent = 0;
    while (!this.#dead && this.#sendOne(nowMs)) {
      if (++sent < BURST_PACKETS_MAX) continue;
      if (this.#hasWork()) this.#resumeMs = nowMs;
      break;
    }
    this.streams.tellDrains();
  }

  #hasWork(): boolean {
    return this.#pingDue || this.#datagrams.length > 0 || this.streams.hasWork();
  }

  /** Whether congestion control and pacer let a packet of data go; notes when they will. */
  #maySend(nowMs: number): boolean {
    const { inFlightBytes } = this.recovery;
    const fits = inFlightBytes + this.#packetBytes <= this.#congestion.windowBytes;
    if (!fits && inFlightBytes > 0) return false;
    const readyMs = this.#pacer.readyMs(nowMs);
    if (readyMs > nowMs) this.#resumeMs = readyMs;
    return readyMs <= nowMs;
  }

  /** Puts one packet together and sends it; false where nothing is due. */
  #sendOne(nowMs: number): boolean {
    const probe = this.recovery.probesDue > 0;
    const withData = probe || (this.#hasWork() && this.#maySend(nowMs));
    if (!withData && this.#acks.deadlineMs() > nowMs) return false;
    this.#updatePacketBytes();
    const { buffer } = this.#host;
    const headerBytes = probe ? PROBE_HEADER_BYTES : DATA_HEADER_BYTES;
    buffer.reset(this.#packetBytes - headerBytes - TAG_BYTES);
    const acked = this.#acks.pending && this.#acks.write(buffer, nowMs);
    const afterAck = buffer.length;
    const frames = withData ? this.#writeData() : [];
    if (buffer.length === afterAck) this.#writePing(probe || withData, acked);
    if (buffer.length === 0) return false;
    const eliciting = buffer.length > afterAck;
    if (eliciting) this.#pingDue = false;
    const number = this.#cipher.nextNumber;
    const sizeBytes = this.#seal(probe);
    if (!eliciting || this.#dead) return true;
    const ackedThrough = acked ? this.#acks.largest : -1;
    const packet = { number, sentMs: nowMs, sizeBytes, frames, ackedThrough, requeued: false };
    this.recovery.onSent(packet);
    this.#pacer.onSent(sizeBytes);
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
    for (;;) {
      const next = this.#datagrams.first;
      if (next === undefined) break;
      const fits = datagramOverheadBytes(next.bytes.length) + next.bytes.length <= buffer.room;
      const late = next.giveUpMs <= this.#nowMs;
      const everFits = next.bytes.length <= datagramBytesMax(this.#packetBytes);
      if (!fits && !late && everFits) break;
      this.#datagrams.shift();
      if (fits && !late) writeDatagram(buffer, next.serviceId, next.bytes);
    }
    this.streams.writeStreams(buffer, frames);
    return frames;
  }

  #updatePacketBytes(): void {
    const packetBytes = this.#host.packetBytesMax();
    if (packetBytes === this.#packetBytes) return;
    this.#packetBytes = packetBytes;
    this.#congestion.setPacketBytes(packetBytes);
  }

  /** Seals the frames in the buffer and sends them. @returns the size of the packet */
  #seal(probe: boolean): number {
    const wasWorn = this.worn;
    const source = probe ? this.#host.selfId : undefined;
    const packet = this.#cipher.seal(this.#host.buffer.done(), source);
    this.#host.transmit(this.peer.id, packet);
    if (this.#cipher.usedUp) this.die();
    else if (this.worn && !wasWorn) this.#host.onDoubt(this);
    return packet.length;
  }
}

/** Largest datagram that fits one packet of this size, in bytes. */
export function datagramBytesMax(packetBytes: number): number {
  const room = packetBytes - PROBE_HEADER_BYTES - TAG_BYTES;
  return room - datagramOverheadBytes(room);
}
