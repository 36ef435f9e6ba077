import { ID_BYTES } from "../identity/index.ts";
import { limits } from "../wire/index.ts";
import { EXTENDED_HEADER_BYTES_MAX, HEADER_BYTES, PACKET_VERSION } from "./limits.ts";

/** Flags of a packet on a detour that goes further out, to somebody who can step aside. */
export const FLAG_DETOUR = 0x1;
/** Flags of a packet on a detour that comes back, as nobody out there could. */
export const FLAG_RETURN = 0x2;
/** Flags of a packet that has made its detour: it may not leave the ordinary way again. */
export const FLAGS_SPENT = 0x3;
/** Flag of a packet whose header goes on with a path extension (see `paths/extension.ts`). */
export const FLAG_EXTENDED = 0x4;
const FIRST_BYTE = PACKET_VERSION << 4;
const DESTINATION_AT = 2;

/** Where a header's 16 destination bytes begin. */
export const HEADER_DESTINATION_OFFSET: number = DESTINATION_AT;
/** Where the 16 bytes of the router that sent a packet aside begin, while it is on its detour. */
export const HEADER_ASIDE_OFFSET: number = HEADER_BYTES;
/** Bytes of the longest header without a path extension. */
export const PLAIN_HEADER_BYTES_MAX: number = HEADER_BYTES + ID_BYTES;

/**
 * Writes a header that starts here into `header`, up to where an extension would begin; returns
 * that place. `self` is named where these flags begin a detour.
 */
export function writeHeader(
  header: Uint8Array,
  destination: Uint8Array,
  flags: number,
  self: Uint8Array,
): number {
  header[0] = FIRST_BYTE | flags;
  header[1] = limits.HOP_LIMIT;
  header.set(destination, DESTINATION_AT);
  if (isOnDetour(flags)) header.set(self, HEADER_ASIDE_OFFSET);
  return extensionOffset(flags);
}

/** Whether these bytes are a header that this version understands; of an extension only the size. */
export function isHeader(header: Uint8Array): boolean {
  const first = header[0] ?? 0;
  if ((first & 0xf0) !== FIRST_BYTE || (first & 0x08) !== 0) return false;
  const plainBytes = extensionOffset(first);
  if (!isExtended(header)) return header.length === plainBytes;
  return header.length > plainBytes && header.length <= EXTENDED_HEADER_BYTES_MAX;
}

/** Whether a header goes on with a path extension. */
export function isExtended(header: Uint8Array): boolean {
  return ((header[0] ?? 0) & FLAG_EXTENDED) !== 0;
}

/** Whether packets with these flags are under way to or from somebody who may step aside. */
export function isOnDetour(flags: number): boolean {
  const detour = flags & FLAGS_SPENT;
  return detour === FLAG_DETOUR || detour === FLAG_RETURN;
}

/** Where the path extension begins in a header with these flags. */
export function extensionOffset(flags: number): number {
  return isOnDetour(flags) ? PLAIN_HEADER_BYTES_MAX : HEADER_BYTES;
}

/** The detour flags of a valid header: 0, `FLAG_DETOUR`, `FLAG_RETURN` or `FLAGS_SPENT`. */
export function headerFlags(header: Uint8Array): number {
  return (header[0] ?? 0) & FLAGS_SPENT;
}

/** How many hops a packet may still take, this one included. */
export function headerHopLimit(header: Uint8Array): number {
  return header[1] ?? 0;
}

/**
 * Writes the header of a packet passed on, up to where an extension would begin: one hop less,
 * `flags` instead of the old ones; returns that place. On a detour `self` is named as who began it,
 * or whom the old header names where it `goesOn`.
 */
export function writeForwardedHeader(
  to: Uint8Array,
  from: Uint8Array,
  flags: number,
  self: Uint8Array,
  goesOn: boolean,
): number {
  for (let i = 0; i < HEADER_BYTES; i++) to[i] = from[i] ?? 0;
  to[0] = FIRST_BYTE | flags;
  to[1] = headerHopLimit(from) - 1;
  if (!isOnDetour(flags)) return HEADER_BYTES;
  for (let i = 0; i < ID_BYTES; i++) {
    to[HEADER_ASIDE_OFFSET + i] = (goesOn ? from[HEADER_ASIDE_OFFSET + i] : self[i]) ?? 0;
  }
  return PLAIN_HEADER_BYTES_MAX;
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
