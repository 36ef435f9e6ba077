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
/** First wait before a failed exchange is tried again. */
export const RETRY_FIRST_MS = 1_000;
/** Longest wait before a failed exchange is tried again. */
export const RETRY_MAX_MS = 300_000;
