import type { Ffi } from "./ffi.ts";

const WORD = 4;

/**
 * Memory that native code may be shown for as long as this object is kept. Offsets are in bytes
 * and multiples of what is written there, little-endian as every CPU that we run native code on.
 */
export class Pinned {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Where it begins. */
  readonly address: number;

  constructor(ffi: Ffi, size: number) {
    this.bytes = new Uint8Array(size);
    this.words = new Uint32Array(this.bytes.buffer);
    this.address = ffi.addressOf(this.bytes);
  }

  /** Writes a 64-bit number. */
  put64(at: number, value: number): void {
    this.words[at / WORD] = value >>> 0;
    this.words[at / WORD + 1] = Math.floor(value / 0x1_0000_0000);
  }

  put32(at: number, value: number): void {
    this.words[at / WORD] = value;
  }

  get32(at: number): number {
    return this.words[at / WORD] ?? 0;
  }

  /** The text at `at` up to its zero byte. */
  text(at: number): string {
    const end = this.bytes.indexOf(0, at);
    return Buffer.from(this.bytes.buffer, at, end - at).toString("latin1");
  }
}

/** `struct mmsghdr` of 64-bit Linux (recvmmsg(2), socket.h): where its members are. */
export const MESSAGE = {
  name: 0,
  nameBytes: 8,
  parts: 16,
  partCount: 24,
  control: 32,
  controlBytes: 40,
  flags: 48,
  bytes: 56,
  size: 64,
} as const;

/** `struct iovec`. */
export const PART = { base: 0, bytes: 8, size: 16 } as const;

/** `struct cmsghdr` with room for one number: 2 bytes of it are used to send, 4 to receive. */
export const CONTROL = { bytes: 0, level: 8, type: 12, value: 16, size: 24 } as const;
