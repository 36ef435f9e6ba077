import { limits } from "../wire/index.ts";
import { HEADER_BYTES, PACKET_VERSION } from "./limits.ts";

/** Flags of a packet on a detour that should take a second step aside where it arrives. */
export const FLAG_DETOUR = 0x1;
/** Flags of a packet that has made its detour: it may not leave the ordinary way again. */
export const FLAGS_SPENT = 0x3;
const KNOWN_FLAGS: readonly number[] = [0, FLAG_DETOUR, FLAGS_SPENT];
const FIRST_BYTE = PACKET_VERSION << 4;
const DESTINATION_AT = 2;

/** Where a header's 16 destination bytes begin. */
export const HEADER_DESTINATION_OFFSET: number = DESTINATION_AT;

/** Writes the header of a packet that starts here into `header` (HEADER_BYTES long). */
export function writeHeader(header: Uint8Array, destination: Uint8Array, flags: number): void {
  header[0] = FIRST_BYTE | flags;
  header[1] = limits.HOP_LIMIT;
  header.set(destination, DESTINATION_AT);
}

/** Whether these bytes are a header that this version understands. */
export function isHeader(header: Uint8Array): boolean {
  if (header.length !== HEADER_BYTES) return false;
  const first = header[0] ?? 0;
  return (first & 0xf0) === FIRST_BYTE && KNOWN_FLAGS.includes(first & 0x0f);
}

/** The flags of a valid header. */
export function headerFlags(header: Uint8Array): number {
  return (header[0] ?? 0) & 0x0f;
}

/** How many hops a packet may still take, this one included. */
export function headerHopLimit(header: Uint8Array): number {
  return header[1] ?? 0;
}

/** Writes the header of a packet passed on: one hop less, `flags` instead of the old ones. */
export function writeForwardedHeader(to: Uint8Array, from: Uint8Array, flags: number): void {
  to.set(from);
  to[0] = FIRST_BYTE | flags;
  to[1] = headerHopLimit(from) - 1;
}
