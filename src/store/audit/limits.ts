/** Columns of a block, in bytes: a fragment is summed up block by block. A SIMD kernel's friend. */
export const AUDIT_BLOCK_BYTES = 64;

/** Bytes that one holder answers to one challenge, over all fragments and layers it names. */
export const AUDIT_REPLY_BYTES = 64;

/** Bytes of a challenge's seed. */
export const AUDIT_SEED_BYTES = 32;

/** Bytes of the nonce that keeps a commitment from being guessed. */
export const AUDIT_NONCE_BYTES = 16;

/** Time a holder has to commit itself, in milliseconds, besides what its reading takes. */
export const AUDIT_PATIENCE_MS = 10_000;

/** Bytes per millisecond at which a holder is expected to read what it is asked about. */
export const AUDIT_BYTES_PER_MS = 10_000;

/** Challenges that are worked on at the same time, for all who ask. */
export const AUDITS_SERVED_MAX = 8;

/** Bytes of fragments that one peer may have read for its challenges in an hour. */
export const AUDIT_BYTES_PER_ASKER: number = 8 * 2 ** 30;

/** The same for all peers together that brought nothing of what they ask about. */
export const AUDIT_BYTES_FOR_STRANGERS: number = 8 * 2 ** 30;

/** Challenges that one peer may make in an hour, however small. */
export const AUDITS_PER_ASKER = 20_000;

/** Peers whose challenges are counted one by one; the longest quiet one makes room. */
export const AUDIT_ASKERS_MAX = 1_024;

/** Bytes that a challenge costs at least: finding the records of a small fragment is work too. */
export const AUDIT_BYTES_MIN = 65_536;

/** Longest wait that a refusal may ask for, in milliseconds: one hour. */
export const AUDIT_WAIT_MS_MAX = 3_600_000;

/** Columns of replies that the search for wrong ones looks at; more make it slower, not surer. */
export const LOCATE_COLUMNS_MAX = 8;

/** Peers of whose conduct a record is kept; the longest unseen one makes room. */
export const CONDUCTS_MAX = 4_096;

/** The best score of a peer that was audited; scores are thousandths. */
export const CONDUCT_SCORE_MAX = 1_000;

/** In what time a peer audits each of its objects once by itself, in milliseconds: 30 days. */
export const AUDIT_EVERY_MS: number = 30 * 86_400_000;

/** Audits that a peer begins by itself in an hour, however many objects it has. */
export const AUDITS_PER_HOUR = 60;

/** Bytes that holders are made to read in an hour by audits that begin by themselves. */
export const AUDIT_READ_BYTES_PER_HOUR: number = 16 * 2 ** 30;

/** How long after the start the first audit begins by itself, in milliseconds. */
export const AUDIT_FIRST_MS = 600_000;

/** Pause where an audit could not begin, in milliseconds. */
export const AUDIT_RETRY_MS = 600_000;
