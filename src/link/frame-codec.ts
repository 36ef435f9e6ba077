import { LentViews } from "../base/lent-views.ts";
import type { AeadKey } from "../crypto/index.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import { DATA_HEAD_BYTES, DATA_OVERHEAD_BYTES, FRAME_DATA, SEALED_PACKET } from "./layout.ts";
import { PACKET_HEADER_BYTES_MAX } from "./limits.ts";

/** Sealed parts that are opened where the last one was: headers of packets, not whole control messages. */
const OPENED_BYTES = 640;

/**
 * Builds and opens sealed frames, see docs/PROTOCOL.md. One per manager: the buffers are
 * reused for every frame, so what it returns is lent until the next call.
 */
export class FrameCodec {
  readonly #frame: Uint8Array;
  readonly #opened: Uint8Array = new Uint8Array(OPENED_BYTES);
  readonly #packetPart: Uint8Array = new Uint8Array(1 + PACKET_HEADER_BYTES_MAX);
  readonly #partViews = new LentViews();
  readonly #frameViews = new LentViews();
  readonly #openedViews = new LentViews();
  readonly #cameViews = new LentViews();
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
    return this.#frameViews.of(this.#frame, 0, lead.length + payload.length);
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
    const lead = this.#frameViews.of(this.#frame, 0, DATA_OVERHEAD_BYTES + sealed.length);
    key.sealInto(this.#nonce, this.#associated, sealed, lead);
    return lead;
  }

  /** What is sealed of a packet: a kind and its header. Lent until the next call. */
  packetPart(header: Uint8Array): Uint8Array {
    const part = this.#packetPart;
    part[0] = SEALED_PACKET;
    for (let at = 0; at < header.length; at++) part[1 + at] = header[at] ?? 0;
    return this.#partViews.of(part, 0, 1 + header.length);
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

  /**
   * The sealed part of the frame parsed last, lent until the next one is opened, or undefined where it was altered.
   * @param isReused whether the array of the frame is there for good, to be written anew with each
   */
  open(key: AeadKey, frame: Uint8Array, isReused = false): Uint8Array | undefined {
    this.#authenticate(frame, frame.length - this.#sealedEnd, this.#counter);
    const [from, to] = [DATA_HEAD_BYTES, this.#sealedEnd];
    const ciphertext = isReused ? this.#cameViews.of(frame, from, to) : frame.subarray(from, to);
    const bytes = to - from - TAG_BYTES;
    const room = bytes <= OPENED_BYTES ? this.#openedViews.of(this.#opened, 0, bytes) : undefined;
    return key.open(this.#nonce, this.#associated, ciphertext, room);
  }

  /** What follows the first byte of a part that `open` has just answered, lent like that. */
  afterKind(sealed: Uint8Array): Uint8Array {
    if (sealed.buffer !== this.#opened.buffer) return sealed.subarray(1);
    return this.#openedViews.of(this.#opened, 1, sealed.length);
  }

  /** The open part of the frame parsed last; only its length is authenticated. */
  payload(frame: Uint8Array, isReused = false): Uint8Array {
    if (!isReused) return frame.subarray(this.#sealedEnd);
    return this.#cameViews.of(frame, this.#sealedEnd, frame.length);
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
