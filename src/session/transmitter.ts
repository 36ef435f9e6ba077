import { TAG_BYTES } from "../crypto/index.ts";
import type { AckTracker } from "./ack-tracker.ts";
import { datagramBytesMax } from "./datagram-queue.ts";
import { FairQueue } from "./fair-queue.ts";
import { FRAME_TYPE } from "./frames.ts";
import type { Liveness } from "./liveness.ts";
import { DATA_HEADER_BYTES, PROBE_HEADER_BYTES } from "./packet.ts";
import type { PacketCipher } from "./packet-cipher.ts";
import type { PacketSender } from "./packet-sender.ts";
import type { Steering } from "./paths/steering.ts";
import type { Recovery } from "./recovery.ts";
import { SendGate } from "./send-gate.ts";
import type { SentFrame } from "./sent-packets.ts";
import type { SessionHost } from "./session-host.ts";
import type { StreamTable } from "./stream-table.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** The parts of a session of which its transmitter speaks to the other side. */
export interface TransmitterParts {
  readonly sender: PacketSender;
  readonly cipher: PacketCipher;
  readonly recovery: Recovery;
  readonly steering: Steering;
  readonly liveness: Liveness;
  readonly acks: AckTracker;
  readonly streams: StreamTable;
}

/** What a session sends: which frames make up a packet, when it may go, and how many go at once. */
export class Transmitter {
  readonly #host: SessionHost;
  readonly #sender: PacketSender;
  readonly #cipher: PacketCipher;
  readonly #recovery: Recovery;
  readonly #steering: Steering;
  readonly #liveness: Liveness;
  readonly #acks: AckTracker;
  readonly #streams: StreamTable;
  readonly #gate: SendGate;
  readonly #datagrams: FairQueue = new FairQueue();
  #hasEnded = false;
  #mayAnswer = false;
  #pingDue: boolean;

  /** @param pings whether the other side should hear at once that this one is there */
  constructor(host: SessionHost, parts: TransmitterParts, pings: boolean, nowMs: number) {
    this.#host = host;
    this.#sender = parts.sender;
    this.#cipher = parts.cipher;
    this.#recovery = parts.recovery;
    this.#steering = parts.steering;
    this.#liveness = parts.liveness;
    this.#acks = parts.acks;
    this.#streams = parts.streams;
    this.#gate = new SendGate(parts.recovery, host.packetBytesMax(), nowMs);
    this.#pingDue = pings;
  }

  /** When sending may go on after a burst or a pause of the pacer, or an acknowledgement is due. */
  deadlineMs(): number {
    return Math.min(this.#gate.resumeMs, this.#acks.deadlineMs());
  }

  /** Takes the pace from window and round trip of the path in use. */
  setPace(nowMs: number): void {
    this.#gate.setPace(nowMs);
  }

  /** The next packet asks for an acknowledgement. */
  ping(): void {
    this.#pingDue = true;
  }

  /** The other side, though not yet confirmed, may be answered. */
  allowAnswer(): void {
    this.#mayAnswer = true;
  }

  /** Queues a datagram; false where the queue is full or the path takes none so large. */
  queueDatagram(serviceId: number, bytes: Uint8Array, flowId: number, nowMs: number): boolean {
    if (bytes.length > datagramBytesMax(this.#host.packetBytesCeiling())) return false;
    return this.#datagrams.push(serviceId, bytes, flowId, nowMs);
  }

  /** Whether a flow whose datagram was refused may offer others. */
  hasDatagramRoom(flowId: number): boolean {
    return this.#datagrams.hasRoom(flowId);
  }

  /** Sends what may be sent now. */
  flush(nowMs: number): void {
    this.#gate.resumeMs = NEVER;
    if (!this.#liveness.confirmed && !this.#mayAnswer) return;
    this.#sender.sendProbing();
    let sent = 0;
    const packetsMax = this.#gate.burstPackets(this.#host.packetBytesCeiling());
    while (!this.#hasEnded && this.#sendOne(nowMs)) {
      if (++sent < packetsMax) continue;
      if (this.#hasWork()) this.#gate.resumeMs = nowMs;
      break;
    }
    this.#streams.tellDrains();
  }

  /** Says good-bye, without data. */
  sendClose(nowMs: number): void {
    const { buffer } = this.#host;
    buffer.reset(this.#gate.packetBytes - PROBE_HEADER_BYTES - TAG_BYTES);
    buffer.u8(FRAME_TYPE.close);
    this.#sender.send(false, nowMs);
  }

  /** Nothing goes any more; datagrams that wait are dropped. */
  end(): void {
    this.#hasEnded = true;
    this.#datagrams.clear();
  }

  #hasWork(): boolean {
    const isData = this.#pingDue || this.#datagrams.length > 0 || this.#streams.hasWork();
    return isData || this.#steering.outbox.size > 0;
  }

  /** Puts one packet together and sends it; false where nothing is due. */
  #sendOne(nowMs: number): boolean {
    const probe = this.#recovery.probesDue > 0;
    const withData = probe || (this.#hasWork() && this.#gate.maySend(nowMs));
    if (!withData && this.#acks.deadlineMs() > nowMs) return false;
    this.#gate.setPacketBytes(this.#steering.packetBytes, this.#steering.path);
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
    const frames = withData ? this.#writeData(nowMs) : [];
    if (buffer.length === afterAck) this.#writePing(probe || withData, acked);
    if (buffer.length === 0) return false;
    const eliciting = buffer.length > afterAck;
    if (eliciting) this.#pingDue = false;
    const number = this.#cipher.nextNumber;
    const { path } = this.#steering;
    const sizeBytes = this.#sender.send(probe, nowMs);
    if (!eliciting || this.#hasEnded) return true;
    const news = { ackedThrough: acked ? this.#acks.largest : -1, requeued: false };
    const packet = { number, path, frames, sizeBytes, sentMs: nowMs, ...news };
    this.#recovery.onSent(packet);
    this.#steering.onSent(packet, nowMs);
    this.#gate.onSent(sizeBytes);
    this.#liveness.onSent(nowMs);
    return true;
  }

  /** A PING where nothing else asks for an acknowledgement and one is wanted. */
  #writePing(mayAsk: boolean, acked: boolean): void {
    const { buffer } = this.#host;
    const asks = mayAsk && (this.#pingDue || this.#recovery.probesDue > 0);
    if ((asks || (acked && this.#acks.wantsPing())) && buffer.room > 0) buffer.u8(FRAME_TYPE.ping);
  }

  #writeData(nowMs: number): SentFrame[] {
    const { buffer } = this.#host;
    const frames: SentFrame[] = [];
    this.#streams.writeControl(buffer, frames);
    this.#steering.outbox.write(buffer, frames);
    this.#datagrams.write(buffer, this.#host.packetBytesCeiling(), nowMs);
    this.#streams.writeStreams(buffer, frames);
    return frames;
  }
}
