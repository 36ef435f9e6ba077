import { NO_BYTES } from "../base/bytes.ts";
import {
  type AeadKey,
  type CryptoSuite,
  KEY_BYTES,
  type NoiseTransportKeys,
  noiseNonce,
} from "../crypto/index.ts";
import { WireError } from "../wire/index.ts";
import { FRAME_SHORT, SEALED_INTERNAL } from "./layout.ts";
import { SHORT_HEADERS_MAX } from "./limits.ts";

/** Type and the lowest 16 bits of the counter. */
const HEAD_BYTES = 3;
const SEAL_BYTES = 8;
const COUNTER_SPAN = 0x1_0000;
/** A nonce that no counter makes. */
const SUBKEY_NONCE: Uint8Array = new Uint8Array(12).fill(0xff);
const CIPHER = "chacha20-poly1305";

/** First byte of what is sealed: a packet whose header's end is told and noted under a slot. */
const NOTED = 0x40;
/** First byte of what is sealed: a packet whose header ends as was noted under a slot. */
const KNOWN = 0x50;
/** Bytes of the headers that are shortened: those of routing without extension. */
const HEADER_BYTES = 18;
/** Bytes of a header that change from packet to packet; the rest names the destination. */
const FRESH_BYTES = 2;

/** A packet as it came in a short frame. */
export interface ShortPacket {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

interface Subkeys {
  readonly cipher: AeadKey;
  readonly mac: Uint8Array;
}

/**
 * Sealed frames for slow lines, 12 bytes and a header instead of 48: no receiver index (the endpoint
 * names the link), the lowest bits of the counter (as QUIC does, RFC 9000 section 17.1), a seal of 8
 * bytes, and headers whose destination was told before. Only where frames keep their order and
 * none is lost, since both ends must note the same destinations.
 */
export class ShortFrames {
  readonly #suite: CryptoSuite;
  readonly #send: Subkeys;
  readonly #receive: Subkeys;
  readonly #told: (Uint8Array | undefined)[] = [];
  readonly #heard: (Uint8Array | undefined)[] = [];
  #nextSlot = 0;

  constructor(suite: CryptoSuite, keys: NoiseTransportKeys) {
    this.#suite = suite;
    this.#send = subkeys(suite, keys.send);
    this.#receive = subkeys(suite, keys.receive);
  }

  /** A frame of messages between the link rooms; `sealed` begins with their kind. */
  sealInternal(counter: number, sealed: Uint8Array): Uint8Array {
    return this.#seal(counter, sealed);
  }

  /**
   * A frame of a packet; undefined where its header is not of the usual size.
   * @returns the frame, and what to call once it was taken by the transport
   */
  sealPacket(
    counter: number,
    header: Uint8Array,
    payload: Uint8Array,
  ): { readonly frame: Uint8Array; readonly sent: () => void } | undefined {
    if (header.length !== HEADER_BYTES) return undefined;
    const end = header.subarray(FRESH_BYTES);
    const known = this.#told.findIndex((told) => told !== undefined && isSame(told, end));
    const slot = known >= 0 ? known : this.#nextSlot;
    const fresh = known >= 0 ? header.subarray(0, FRESH_BYTES) : header;
    const sealed = new Uint8Array(1 + fresh.length + payload.length);
    sealed[0] = (known >= 0 ? KNOWN : NOTED) | slot;
    sealed.set(fresh, 1);
    sealed.set(payload, 1 + fresh.length);
    const sent = (): void => {
      if (known >= 0) return;
      this.#told[slot] = end.slice();
      this.#nextSlot = (slot + 1) % SHORT_HEADERS_MAX;
    };
    return { frame: this.#seal(counter, sealed), sent };
  }

  /** The counter of a frame: of those with these lowest bits the one nearest to what comes next. */
  static counterOf(frame: Uint8Array, highest: number): number {
    const low = ((frame[1] ?? 0) << 8) | (frame[2] ?? 0);
    const expected = highest + 1;
    const near = expected - (expected % COUNTER_SPAN) + low;
    if (near > expected + COUNTER_SPAN / 2 && near >= COUNTER_SPAN) return near - COUNTER_SPAN;
    return near <= expected - COUNTER_SPAN / 2 ? near + COUNTER_SPAN : near;
  }

  /** What is sealed in a frame, or undefined where it was altered. */
  open(frame: Uint8Array, counter: number): Uint8Array | undefined {
    if (frame.length <= HEAD_BYTES + SEAL_BYTES) return undefined;
    const text = frame.subarray(HEAD_BYTES, frame.length - SEAL_BYTES);
    const mac = this.#mac(this.#receive, counter, frame.subarray(0, frame.length - SEAL_BYTES));
    let difference = 0;
    for (let i = 0; i < SEAL_BYTES; i++) {
      difference |= (mac[i] ?? 0) ^ (frame[frame.length - SEAL_BYTES + i] ?? 0);
    }
    return difference === 0 ? stream(this.#receive, counter, text) : undefined;
  }

  /**
   * The packet in what was sealed; undefined for messages between the link rooms.
   * @throws WireError("malformed")
   */
  packetIn(sealed: Uint8Array): ShortPacket | undefined {
    const kind = (sealed[0] ?? 0) & 0xf0;
    const slot = (sealed[0] ?? 0) & 0x0f;
    if (sealed[0] === SEALED_INTERNAL) return undefined;
    if (kind === NOTED && sealed.length > HEADER_BYTES) {
      const header = sealed.subarray(1, 1 + HEADER_BYTES);
      this.#heard[slot] = header.slice(FRESH_BYTES);
      return { header, payload: sealed.subarray(1 + HEADER_BYTES) };
    }
    const end = this.#heard[slot];
    if (kind !== KNOWN || end === undefined || sealed.length <= FRESH_BYTES) {
      throw new WireError("malformed", "A short frame of unknown kind.");
    }
    const header = new Uint8Array(HEADER_BYTES);
    header.set(sealed.subarray(1, 1 + FRESH_BYTES));
    header.set(end, FRESH_BYTES);
    return { header, payload: sealed.subarray(1 + FRESH_BYTES) };
  }

  #seal(counter: number, sealed: Uint8Array): Uint8Array {
    const frame = new Uint8Array(HEAD_BYTES + sealed.length + SEAL_BYTES);
    frame[0] = FRAME_SHORT;
    frame[1] = counter >>> 8;
    frame[2] = counter;
    frame.set(stream(this.#send, counter, sealed), HEAD_BYTES);
    const end = HEAD_BYTES + sealed.length;
    frame.set(this.#mac(this.#send, counter, frame.subarray(0, end)).subarray(0, SEAL_BYTES), end);
    return frame;
  }

  #mac({ mac }: Subkeys, counter: number, bytes: Uint8Array): Uint8Array {
    return this.#suite.hmacSha256(mac, noiseNonce(counter), bytes);
  }
}

/**
 * A key for ChaCha20 and one for HMAC-SHA-256, whose first 8 bytes are the seal: Poly1305 cut short
 * would be weaker than its length says.
 */
function subkeys(suite: CryptoSuite, key: AeadKey): Subkeys {
  const bytes = key.seal(SUBKEY_NONCE, NO_BYTES, new Uint8Array(2 * KEY_BYTES));
  const cipher = suite.aead(CIPHER, bytes.slice(0, KEY_BYTES));
  return { cipher, mac: bytes.slice(KEY_BYTES, 2 * KEY_BYTES) };
}

/** Text to ciphertext and back. */
function stream({ cipher }: Subkeys, counter: number, text: Uint8Array): Uint8Array {
  return cipher.seal(noiseNonce(counter), NO_BYTES, text).subarray(0, text.length);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, i) => byte === other[i]);
}
