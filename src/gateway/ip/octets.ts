/** The byte at `at`; 0 beyond the end, so callers check lengths first. */
export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Two bytes in network order. */
export function u16(bytes: Uint8Array, at: number): number {
  return (u8(bytes, at) << 8) | u8(bytes, at + 1);
}

/** Four bytes in network order, unsigned. */
export function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}

/** Writes two bytes in network order. */
export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes four bytes in network order. */
export function setU32(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, (value >>> 16) & 0xffff);
  setU16(bytes, at + 2, value & 0xffff);
}
