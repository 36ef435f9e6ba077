import { limits } from "../wire/index.ts";
import { EXTENDED_HEADER_BYTES_MAX, HEADER_BYTES, PACKET_VERSION } from "./limits.ts";

/** Flags of a packet on a detour that should take a second step aside where it arrives. */
export const FLAG_DETOUR = 0x1;
/** Flags of a packet that has made its detour: it may not leave the ordinary way again. */
export const FLAGS_SPENT = 0x3;
/** Flag of a packet whose header goes on with a path extension (see `paths/extension.ts`). */
export const FLAG_EXTENDED = 0x4;
const KNOWN_FLAGS: readonly number[] = [0, FLAG_DETOUR, FLAGS_SPENT];
const FIRST_BYTE = PACKET_VERSION << 4;
const DESTINATION_AT = 2;

/** Where a header's 16 destination bytes begin. */
export const HEADER_DESTINATION_OFFSET: number = DESTINATION_AT;

/** Writes the first `HEADER_BYTES` of a packet that starts here into `header`. */
export function writeHeader(header: Uint8Array, destination: Uint8Array, flags: number): void {
  header[0] = FIRST_BYTE | flags;
  header[1] = limits.HOP_LIMIT;
  header.set(destination, DESTINATION_AT);
}

/** Whether these bytes are a header that this version understands; of an extension only the size. */
export function isHeader(header: Uint8Array): boolean {
  const first = header[0] ?? 0;
  if ((first & 0xf0) !== FIRST_BYTE) return false;
  if (!KNOWN_FLAGS.includes(first & 0x0f & ~FLAG_EXTENDED)) return false;
  if (!isExtended(header)) return header.length === HEADER_BYTES;
  return header.length > HEADER_BYTES && header.length <= EXTENDED_HEADER_BYTES_MAX;
}

/** Whether a header goes on with a path extension. */
export function isExtended(header: Uint8Array): boolean {
  return ((header[0] ?? 0) & FLAG_EXTENDED) !== 0;
}

/** The detour flags of a valid header: 0, `FLAG_DETOUR` or `FLAGS_SPENT`. */
export function headerFlags(header: Uint8Array): number {
  return (header[0] ?? 0) & FLAGS_SPENT;
}

/** How many hops a packet may still take, this one included. */
export function headerHopLimit(header: Uint8Array): number {
  return header[1] ?? 0;
}

/** Writes the header of a packet passed on: one hop less, `flags` instead of the old ones. */
export function writeForwardedHeader(to: Uint8Array, from: Uint8Array, flags: number): void {
  for (let i = 0; i < HEADER_BYTES; i++) to[i] = from[i] ?? 0;
  to[0] = FIRST_BYTE | flags;
  to[1] = headerHopLimit(from) - 1;
}

/** Whether a header names `id` as its destination. */
export function isAddressedTo(header: Uint8Array, id: Uint8Array): boolean {
  return hasIdAt(header, DESTINATION_AT, id);
}

/** Whether the 16 bytes of an id stand in a header from `at` on. */
export function hasIdAt(header: Uint8Array, at: number, id: Uint8Array): boolean {
  for (let i = 0; i < id.length; i++) if (header[at + i] !== id[i]) return false;
  return true;
}
