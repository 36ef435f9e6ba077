import { assert } from "../base/errors.ts";

/** Header and tag of a packet, at most. */
const SEAL_BYTES_MAX = 64;

/** A buffer of fixed size that packets are put together in, used over and over. */
export class PacketBuffer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #sealed: Uint8Array;
  /** Room for what is in a packet that has come; written over by the next one. */
  readonly opened: Uint8Array;
  #length = 0;
  #limit: number;

  /** @param capacityBytes the largest plaintext that will ever be put together */
  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#limit = capacityBytes;
    this.#sealed = new Uint8Array(capacityBytes + SEAL_BYTES_MAX);
    this.opened = new Uint8Array(capacityBytes);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that still fit. */
  get room(): number {
    return this.#limit - this.#length;
  }

  /** Starts over with room for `limitBytes`. */
  reset(limitBytes: number): void {
    assert(limitBytes <= this.#bytes.length, "The packet is larger than its buffer.");
    this.#length = 0;
    this.#limit = limitBytes;
  }

  u8(value: number): void {
    this.#view.setUint8(this.#reserve(1), value);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#reserve(4), value);
  }

  /** Variable-length integer (RFC 9000 section 16), shortest form, up to 2^53-1. */
  varint(value: number): void {
    if (value < 0x40) this.u8(value);
    else if (value < 0x4000) this.#view.setUint16(this.#reserve(2), value | 0x4000);
    else if (value < 0x4000_0000) this.u32((value | 0x8000_0000) >>> 0);
    else {
      this.u32(((value / 0x1_0000_0000) | 0xc000_0000) >>> 0);
      this.u32(value >>> 0);
    }
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#reserve(bytes.length));
  }

  /** What was written, as a view that the next `reset` overwrites. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Room for the sealed packet beside it, as a view that the next call overwrites. */
  sealed(sizeBytes: number): Uint8Array {
    return this.#sealed.subarray(0, sizeBytes);
  }

  #reserve(length: number): number {
    const at = this.#length;
    assert(at + length <= this.#limit, "A frame was written without room for it.");
    this.#length = at + length;
    return at;
  }
}
