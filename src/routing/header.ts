import { limits } from "../wire/index.ts";
import { HEADER_BYTES, ROUTING_VERSION } from "./limits.ts";

/** Flag: this packet has left the ordinary way once and may not do so again. */
export const FLAG_DETOUR = 0x1;
const KNOWN_FLAGS = FLAG_DETOUR;
const FIRST_BYTE = ROUTING_VERSION << 4;
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
  return (first & 0xf0) === FIRST_BYTE && (first & 0x0f & ~KNOWN_FLAGS) === 0;
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
