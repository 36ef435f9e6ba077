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
/** Part of both limits of a line together that one side may have locked: a half. */
export const LOCKED_PART = 2;
/** Currencies into which one side of a line quotes rates. */
export const RATES_MAX = 8;
/** Operations that one signature covers. */
export const OPS_PER_BATCH_MAX = 512;
/** Bytes of operations after which a batch takes no further one. */
export const BATCH_OPS_BYTES = 32_768;
/** Bytes of a signed batch. */
export const BATCH_BYTES_MAX: number = BATCH_OPS_BYTES + 4_096;
/** Highest number of a batch in a half-log. */
export const BATCHES_MAX: number = 2 ** 40;
/** Operations that this side writes ahead of what the partner has shown to have seen. */
export const UNSEEN_OPS_MAX = 16_384;
/** Bytes of batches that this side writes ahead of what the partner has shown to have seen. */
export const UNSEEN_BYTES_MAX: number = 4 << 20;
/** Batches of the partner whose hashes are remembered, to prove a fork. */
export const HASHES_KEPT = 256;
/** Statements of one side that wait for the partner's signature. */
export const STATEMENTS_WAITING_MAX = 4;
/** Bytes of what shows that a device acts for its person. */
export const PROOF_BYTES_MAX = 512;
