/** Bytes of what a lock carries for the next one on the way. */
export const ONION_BYTES_MAX = 1_024;
/** Bytes of an unsigned message between partners. */
export const TOLD_BYTES_MAX = 2_048;
/** Bytes of a payment's memo. */
export const MEMO_BYTES_MAX = 128;
/** Bytes of why a lock is let go. */
export const REASON_BYTES_MAX = 128;
/** Locks that one side may hold open on a line. */
export const LOCKS_OPEN_MAX = 1_024;
