/** Memory that is handed out in pieces: an array of its own costs the platform more than what is written to it. */
const ROOM_BYTES = 16_384;
/** More is not worth sharing. */
const LENT_BYTES_MAX = 1_024;

let room = new Uint8Array(0);
let used = 0;

/**
 * So many bytes to be written whole, in memory that they share with others: for what is soon forgotten, since whoever keeps a few
 * of them keeps all beside them. What they hold at first is not said.
 */
export function lentBytes(sizeBytes: number): Uint8Array {
  if (sizeBytes > LENT_BYTES_MAX) return new Uint8Array(sizeBytes);
  if (used + sizeBytes > room.length) {
    room = new Uint8Array(ROOM_BYTES);
    used = 0;
  }
  used += sizeBytes;
  return room.subarray(used - sizeBytes, used);
}
