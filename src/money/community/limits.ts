/** Stewards of a community. */
export const SEATS_MAX = 16;
/** Tellers of a community. */
export const TELLERS_MAX = 32;
/** Members who have a credit limit of their own. */
export const EXCEPTIONS_MAX = 256;
/** The largest levy on a payment, in millionths of it. */
export const LEVY_PPM_MAX = 100_000;
/** The largest demurrage for a day, in millionths of what is above the free amount. */
export const DEMURRAGE_PPM_MAX = 10_000;
/** Versions of a community's rules. */
export const RULES_MAX = 1_024;
/** Bytes of a version of the rules. */
export const RULES_BYTES_MAX = 32_768;
/** Bytes of what a payment says it is for. */
export const MEMO_BYTES_MAX = 128;
/** Credits that one entry takes in. */
export const TAKES_MAX = 256;
/** Bytes of an entry without its stewards' words. */
export const ENTRY_BYTES_MAX = 10_240;
/** Bytes of an act. */
export const ACT_BYTES_MAX = 512;
/** Bytes of anything of a community's log with all words under it. */
export const FACT_BYTES_MAX = 40_960;
/** Everything in the log of one community. */
export const FACTS_MAX = 131_072;
/** Acts of one community's stewards. */
export const ACTS_MAX = 4_096;
/** Entries of one community that count besides others of their number, because tellers answered for them. */
export const LATES_MAX = 1_024;
/** Accounts of one community. */
export const ACCOUNTS_MAX = 4_096;
/** Communities of one peer. */
export const COMMUNITIES_MAX = 16;
/** Communities of one group of which this peer heard from others. */
export const COMMUNITIES_PER_GROUP_MAX = 4;
/** Members to whom something that came from another is passed on at once; the rest find out when they compare. */
export const FORWARD_MAX = 8;
/** Proposals of one community that wait for stewards. */
export const PROPOSALS_MAX = 64;
/** Proposals that one steward's word brings in. */
export const PROPOSALS_PER_SEAT_MAX = 16;
/** Requests to be admitted that wait at one steward. */
export const APPLICANTS_MAX = 256;
/** Slips of tellers that the log has not taken in yet. */
export const SLIPS_MAX = 4_096;
/** Those of one teller. */
export const SLIPS_PER_TELLER_MAX = 1_024;
/** Seconds that an entry may be ahead of a steward's clock. */
export const AHEAD_S_MAX = 86_400;
/** Offers and wants of one member. */
export const LISTINGS_PER_MEMBER_MAX = 32;
/** Offers and wants of one community. */
export const LISTINGS_MAX = 2_048;
/** Bytes of the title of an offer or want. */
export const LISTING_TITLE_BYTES_MAX = 80;
/** Bytes of what more an offer or want says. */
export const LISTING_TEXT_BYTES_MAX = 500;
/** Days that an offer or want stands at most. */
export const LISTING_DAYS_MAX = 90;
/** Bytes of a frame, its length field not counted. */
export const FRAME_BYTES_MAX = 262_144;
/** Bytes of facts after which a frame holds no further one. */
export const FACTS_FRAME_BYTES = 49_152;
/** Bytes that a stream may hold unacknowledged before more waits. */
export const UNSENT_BYTES_MAX = 524_288;
/** Lists that wait on one stream until the other side has read those before; what comes then is left out. */
export const LISTS_WAITING_MAX = 64;
/** Streams with members' devices at a time. */
export const TALKS_MAX = 64;
/** How long either side waits for the other at the beginning of a stream. */
export const ANSWER_TIMEOUT_MS = 20_000;
/** How long a stream is kept on which nothing happens. */
export const IDLE_TIMEOUT_MS = 120_000;
/** How often a member in reach is spoken to where nothing new happens. */
export const COMPARE_EVERY_MS = 600_000;
/** How often an order that too few stewards have signed is shown to those in reach again. */
export const ORDER_EVERY_MS = 10_000;
/** Entries of a statement that are told at a time: the newest. */
export const STATEMENT_MAX = 10_000;
