import { ReplayWindow } from "../base/replay-window.ts";
import { type AeadKey, TAG_BYTES } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { PACKETS_PER_KEY_MARGIN, PACKETS_PER_KEY_MAX, REPLAY_WINDOW_PACKETS } from "./limits.ts";
import { type DataPacket, encodeDataHeader } from "./packet.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

/** Serves all sessions, as nothing here outlasts a call: of its own each would pay for 300 bytes. */
const NONCE: Uint8Array = new Uint8Array(12);
const NONCE_VIEW: DataView = new DataView(NONCE.buffer);

/** Seals and opens the packets of one session; each number is used and taken once. */
export class PacketCipher {
  readonly #sendKey: AeadKey;
  readonly #receiveKey: AeadKey;
  readonly #remoteIndex: number;
  readonly #replay: ReplayWindow = new ReplayWindow(REPLAY_WINDOW_PACKETS);
  #nextNumber: number;

  /** @param firstNumber first packet number to send */
  constructor(
    keys: { readonly send: AeadKey; readonly receive: AeadKey },
    remoteIndex: number,
    firstNumber: number,
  ) {
    this.#sendKey = keys.send;
    this.#receiveKey = keys.receive;
    this.#remoteIndex = remoteIndex;
    this.#nextNumber = firstNumber;
  }

  /** The number that the next packet gets. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Whether the key is nearly used up. */
  get worn(): boolean {
    return this.#nextNumber >= PACKETS_PER_KEY_MAX - PACKETS_PER_KEY_MARGIN;
  }

  /** Whether the key must not seal anything more. */
  get usedUp(): boolean {
    return this.#nextNumber >= PACKETS_PER_KEY_MAX;
  }

  /**
   * The frames of a packet; undefined where it is forged, repeated or too late.
   * @param room where they may be put; then they are lent by it
   */
  open(packet: DataPacket, room?: Uint8Array): Uint8Array | undefined {
    if (!this.#replay.isFresh(packet.number)) return undefined;
    setNonce(packet.number);
    const { header, ciphertext } = packet;
    const plaintext = this.#receiveKey.open(NONCE, header, ciphertext, room);
    if (plaintext !== undefined) this.#replay.accept(packet.number);
    return plaintext;
  }

  /**
   * A whole packet around the frames; a probe where `source` is given. Lent by the buffer where
   * there is one.
   */
  seal(frames: Uint8Array, source: PeerId | undefined, buffer?: PacketBuffer): Uint8Array {
    const number = this.#nextNumber++;
    const header = encodeDataHeader(this.#remoteIndex, number, source);
    const sizeBytes = header.length + frames.length + TAG_BYTES;
    const packet = buffer?.sealed(sizeBytes) ?? new Uint8Array(sizeBytes);
    packet.set(header);
    setNonce(number);
    this.#sendKey.sealInto(NONCE, header, frames, packet);
    return packet;
  }
}

/** The packet number as Noise counts nonces: 64 bits, little-endian, after four zero bytes. */
function setNonce(number: number): void {
  NONCE_VIEW.setUint32(4, number >>> 0, true);
  NONCE_VIEW.setUint32(8, Math.floor(number / 0x1_0000_0000), true);
}
