/** Ceiling of any mesh frame, in bytes; transports below it are hidden by fragmentation. */
export const FRAME_BYTES_MAX = 65_535;
/** Bytes of a UDP payload that passes every usual path without IP fragmentation. */
export const DATAGRAM_BYTES_MAX = 1_200;
/** Largest CBOR document that `decodeCbor` looks at, in bytes. */
export const CBOR_BYTES_MAX: number = 1 << 20;
/** Items (numbers, texts, bytes, arrays, maps, map keys) in a CBOR document, however short each. */
export const CBOR_ITEMS_MAX = 65_536;
/** Deepest nesting of arrays and maps in a CBOR document. */
export const CBOR_DEPTH_MAX = 16;
/** Hops a packet may take before it is dropped. */
export const HOP_LIMIT = 250;
/** Bytes of a name that a peer gives itself (UTF-8). */
export const NAME_BYTES_MAX = 64;
/** Bytes of an encoded peer record. */
export const PEER_RECORD_BYTES_MAX = 640;
