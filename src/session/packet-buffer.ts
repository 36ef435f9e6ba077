import { assert } from "../base/errors.ts";
import { LentViews } from "../base/lent-views.ts";

/** Header and tag of a packet, at most. */
const SEAL_BYTES_MAX = 64;
/** Room that the first packet makes: as most links carry. */
const FIRST_BYTES = 2_048;
/** From how many bytes on memory is lent in place of being copied: a large part of the largest packets. */
const LENT_BYTES_MIN = 16_384;
const NOTHING = new Uint8Array(0);

/**
 * A buffer that packets are put together in, used over and over. It takes memory as packets need
 * it: a peer without sessions has none of it.
 */
export class PacketBuffer {
  readonly #capacityBytes: number;
  #bytes: Uint8Array = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer);
  #sealed: Uint8Array = NOTHING;
  /** Most packets of a stream have one size. */
  #views = new LentViews();
  #opened: Uint8Array = NOTHING;
  /** All that was written so far, where it lies in memory of somebody else. */
  #lent: Uint8Array | undefined;
  #length = 0;
  #limit: number;

  /** @param capacityBytes the largest plaintext that will ever be put together */
  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
    this.#limit = capacityBytes;
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
    assert(limitBytes <= this.#capacityBytes, "The packet is larger than its buffer.");
    this.#lent = undefined;
    this.#length = 0;
    this.#limit = limitBytes;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  /** Variable-length integer (RFC 9000 section 16), shortest form, up to 2^53-1. */
  varint(value: number): void {
    if (value < 0x40) this.u8(value);
    else if (value < 0x4000) {
      const at = this.#reserve(2);
      this.#view.setUint16(at, value | 0x4000);
    } else if (value < 0x4000_0000) this.u32((value | 0x8000_0000) >>> 0);
    else {
      this.u32(((value / 0x1_0000_0000) | 0xc000_0000) >>> 0);
      this.u32(value >>> 0);
    }
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /**
   * As `bytes`, but what is large and all that the packet holds is not copied: it must stay as it is
   * until the packet has been sealed.
   */
  lend(bytes: Uint8Array): void {
    if (this.#length > 0 || bytes.length < LENT_BYTES_MIN) {
      this.bytes(bytes);
      return;
    }
    assert(bytes.length <= this.#limit, "A frame was written without room for it.");
    this.#lent = bytes;
    this.#length = bytes.length;
  }

  /** What was written, as a view that the next `reset` overwrites. */
  done(): Uint8Array {
    if (this.#lent !== undefined) return this.#lent;
    return this.#views.of(this.#bytes, 0, this.#length);
  }

  /** Room for the sealed packet beside it, as a view that the next call overwrites. */
  sealed(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.#sealed.length) {
      const mostBytes = this.#capacityBytes + SEAL_BYTES_MAX;
      this.#sealed = new Uint8Array(grownBytes(this.#sealed.length, sizeBytes, mostBytes));
      this.#views = new LentViews();
    }
    return this.#views.of(this.#sealed, 0, sizeBytes);
  }

  /** Room for what is in a packet that has come; written over by the next one. */
  opened(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.#opened.length) {
      this.#opened = new Uint8Array(
        grownBytes(this.#opened.length, sizeBytes, this.#capacityBytes),
      );
    }
    return this.#opened;
  }

  #reserve(length: number): number {
    const at = this.#length;
    const end = at + length;
    assert(end <= this.#limit, "A frame was written without room for it.");
    if (this.#lent !== undefined) this.#takeLent(this.#lent);
    if (end > this.#bytes.length) this.#grow(end);
    this.#length = end;
    return at;
  }

  /** More is written after what was lent: that has to stand before it. */
  #takeLent(lent: Uint8Array): void {
    this.#lent = undefined;
    if (lent.length > this.#bytes.length) this.#grow(lent.length);
    this.#bytes.set(lent);
  }

  #grow(sizeBytes: number): void {
    const grown = new Uint8Array(grownBytes(this.#bytes.length, sizeBytes, this.#capacityBytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#views = new LentViews();
    this.#view = new DataView(grown.buffer);
  }
}

/** Twice as much at least, so that few packets make it grow; never more than can be used. */
function grownBytes(before: number, needed: number, most: number): number {
  return Math.max(needed, Math.min(most, Math.max(FIRST_BYTES, 2 * before)));
}
