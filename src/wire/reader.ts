import { WireError } from "./errors.ts";

/** Reads big-endian fields from a frame; every overrun is a WireError("truncated"). */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  u16(): number {
    return this.#get16(this.#advance(2));
  }

  u32(): number {
    return this.#get32(this.#advance(4));
  }

  /** An integer of six bytes, 0 … 2^48-1. */
  u48(): number {
    const at = this.#advance(6);
    return this.#get16(at) * 0x1_0000_0000 + this.#get32(at + 2);
  }

  /** QUIC variable-length integer (RFC 9000 section 16) up to 2^53-1. */
  varint(): number {
    const prefix = this.u8();
    let value = prefix & 0x3f;
    for (let extra = (1 << (prefix >> 6)) - 1; extra > 0; extra--) value = value * 256 + this.u8();
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new WireError("out-of-range", "A number in the frame is above 2^53-1.");
    }
    return value;
  }

  /** A view of the next `length` bytes; lent, not copied. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** @throws WireError("trailing") unless everything was read */
  end(): void {
    if (this.left > 0) throw new WireError("trailing", `${this.left} bytes too many in the frame.`);
  }

  /** Byte by byte: a view of a frame costs more than what is read by it. */
  #get16(at: number): number {
    return ((this.#bytes[at] ?? 0) << 8) | (this.#bytes[at + 1] ?? 0);
  }

  #get32(at: number): number {
    return ((this.#get16(at) << 16) | this.#get16(at + 2)) >>> 0;
  }

  #advance(length: number): number {
    const at = this.#at;
    // Also refuses negative lengths and NaN, which a length computed from foreign fields may be.
    if (!(length >= 0 && length <= this.#bytes.length - at)) {
      throw new WireError(
        "truncated",
        `A field of ${length} bytes, but the frame has ${this.#bytes.length - at} left.`,
      );
    }
    this.#at = at + length;
    return at;
  }
}
