/** Bytes of one segment object: what is put meanwhile goes into the next one. */
export const S3_SEGMENT_BYTES: number = 8 << 20;
/** How long the first of some changes waits for others to share its object with, in milliseconds. */
export const S3_GATHER_MS = 15;
/** Objects being uploaded at one time. */
export const S3_UPLOADS_MAX = 4;
/** Bytes of changes that wait for the cluster or are on their way; further ones are refused. */
export const S3_WAITING_BYTES_MAX: number = 256 << 20;
/** Requests on their way at one time; further ones wait. */
export const S3_REQUESTS_MAX = 16;
/** How long the cluster may send or take nothing in the middle of a request, in milliseconds. */
export const S3_SILENCE_MS = 15_000;
/** How long a request is tried again that may still succeed, in milliseconds. */
export const S3_RETRY_MS = 60_000;
/** The same while the store is being opened, so that a wrong endpoint is told soon. */
export const S3_RETRY_OPENING_MS = 6_000;
/** The same while the store is being closed. */
export const S3_RETRY_CLOSING_MS = 3_000;
/** First wait before a request is tried again, in milliseconds; it doubles each time. */
export const S3_BACKOFF_MS_MIN = 100;
/** Longest wait before a request is tried again, in milliseconds. */
export const S3_BACKOFF_MS_MAX = 5_000;
/** Bytes of an answer that is no block: a list of objects, or what went wrong. */
export const S3_ANSWER_BYTES_MAX: number = 4 << 20;
/** Objects that the cluster lists in one answer. */
export const S3_LIST_PAGE = 1_000;
/** Segments in one place: 8 TB of full ones. */
export const S3_SEGMENTS_MAX = 1_000_000;
/** Bytes fetched from the end of a segment, where its index is, in the first attempt. */
export const S3_TAIL_BYTES = 65_536;
/** Bytes of the index at the end of a segment. */
export const S3_TAIL_BYTES_MAX: number = 8 << 20;
/** Segment numbers that are noted on disk as taken, at a time. */
export const S3_NUMBERS_RESERVED = 256;
/** Characters of the path in the bucket. */
export const S3_PREFIX_CHARS_MAX = 200;
/** Characters of a cluster's own words that are shown to a person. */
export const S3_WORDS_MAX = 200;
/** Bytes below which a segment object is small: many of them are merged. */
export const S3_SMALL_BYTES: number = 1 << 20;
/** Small segments that are merged into one. */
export const S3_MERGE_SEGMENTS = 32;
