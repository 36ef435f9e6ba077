/** Bytes of a message's text in UTF-8. */
export const TEXT_BYTES_MAX = 16_384;
/** Bytes of a sealed body: the text and less than 256 bytes around it. */
export const SEALED_BYTES_MAX: number = TEXT_BYTES_MAX + 256;
/** Messages that one call of `list` answers at most. */
export const LIST_MAX = 500;
/** Messages that `list` answers where nothing is asked for. */
export const LIST_DEFAULT = 100;
/** Unread messages of one person; further ones wait with their sender until some are read. */
export const UNREAD_PER_PERSON_MAX = 10_000;
/** Undelivered messages to one person; further ones are refused with an explanation. */
export const WAITING_PER_PERSON_MAX = 10_000;
/** Messages marked read in one batch. */
export const MARKS_PER_BATCH_MAX = 256;
