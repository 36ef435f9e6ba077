/** Lines of one peer, those that were offered or are closed among them. */
export const LINES_MAX = 512;
/** Lines that others have offered and that wait for an answer; more are not heard. */
export const OFFERS_MAX = 32;
/** Lines that one person has offered and that wait for an answer. */
export const OFFERS_PER_PERSON_MAX = 4;
/** Batches of a line after which what it says is kept whole, so that a start reads no more than these. */
export const EPOCH_BATCHES = 256;
/** Operations that the partner has not shown to have seen after which they are asked to sign an account. */
export const ACCOUNT_AFTER_OPS = 4_096;
/** Bytes of a frame, its length field not counted. */
export const FRAME_BYTES_MAX = 131_072;
/** Bytes of batches after which a frame holds no further one. */
export const BATCHES_FRAME_BYTES = 65_536;
/** Bytes that are gathered for a stream after which they are written at once. */
export const GATHERED_BYTES = 65_536;
/** Batches in one frame. */
export const BATCHES_PER_FRAME_MAX = 256;
/** Bytes that a stream may hold unacknowledged before more waits. */
export const UNSENT_BYTES_MAX = 262_144;
/** Bytes of the partner's batches that wait for the disk before more is read from them. */
export const INCOMING_BYTES_MAX: number = 1 << 20;
/** Messages of payments that wait until streams with partners in reach are there again. */
export const OUTBOX_MAX = 1_024;
/** Streams with partners' devices at a time. */
export const TALKS_MAX = 128;
/** How long either side waits for the other at the beginning of a stream. */
export const ANSWER_TIMEOUT_MS = 20_000;
/** How long a stream is kept on which nothing happens. */
export const IDLE_TIMEOUT_MS = 120_000;
/** How often a partner in reach is spoken to where nothing new happens. */
export const RETRY_MAX_MS = 600_000;
/** Least time between two readings of a line's old batches for the same partner. */
export const SERVE_PAUSE_MS = 5_000;
/** How long somebody who does not read old batches keeps others waiting for theirs. */
export const SERVE_STALLED_MS = 10_000;
/** Least time before a line that the disk did not give back is read again. */
export const MEND_PAUSE_MS = 5_000;
/** Entries of a statement that are told at a time: the newest. */
export const ENTRIES_MAX = 10_000;
/** Lines whose ids are remembered as text and as bytes; all are forgotten where there are more. */
export const LINE_NAMES_MAX = 256;
/** Bytes of a letter about a line. */
export const LETTER_BYTES_MAX = 16_384;
/** Bytes of the batches in one letter about a line; a batch that alone is larger waits until partners meet. */
export const LETTER_BATCHES_BYTES = 14_000;
/** Letters about lines that have come and are not done with: more are not taken. */
export const LETTERS_KEPT_MAX = 1_024;
/** Letters about one line that are written in a row. */
export const LETTERS_AT_ONCE_MAX = 16;
/** How long something new waits for a partner to come into reach before it goes into a letter. */
export const LETTER_AFTER_MS = 60_000;
/** Least time between letters about one line that nobody asked for. */
export const LETTER_PAUSE_MS = 600_000;
