/** Bytes of an entry's body. */
export const BODY_BYTES_MAX = 65_536;
/** Bytes of an encoded, signed entry: the body and less than 256 bytes around it. */
export const ENTRY_BYTES_MAX: number = BODY_BYTES_MAX + 256;
/** Bytes of a feed's label. */
export const LABEL_BYTES_MAX = 64;
/** Highest `seq` of an entry. */
export const SEQ_MAX: number = 2 ** 48 - 1;
/** Highest `kind` of an entry. */
export const KIND_MAX = 65_535;
/** Feeds, own and followed, that one peer keeps. */
export const FEEDS_MAX = 16_384;
/** Readers to whom one peer offers feeds. */
export const READERS_MAX = 16_384;
/** Feeds that are offered to one reader. */
export const OFFERS_PER_READER_MAX = 256;
/** Feeds named in one frame. */
export const FEEDS_PER_FRAME_MAX = 64;
/** Bytes of one frame on a feed stream, its length field not counted. */
export const FEED_FRAME_BYTES_MAX: number = ENTRY_BYTES_MAX + 64;
/** Entries sent on a stream whose persistence the reader has not told yet. */
export const ENTRIES_IN_FLIGHT_MAX = 32;
/** Bytes of entries in flight above which the author sends no further one. */
export const BYTES_IN_FLIGHT_MAX: number = 512 * 1024;
/** Bytes of answers that an author has not taken yet; one who lets more pile up is cut off. */
export const ANSWERS_UNREAD_BYTES_MAX: number = 256 * 1024;
/** Entries of one followed feed that wait for the disk; more than one stream may bring. */
export const ARRIVALS_WAITING_MAX = 64;
/** Entries that go to disk in one batch. */
export const ENTRIES_PER_BATCH_MAX = 32;
/** Appends that wait for the disk, per feed. */
export const APPENDS_WAITING_MAX = 256;
/** Entries of one stored bucket: the unit in which they are read back. A power of 16. */
export const BUCKET_ENTRIES = 16;
/** Silence of a reader who owes an answer, after which the stream is given up. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** How long a stream without work stays open for the next entry. */
export const IDLE_TIMEOUT_MS = 60_000;
/** First wait before a failed exchange is tried again. */
export const RETRY_FIRST_MS = 1_000;
/** Longest wait before a failed exchange is tried again. */
export const RETRY_MAX_MS = 300_000;
