/** How long the other side may take to end a connection that this side has ended, in milliseconds. */
export const CLOSE_TIMEOUT_MS = 10_000;
/** First port that is tried where a listener asks for any (RFC 6335 section 6: dynamic ports). */
export const ANY_PORT_FIRST = 49_152;
/** Ports that are tried where a listener asks for any: one more than programs can listen at. */
export const ANY_PORT_ATTEMPTS_MAX = 65;
/** Bytes that have arrived and that libp2p does not take; one more breaks the connection off. */
export const UNREAD_BYTES_MAX: number = 4 << 20;
/** Widest window of a Yamux stream, which it sends as one frame, told to wait or not (@libp2p/yamux). */
export const YAMUX_WINDOW_BYTES: number = 16 << 20;
/** Bytes that libp2p sends on although told to wait: windows of 16 streams; one more breaks the connection off. */
export const UNSENT_BYTES_MAX: number = 16 * YAMUX_WINDOW_BYTES;
