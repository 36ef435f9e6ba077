import { PACKET_BYTES_MAX } from "./limits.ts";
import { OFFLOAD_BYTES } from "./offload.ts";

/** First byte of a tunnel datagram: version 1 in the high half, the kind in the low one. */
export const KIND = { plain: 0x10, offload: 0x11, piece: 0x12 } as const;

/** Where the virtio-net header is in a frame; before it is the byte for the kind. */
export const OFFLOAD_AT = 1;
/** Where the IPv6 packet is in a frame with a virtio-net header. */
export const PACKET_AT: number = OFFLOAD_AT + OFFLOAD_BYTES;
/** Bytes of the largest frame. */
export const FRAME_BYTES_MAX: number = PACKET_AT + PACKET_BYTES_MAX;
/** Bytes before the data of a piece: kind (1), id (4), index (1), count (1). */
export const PIECE_HEAD_BYTES = 7;
