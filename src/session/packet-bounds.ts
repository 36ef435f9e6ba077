import type { RoutingPort } from "../routing/index.ts";
import { PACKET_BYTES_MAX, PACKET_BYTES_MIN } from "./limits.ts";

/** Largest packet that the ordinary way carries whole, in bytes. */
export function wholePacketBytes(routing: RoutingPort): number {
  return Math.max(PACKET_BYTES_MIN, Math.min(PACKET_BYTES_MAX, routing.payloadBytesMax()));
}

/** Largest packet that routing takes and links cut into pieces, in bytes. */
export function cutPacketBytes(routing: RoutingPort): number {
  const ceilingBytes = Math.min(PACKET_BYTES_MAX, routing.payloadBytesCeiling?.() ?? 0);
  return Math.max(wholePacketBytes(routing), ceilingBytes);
}
