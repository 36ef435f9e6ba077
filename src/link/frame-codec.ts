import type { AeadKey } from "../crypto/index.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import { DATA_HEAD_BYTES, DATA_OVERHEAD_BYTES, FRAME_DATA } from "./layout.ts";

/**
 * Builds and opens sealed frames, see docs/PROTOCOL.md. One per manager: the buffers are
 * reused for every frame, so what it returns is lent until the next call.
 */
export class FrameCodec {
  readonly #frame: Uint8Array;
  readonly #view: DataView;
  readonly #nonce: Uint8Array = new Uint8Array(12);
  readonly #nonceView: DataView = new DataView(this.#nonce.buffer);
  readonly #associated: Uint8Array = new Uint8Array(DATA_HEAD_BYTES + 4);
  readonly #associatedView: DataView = new DataView(this.#associated.buffer);
  #index = 0;
  #counter = 0;
  #sealedEnd = 0;

  /** @param frameBytesMax largest frame of any transport */
  constructor(frameBytesMax: number) {
    this.#frame = new Uint8Array(frameBytesMax);
    this.#view = new DataView(this.#frame.buffer);
  }

  /** Receiver index of the frame parsed last. */
  get index(): number {
    return this.#index;
  }

  /** Counter of the frame parsed last. */
  get counter(): number {
    return this.#counter;
  }

  /** A sealed frame; its parts together must fit `frameBytesMax`. */
  seal(
    key: AeadKey,
    index: number,
    counter: number,
    sealed: Uint8Array,
    payload: Uint8Array,
  ): Uint8Array {
    const lead = this.sealLead(key, index, counter, sealed, payload.length);
    this.#frame.set(payload, lead.length);
    return this.#frame.subarray(0, lead.length + payload.length);
  }

  /** The same up to its payload, of which there will be so many bytes. */
  sealLead(
    key: AeadKey,
    index: number,
    counter: number,
    sealed: Uint8Array,
    payloadBytes: number,
  ): Uint8Array {
    this.#view.setUint8(0, FRAME_DATA);
    this.#view.setUint32(1, index);
    this.#view.setUint16(5, Math.floor(counter / 0x1_0000_0000));
    this.#view.setUint32(7, counter >>> 0);
    this.#view.setUint16(11, sealed.length);
    this.#authenticate(this.#frame, payloadBytes, counter);
    const ciphertext = key.seal(this.#nonce, this.#associated, sealed);
    this.#frame.set(ciphertext, DATA_HEAD_BYTES);
    return this.#frame.subarray(0, DATA_OVERHEAD_BYTES + sealed.length);
  }

  /** Reads the open head into `index` and `counter`; false where this is no sealed frame. */
  parse(frame: Uint8Array): boolean {
    if (frame.length < DATA_OVERHEAD_BYTES || frame[0] !== FRAME_DATA) return false;
    this.#index = beU32(frame, 1);
    this.#counter = (((frame[5] ?? 0) << 8) | (frame[6] ?? 0)) * 0x1_0000_0000 + beU32(frame, 7);
    const sealedBytes = ((frame[11] ?? 0) << 8) | (frame[12] ?? 0);
    this.#sealedEnd = DATA_HEAD_BYTES + sealedBytes + TAG_BYTES;
    return this.#sealedEnd <= frame.length;
  }

  /** The sealed part of the frame parsed last, or undefined where it was altered. */
  open(key: AeadKey, frame: Uint8Array): Uint8Array | undefined {
    this.#authenticate(frame, frame.length - this.#sealedEnd, this.#counter);
    const ciphertext = frame.subarray(DATA_HEAD_BYTES, this.#sealedEnd);
    return key.open(this.#nonce, this.#associated, ciphertext);
  }

  /** The open part of the frame parsed last; only its length is authenticated. */
  payload(frame: Uint8Array): Uint8Array {
    return frame.subarray(this.#sealedEnd);
  }

  #authenticate(frame: Uint8Array, payloadBytes: number, counter: number): void {
    for (let i = 0; i < DATA_HEAD_BYTES; i++) this.#associated[i] = frame[i] ?? 0;
    this.#associatedView.setUint32(DATA_HEAD_BYTES, payloadBytes);
    this.#nonceView.setUint32(4, counter >>> 0, true);
    this.#nonceView.setUint32(8, Math.floor(counter / 0x1_0000_0000), true);
  }
}

function beU32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return high * 0x1_0000 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
}
