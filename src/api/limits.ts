/** Largest JSON body of a call, in bytes. */
export const JSON_BODY_BYTES_MAX = 65_536;
/** Entries of one batch of small files. */
export const BATCH_ENTRIES_MAX = 512;
/** Bytes of one batch of small files: entries of the largest size, and room to spare. */
export const BATCH_BYTES_MAX: number = 4 << 20;
/** Open event streams at once. */
export const EVENT_STREAMS_MAX = 32;
/** Bytes an event stream may lag behind before it is closed; the client reconnects. */
export const EVENT_LAG_BYTES_MAX = 1_048_576;
/** Time a client has to send its request head and JSON body, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** How long a connection that nobody uses stays open, in milliseconds. */
export const IDLE_CONNECTION_MS = 60_000;
/** How long a refused request may go on sending before its connection is cut, in milliseconds. */
export const REFUSED_SENDING_MS = 2_000;
/** Connections to the local API at once. */
export const CONNECTIONS_MAX = 256;
/** Round trips measured to each peer on the way that is traced; the least one counts. */
export const TRACE_PINGS = 3;
/** Messages returned by one call. */
export const MESSAGES_PAGE_MAX = 500;
/** Calls whose answer waits for other peers, at once. */
export const WAITING_CALLS_MAX = 64;
/** What a call says in its Upgrade header that becomes a plain stream. */
export const STREAM_PROTOCOL = "peernet-stream";

/** Bytes of the layers that one preview is made of. */
export const PREVIEW_BYTES_MAX: number = 64 << 20;

/** How long what would be left of an object is waited for when nothing moves, in milliseconds. */
export const SURVIVORS_PATIENCE_MS = 500;

/** How long a carry file may take to come in whole, in milliseconds. */
export const CARRY_BODY_MS = 60_000;
/** Shortest and longest wait for words that both people asked for at one time, in milliseconds. */
export const WORDS_SETTLE_MIN_MS = 500;
/** See WORDS_SETTLE_MIN_MS. */
export const WORDS_SETTLE_MAX_MS = 5_000;

/** Browsers paired over the local network. */
export const LAN_BROWSERS_MAX = 16;
/** Codes for pairing that are good at once; the oldest goes first. */
export const LAN_CODES_MAX = 4;
/** How long a code for pairing is good, in milliseconds. */
export const LAN_CODE_LIFE_MS = 600_000;
/** Bytes of what a paired browser is called. */
export const LAN_NAME_BYTES_MAX = 64;
/** Connections from the local network at once. */
export const LAN_CONNECTIONS_MAX = 64;
/** Time for a TLS handshake from the local network, in milliseconds. */
export const LAN_HANDSHAKE_MS = 10_000;
/** How long the certificate of the local network is good, in milliseconds: browsers take no longer ones. */
export const LAN_CERTIFICATE_LIFE_MS: number = 397 * 24 * 3_600_000;
/** A certificate that ends within this time is replaced when the door is opened, in milliseconds. */
export const LAN_CERTIFICATE_RENEW_MS: number = 30 * 24 * 3_600_000;
/** Bytes of a picture file that somebody chooses to show of themselves. */
export const PICTURE_FILE_BYTES_MAX: number = 8 << 20;
/** Lines of the log that one call tells. */
export const LOG_LINES_MAX = 3_000;
/** Lines of the log that one call tells where nothing else is said. */
export const LOG_LINES_USUAL = 200;
/** Letters of what is looked for in the log. */
export const LOG_FIND_CHARS_MAX = 200;
/** Files within the one file that holds everything of a person. */
export const EXPORT_ENTRIES_MAX = 32_768;
