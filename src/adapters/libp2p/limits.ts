/** How long the other side may take to end a connection that this side has ended, in milliseconds. */
export const CLOSE_TIMEOUT_MS = 10_000;
/** First port that is tried where a listener asks for any (RFC 6335 section 6: dynamic ports). */
export const ANY_PORT_FIRST = 49_152;
/** Ports that are tried where a listener asks for any: one more than programs can listen at. */
export const ANY_PORT_ATTEMPTS_MAX = 65;
