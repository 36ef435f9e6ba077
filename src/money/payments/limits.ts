/** Lines that one part of a payment may go over: the layers of a long onion. */
export const HOPS_MAX = 12;
/** Layers of a near onion: ways of so many lines, which is most of them, cost no more bytes than that. */
export const NEAR_HOPS_MAX = 5;
/** Layers of a short onion. */
export const SHORT_HOPS_MAX = 8;
/** Parts that a payment may be split into, and parts of one payment that a payee holds. */
export const PARTS_MAX = 8;
/** Reservations that one payment asks for at once. */
export const PROBES_MAX = 16;
/** Bytes of what an onion tells each of those it goes through. */
export const LAYER_PAYLOAD_BYTES = 10;
/** Bytes of a near onion, whatever the length of the way: a key, a checksum and five layers of 14. */
export const NEAR_ONION_BYTES = 106;
/** Bytes of a short onion: eight layers. */
export const SHORT_ONION_BYTES = 148;
/** Bytes of a long onion: twelve layers. */
export const LONG_ONION_BYTES = 204;
/** Onion keys whose shared secret is remembered, so that a payer with many payments costs a hop less. */
export const ONION_SECRETS_MAX = 1_024;
/** How long a payer uses an onion's key again for payments over the same way, in milliseconds. */
export const ONION_RUN_MS = 2_000;
/** Onions with one key, at most: half of all marks, so that a free one is soon drawn. */
export const ONION_RUN_USES_MAX = 128;
/** Ways for which a payer keeps a key for a moment. */
export const ONION_RUNS_MAX = 64;
/** Longest memo of an invoice, in bytes. */
export const INVOICE_MEMO_BYTES_MAX = 128;
/** Ways into the payee's neighbourhood that an invoice may name. */
export const HINTS_MAX = 4;
/** Longest invoice, in bytes. */
export const INVOICE_BYTES_MAX = 1_536;
/** Longest link of an invoice or receipt that is looked at, in characters. */
export const PAYMENT_LINK_CHARS_MAX = 4_096;
/** Requests that one signature covers at most: a power of two. */
export const REQUESTS_PER_SIGNATURE_MAX = 16;
/** Signatures under several requests that are remembered once they were looked at. */
export const SIGNATURES_REMEMBERED_MAX = 64;
/** How long an invoice may be open: a year, in milliseconds. */
export const INVOICE_LIFE_MAX_MS: number = 365 * 24 * 3_600_000;
/** How long an invoice is open where nothing else is said: a day, in milliseconds. */
export const INVOICE_LIFE_MS: number = 24 * 3_600_000;
/** Invoices of ours that are neither paid nor expired nor withdrawn. */
export const INVOICES_OPEN_MAX = 10_000;
/** Invoices of ours that are remembered in all. */
export const INVOICES_MAX = 100_000;
/** Invoices that are over and forgotten together where there is no room for one more. */
export const INVOICES_FORGOTTEN_AT_ONCE = 1_000;
/** Payments of ours under way at once. */
export const PAYMENTS_MAX = 1_024;
/** Payments of ours that ended without success and are still told of. */
export const FAILED_KEPT_MAX = 256;
/** Receipts kept; above it, no payment is begun until some were exported and removed. */
export const RECEIPTS_MAX = 100_000;
/** Times that a payment looks for other ways after parts of it were refused. */
export const RETRIES_MAX = 6;
/** Locks that this peer passes on at once, over all its lines. */
export const HOP_ENTRIES_MAX = 65_536;
/** Reservations that one line's partner may have here at once. */
export const RESERVATIONS_PER_LINE_MAX = 1_024;
/** How long a reservation holds what it reserved, in milliseconds. */
export const RESERVATION_LIFE_MS = 120_000;
/** How long a payer waits for the answer to a reservation, in milliseconds: twelve lines of a slow radio. */
export const RESERVE_WAIT_MS = 90_000;
/** Messages per second that one line's partner may send about payments, and at once at most. */
export const TOLD_PER_SECOND = 4_000;
/** Messages that one line's partner may send at once. */
export const TOLD_BURST = 8_000;
/**
 * Of what may be locked on a line so much is kept for others than the one line by which most comes in: one part in
 * this many, whether they asked lately or not. Whoever floods one line cannot use up another.
 */
export const KEPT_LEAST_PART = 8;
/** The same at most, where others asked lately for as much or more. */
export const KEPT_MOST_PART = 2;
/** How long what somebody asked of a line is kept for them, in milliseconds. */
export const ASKED_LIFE_MS = 600_000;
/** Pairs of lines of which it is remembered what one asked of the other. */
export const ASKED_MAX = 4_096;
/** Locks on one line that come in by one other line: half of what the line has. */
export const UPSTREAM_LOCKS_MAX = 512;
/** How long until something that the disk or a line refused is tried again, in milliseconds. */
export const RETRY_MS = 5_000;
/** How long until the payee is asked again to let go of what is locked, in milliseconds. */
export const LET_GO_EVERY_MS = 30_000;
/** Rates that this peer quotes. */
export const RATES_MAX = 64;
/** Rates of one line's partner that are remembered. */
export const OFFERS_PER_LINE_MAX = 64;
/** Quotes per second that one line's partner is heard with, and at once at most: each is a signature to check. */
export const QUOTES_HEARD_PER_SECOND = 1;
/** Quotes that one line's partner is heard with at once. */
export const QUOTES_HEARD_BURST = 128;
/** How long a quote of a rate that stands is valid: two days, in milliseconds. */
export const RATE_LIFE_MS: number = 2 * 24 * 3_600_000;
/** How often quotes that expire soon are looked for, in milliseconds. */
export const RATE_CHECK_EVERY_MS = 3_600_000;
/** Largest numerator and denominator of a rate. */
export const RATE_TERM_MAX = 1_000_000_000;
/** How long a quote may be valid: a week, in milliseconds. */
export const RATE_LIFE_MAX_MS: number = 7 * 24 * 3_600_000;
/** Longest quote, in bytes. */
export const QUOTE_BYTES_MAX = 1_024;
/** Pairs of lines whose common name is remembered; all are forgotten where there are more. */
export const PAIR_NAMES_MAX = 4_096;
