import { ReplayWindow } from "../base/replay-window.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { SessionError } from "./errors.ts";
import type { AckFrame } from "./frames.ts";
import type { SessionKeys } from "./key-chains.ts";
import { KEY_LIMITS, type KeyAge, type KeyLimits, KeyPhases, type PhaseTime } from "./key-phase.ts";
import {
  PACKETS_PER_SESSION_MARGIN,
  PACKETS_PER_SESSION_MAX,
  REPLAY_WINDOW_PACKETS,
} from "./limits.ts";
import { type DataPacket, encodeDataHeader } from "./packet.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/** Serves all sessions, as nothing here outlasts a call: of its own each would pay for 300 bytes. */
const NONCE: Uint8Array = new Uint8Array(12);
const NONCE_VIEW: DataView = new DataView(NONCE.buffer);

/** Seals and opens the packets of one session; each number is used and taken once. */
export class PacketCipher {
  readonly phases: KeyPhases;
  readonly #limits: KeyLimits;
  readonly #isLittleEndian: boolean;
  readonly #remoteIndex: number;
  readonly #replay: ReplayWindow = new ReplayWindow(REPLAY_WINDOW_PACKETS);
  #nextNumber: number;
  #forged = 0;

  /**
   * @param firstNumber first packet number to send
   * @param limits how much each key may be used
   */
  constructor(
    keys: SessionKeys,
    remoteIndex: number,
    firstNumber: number,
    limits: KeyLimits = KEY_LIMITS,
  ) {
    this.phases = new KeyPhases(keys, firstNumber, limits);
    this.#limits = limits;
    this.#isLittleEndian = keys.aead === "chacha20-poly1305";
    this.#remoteIndex = remoteIndex;
    this.#nextNumber = firstNumber;
  }

  /** The number that the next packet gets. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Whether the session is nearly used up: its numbers, or its key while the next does not come. */
  get worn(): boolean {
    if (this.#nextNumber >= PACKETS_PER_SESSION_MAX - PACKETS_PER_SESSION_MARGIN) return true;
    return this.phases.isWorn(this.#nextNumber);
  }

  /** Whether nothing more may be sealed. */
  get usedUp(): boolean {
    if (this.#nextNumber >= PACKETS_PER_SESSION_MAX || this.#besieged) return true;
    return this.phases.packetsLeft(this.#nextNumber) <= 0;
  }

  /** Whether so many forged packets came in that the session must end (RFC 9001 section 6.6). */
  get #besieged(): boolean {
    return this.#forged >= this.#limits.forgedPackets;
  }

  /**
   * The frames of a packet; undefined where it is forged, repeated or too late.
   * @param path how late packets may be on it
   * @param room where they may be put; then they are lent by it
   */
  open(
    packet: DataPacket,
    nowMs: number,
    path: PhaseTime,
    room?: Uint8Array,
  ): Uint8Array | undefined {
    const { number, phase } = packet;
    const { phases } = this;
    phases.forget(nowMs);
    if (this.#besieged || !this.#replay.isFresh(number)) return undefined;
    const age = phases.ageOf(number, phase, this.#nextNumber);
    const plaintext = age === undefined ? undefined : this.#open(packet, age, room);
    if (age === undefined || plaintext === undefined) return undefined;
    this.#replay.accept(number);
    if (phases.onOpened(age, number, this.#nextNumber)) phases.rest(nowMs, path);
    return plaintext;
  }

  #open(packet: DataPacket, age: KeyAge, room: Uint8Array | undefined): Uint8Array | undefined {
    setNonce(packet.number, this.#isLittleEndian);
    const key = this.phases.receiveKey(age);
    const plaintext = key?.open(NONCE, packet.header, packet.ciphertext, room);
    if (plaintext === undefined) this.#forged++;
    return plaintext;
  }

  /**
   * An acknowledgement came in; the next key may be due.
   * @throws SessionError("protocol") where it came under a key older than what it acknowledges
   */
  onAck(ack: AckFrame, nowMs: number, path: PhaseTime): void {
    const largest = (ack.ranges[1] ?? 0) - 1;
    if (this.phases.onAck(largest, this.#nextNumber, nowMs, path)) return;
    throw new SessionError("protocol", "A packet was acknowledged under a key before its own.");
  }

  /**
   * A whole packet around the frames; a probe where `source` is given. Lent by the buffer where
   * there is one.
   */
  seal(frames: Uint8Array, source: PeerId | undefined, buffer?: PacketBuffer): Uint8Array {
    const number = this.#nextNumber++;
    const header = encodeDataHeader(this.#remoteIndex, number, source, this.phases.sendPhase);
    const sizeBytes = header.length + frames.length + TAG_BYTES;
    const packet = buffer?.sealed(sizeBytes) ?? new Uint8Array(sizeBytes);
    packet.set(header);
    setNonce(number, this.#isLittleEndian);
    this.phases.send.sealInto(NONCE, header, frames, packet);
    return packet;
  }
}

/** The packet number as Noise counts nonces: 64 bits after four zero bytes (`noiseNonce`). */
function setNonce(number: number, isLittleEndian: boolean): void {
  NONCE_VIEW.setUint32(isLittleEndian ? 4 : 8, number >>> 0, isLittleEndian);
  NONCE_VIEW.setUint32(isLittleEndian ? 8 : 4, Math.floor(number / 0x1_0000_0000), isLittleEndian);
}
