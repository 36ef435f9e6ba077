/** Lines that one part of a payment may go over, at most; a payment may ask for fewer. */
export const ROUTE_LINES_MAX = 12;
/** Parts that a payment may be split into. */
export const ROUTE_PARTS_MAX = 8;
/** Largest bucket: amounts up to AMOUNT_MAX. */
export const BUCKET_MAX = 50;
/** Lines that one advert tells of; lines beyond are told of by their other ends. */
export const ADVERT_LINES_MAX = 64;
/** How far an advert goes: to people so many lines away; one less where there are many near. */
export const ADVERT_HOPS_MAX = 3;
/** Bytes that prove who made an advert. */
export const ADVERT_PROOF_BYTES_MAX = 512;
/** Time between two adverts of one person where there is news all the time, in milliseconds. */
export const ADVERT_MIN_MS = 60_000;
/** Adverts of one person after a while without news, at once: new lines are of use soon. */
export const OWN_ADVERTS_BURST = 4;
/** How long until an advert is told again though nothing changed: six hours, in milliseconds. */
export const ADVERT_REPEAT_MS: number = 6 * 3_600_000;
/** How long an advert is believed: a day, in milliseconds. */
export const ADVERT_LIFE_MS: number = 24 * 3_600_000;
/** People whose adverts are kept. */
export const VICINITY_PEOPLE_MAX = 1_024;
/** Lines that all kept adverts tell of together. */
export const VICINITY_LINES_MAX = 8_192;
/** New adverts per second that one partner may send. */
export const ADVERTS_PER_SECOND = 20;
/** New adverts that one partner may send at once. */
export const ADVERTS_BURST = 2_048;
/** Lines that a hint tells of. */
export const HINT_LINES_MAX = 384;
/** People that a hint names. */
export const HINT_PEOPLE_MAX = 512;
/** Largest message of routing, in bytes. */
export const ROUTING_MESSAGE_BYTES_MAX = 32_768;
/** Probes that are under way at once for one payment. */
export const PROBES_AT_ONCE_MAX = 8;
/** Probes of one payment in all. */
export const PROBES_MAX = 32;
/** Times that a payment looks for other ways for what is missing. */
export const ROUNDS_MAX = 8;
/** Share of the vicinity that the adverts which came by one line may fill: one in so many. */
export const VICINITY_SHARE = 2;
/** People within two lines up to which an advert goes the whole way. */
export const NEAR_PEOPLE_MAX = 200;
/** Highest number of an advert: six bytes. */
export const ADVERT_SEQ_MAX: number = 2 ** 48 - 1;
/** Adverts that one message says to have, or asks for. */
export const HAVE_MAX = 80;
/** Shortest time between two times that one partner is told which adverts are here, in milliseconds. */
export const HAVE_MIN_MS = 60_000;
/** The same where the partner asks, in milliseconds. */
export const HAVE_ASKED_MIN_MS = 5_000;
/** Messages per second by which one partner may say what it has, or ask for adverts, and at once at most. */
export const HAVES_PER_SECOND = 1;
/** Such messages at once. */
export const HAVES_BURST = 64;
/** Shortest time between two looks at whether what was told of own lines still holds, in milliseconds. */
export const ADVERT_CHECK_MS = 5_000;
/** Bytes by which a payer shows the payee which request it is about, at most. */
export const ASK_PROOF_BYTES_MAX = 32;
/** Longest id of a currency, in characters. */
export const CURRENCY_CHARS_MAX = 64;
