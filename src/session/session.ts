import { TypedError } from "../base/errors.ts";
import { type AeadKey, TAG_BYTES } from "../crypto/index.ts";
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
import {
  BURST_PACKETS_MAX,
  IDLE_MS,
  KEEPALIVE_MS,
  PACKETS_PER_KEY_MARGIN,
  PACKETS_PER_KEY_MAX,
  REPROBE_MS,
  SUSPECT_MS,
  UNCONFIRMED_MS,
  WAITING_MS,
} from "./limits.ts";
import { Pacer } from "./pacer.ts";
import {
  DATA_HEADER_BYTES,
  type DataPacket,
  encodeDataHeader,
  PROBE_HEADER_BYTES,
} from "./packet.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { Recovery, type RecoveryEvents } from "./recovery.ts";
import { ReplayWindow } from "./replay-window.ts";
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
  readonly #sendKey: AeadKey;
  readonly #receiveKey: AeadKey;
  readonly #nonce: Uint8Array = new Uint8Array(12);
  readonly #nonceView: DataView = new DataView(this.#nonce.buffer);
  readonly #acks: AckTracker = new AckTracker();
  readonly #replay: ReplayWindow = new ReplayWindow();
  readonly #congestion: Congestion;
  readonly #pacer: Pacer;
  readonly #datagrams: DatagramQueue = new DatagramQueue();
  #packetBytes: number;
  #nextNumber: number;
  #confirmed: boolean;
  #dead = false;
  #pingDue = false;
  #heardMs: number;
  #pingedMs: number;
  #idleFromMs: number;
  #sentSinceHeard = false;
  /** When sending may go on after a burst or a pause of the pacer. */
  #resumeMs: number = NEVER;
  #doubted = false;
  #verdictMs: number = NEVER;
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
    this.#sendKey = result.send;
    this.#receiveKey = result.receive;
    this.createdMs = nowMs;
    this.#heardMs = nowMs;
    this.#pingedMs = nowMs;
    this.#idleFromMs = nowMs;
    this.#nowMs = nowMs;
    this.#nextNumber = options.firstNumber ?? 0;
    this.#confirmed = initiator;
    this.#pingDue = initiator;
    this.#packetBytes = host.packetBytesMax();
    this.#congestion = new Congestion(this.#packetBytes);
    this.#pacer = new Pacer(nowMs);
    this.recovery = new Recovery(this.#congestion, this);
    this.streams = new StreamTable(initiator, this);
  }

  /** Whether the session may be used for sending. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  /** Whether the session is over. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Whether probes have gone unanswered for long. */
  get suspect(): boolean {
    return this.#doubted && this.recovery.firstProbeMs !== NEVER;
  }

  /** Whether the key is nearly used up. */
  get worn(): boolean {
    return this.#nextNumber >= PACKETS_PER_KEY_MAX - PACKETS_PER_KEY_MARGIN;
  }

  /** Whether new streams may go here. */
  get usable(): boolean {
    return this.#confirmed && !this.#dead && !this.suspect && !this.worn;
  }

  /** When the session was last heard of or first used again, monotonic milliseconds. */
  get idleFromMs(): number {
    return this.#idleFromMs;
  }

  deadlineMs(): number {
    if (this.#dead) return NEVER;
    if (!this.#confirmed) return this.createdMs + UNCONFIRMED_MS;
    const { firstProbeMs } = this.recovery;
    return Math.min(
      this.#idleFromMs + IDLE_MS,
      this.#acks.deadlineMs(),
      this.recovery.deadlineMs(),
      this.#resumeMs,
      this.#verdictMs,
      this.streams.size > 0 ? Math.max(this.#heardMs, this.#pingedMs) + KEEPALIVE_MS : NEVER,
      this.#doubted || firstProbeMs === NEVER ? NEVER : firstProbeMs + this.#patienceMs(),
    );
  }

  wake(nowMs: number): void {
    this.#nowMs = nowMs;
    const unconfirmedOver = !this.#confirmed && nowMs >= this.createdMs + UNCONFIRMED_MS;
    if (unconfirmedOver || nowMs >= this.#idleFromMs + IDLE_MS || nowMs >= this.#verdictMs) {
      this.die();
      return;
    }
    if (this.recovery.deadlineMs() <= nowMs) this.recovery.onTimer(nowMs);
    if (!this.#doubted && nowMs >= this.recovery.firstProbeMs + this.#patienceMs()) {
      this.#doubted = true;
      this.#host.onDoubt(this);
    }
    const quiet = nowMs >= Math.max(this.#heardMs, this.#pingedMs) + KEEPALIVE_MS;
    if (quiet && this.streams.size > 0) this.#ping(nowMs);
    this.flush(nowMs);
  }

  /** Takes a packet; false where it is forged, repeated or too late. */
  receive(packet: DataPacket, nowMs: number): boolean {
    if (this.#dead || !this.#replay.isFresh(packet.number)) return false;
    this.#setNonce(packet.number);
    const plaintext = this.#receiveKey.open(this.#nonce, packet.header, packet.ciphertext);
    if (plaintext === undefined) return false;
    this.#replay.take(packet.number);
    this.#nowMs = nowMs;
    this.#hear(nowMs);
    if (!this.#confirmed) {
      this.#confirmed = true;
      this.#host.onConfirmed(this);
    }
    try {
      const eliciting = readFrames(plaintext, this);
      this.#acks.onPacket(packet.number, eliciting, nowMs);
    } catch (error) {
      this.#fail(error);
    }
    if (!this.#dead) this.#host.onWork(this);
    return true;
  }

  #hear(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#idleFromMs = nowMs;
    this.#sentSinceHeard = false;
    this.#doubted = false;
    this.#verdictMs = NEVER;
    this.recovery.heard();
  }

  /** The other side holds the keys and breaks the rules: no more of it. */
  #fail(error: unknown): void {
    if (!(error instanceof TypedError)) throw error;
    this.#host.log.warn("session-broken-rules", { peer: this.peer.id, what: error.message });
    this.close();
  }

  onAck(ack: AckFrame): void {
    if (this.#dead) return;
    this.recovery.onAck(ack, this.#nextNumber, this.#nowMs);
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

  /** Asks the other side for a sign of life at once: the path or the peer may have changed. */
  probe(nowMs: number): void {
    this.recovery.probeNow(nowMs);
    this.#host.onWork(this);
  }

  /** The way to the peer may have changed: streams should not have to wait to find out. */
  probeIfQuiet(nowMs: number): void {
    const quiet = nowMs - this.#heardMs >= REPROBE_MS;
    if (this.#confirmed && quiet && this.streams.size > 0) this.probe(nowMs);
  }

  /** A newer session with the same peer works: this one must answer soon or is lost. */
  judge(nowMs: number): void {
    if (this.#verdictMs !== NEVER) return;
    this.#verdictMs = nowMs + this.#patienceMs();
    this.probe(nowMs);
  }

  /** Says good-bye as far as possible and ends. */
  close(): void {
    if (this.#dead) return;
    if (this.#confirmed) {
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
    if (!this.#confirmed) return;
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
    const frames: SentFrame[] = [];
    const acked = this.#acks.pending && this.#acks.write(buffer, nowMs);
    const afterAck = buffer.length;
    if (withData) this.#writeData(frames);
    let eliciting = buffer.length > afterAck;
    const ping = probe || (withData && this.#pingDue) || (acked && this.#acks.wantsPing());
    if (!eliciting && ping && buffer.room > 0) {
      buffer.u8(FRAME_TYPE.ping);
      eliciting = true;
    }
    if (buffer.length === 0) return false;
    if (eliciting) this.#pingDue = false;
    const number = this.#nextNumber;
    const sizeBytes = this.#seal(probe);
    if (eliciting && !this.#dead) {
      const ackedThrough = acked ? this.#acks.largest : -1;
      this.recovery.onSent({
        number,
        sentMs: nowMs,
        sizeBytes,
        frames,
        ackedThrough,
        requeued: false,
      });
      this.#pacer.onSent(sizeBytes);
      if (!this.#sentSinceHeard) this.#idleFromMs = nowMs;
      this.#sentSinceHeard = true;
    }
    return true;
  }

  #writeData(frames: SentFrame[]): void {
    const { buffer } = this.#host;
    this.streams.writeControl(buffer, frames);
    for (;;) {
      const next = this.#datagrams.first;
      if (next === undefined) break;
      const fits = datagramOverheadBytes(next.bytes.length) + next.bytes.length <= buffer.room;
      if (!fits && next.bytes.length <= datagramBytesMax(this.#packetBytes)) break;
      this.#datagrams.shift();
      if (fits) writeDatagram(buffer, next.serviceId, next.bytes);
    }
    this.streams.writeStreams(buffer, frames);
  }

  #updatePacketBytes(): void {
    const packetBytes = this.#host.packetBytesMax();
    if (packetBytes === this.#packetBytes) return;
    this.#packetBytes = packetBytes;
    this.#congestion.setPacketBytes(packetBytes);
  }

  /** Seals the frames in the buffer and sends them. @returns the size of the packet */
  #seal(probe: boolean): number {
    const number = this.#nextNumber++;
    const header = encodeDataHeader(
      this.remoteIndex,
      number,
      probe ? this.#host.selfId : undefined,
    );
    this.#setNonce(number);
    const sealed = this.#sendKey.seal(this.#nonce, header, this.#host.buffer.done());
    const packet = new Uint8Array(header.length + sealed.length);
    packet.set(header);
    packet.set(sealed, header.length);
    this.#host.transmit(this.peer.id, packet);
    if (this.#nextNumber >= PACKETS_PER_KEY_MAX) this.die();
    else if (this.#nextNumber === PACKETS_PER_KEY_MAX - PACKETS_PER_KEY_MARGIN) {
      this.#host.onDoubt(this);
    }
    return packet.length;
  }

  /** The packet number as Noise counts nonces: 64 bits, little-endian, after four zero bytes. */
  #setNonce(number: number): void {
    this.#nonceView.setUint32(4, number >>> 0, true);
    this.#nonceView.setUint32(8, Math.floor(number / 0x1_0000_0000), true);
  }

  #ping(nowMs: number): void {
    this.#pingedMs = nowMs;
    this.#pingDue = true;
  }

  #patienceMs(): number {
    return Math.max(SUSPECT_MS, 3 * this.recovery.roundTrip.probeTimeoutMs());
  }
}

/** Largest datagram that fits one packet of this size, in bytes. */
export function datagramBytesMax(packetBytes: number): number {
  const room = packetBytes - PROBE_HEADER_BYTES - TAG_BYTES;
  return room - datagramOverheadBytes(room);
}
