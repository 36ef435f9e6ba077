const HOUR_MS = 3_600_000;
const DAY_MS: number = 24 * HOUR_MS;

/** Introductions under way over an edge without violations, at a time. */
export const EDGE_WINDOW = 6;
/** The same after one violation that is not forgiven. */
export const EDGE_WINDOW_AFTER_ONE = 5;
/** The same after two; after more it is one. */
export const EDGE_WINDOW_AFTER_TWO = 3;
/** The same over an edge that is new. */
export const NEW_EDGE_WINDOW = 1;
/** How long an edge is new: 14 days. */
export const NEW_EDGE_MS: number = 14 * DAY_MS;
/** How long an edge is closed after its first unwanted introduction: 22 hours. */
export const GATE_FIRST_MS: number = 22 * HOUR_MS;
/** How many times as long after each further one. */
export const GATE_GROWTH = 4;
/** Longest time for which an edge closes: 1,408 hours, in which no second violation is forgiven. */
export const GATE_MAX_MS: number = 1_408 * HOUR_MS;
/** Violations that are counted on one edge: more than six cannot come together. */
export const VIOLATIONS_MAX = 12;
/** Time without a violation after which one is forgiven: 30 days. */
export const FORGIVE_MS: number = 30 * DAY_MS;
/**
 * Unwanted introductions, not forgiven yet, that a contact holds against us before we are careful
 * with what we bring there. With one, a fiftieth of all requests in a ring of neighbours would find no
 * way (ADR 23).
 */
export const STRAINED_VIOLATIONS = 2;
/**
 * How long after something unwanted came over an edge nothing from there goes on to a contact who
 * holds something against us: 120 days. With 60, whoever attacks again as soon as it may is back
 * too soon (ADR 23).
 */
export const TAINTED_MS: number = 120 * DAY_MS;
/** How long an introduction may be under way before it lapses and its credit comes back: 7 days. */
export const INTRODUCTION_LIFE_MS: number = 7 * DAY_MS;
/** People between two who are introduced. */
export const INTRODUCERS_MAX = 3;
/** Requests from strangers shown a day (by UTC), unless the person chose another number. */
export const REQUESTS_PER_DAY = 3;
/** Largest such number. */
export const REQUESTS_PER_DAY_MAX = 100;
/** The span in which shown requests are counted: a day by UTC. */
export const SHOWN_DAY_MS: number = DAY_MS;
/** Bytes of the text that comes with a request. */
export const REQUEST_TEXT_BYTES_MAX = 280;
/** Requests from strangers that wait here, shown or not yet shown. */
export const TRAY_MAX = 256;
/** Introductions of others that are on their way over this peer. */
export const PASSAGES_MAX = 4_096;
/** Introductions and requests of one's own whose end is not known yet. */
export const SENT_MAX = 256;
/** Words for one contact that wait until one of its devices has heard them. */
export const LETTERS_PER_PERSON_MAX = 64;
/** Words for all contacts together. */
export const LETTERS_MAX = 8_192;
/** Edges that are remembered, those of former contacts too; the cleanest are forgotten first. */
export const EDGES_MAX = 16_384;
/** Bytes of a frame on a stream about introductions, its length field not counted. */
export const STRANGER_FRAME_BYTES_MAX = 2_048;
/** Devices of a stranger that an introduction names. */
export const INTRODUCED_DEVICES_MAX = 4;
/** How long to wait after the disk failed before it is tried again. */
export const DISK_RETRY_MS = 60_000;
/** Members of a group are one edge together: requests from it under way at a time. */
export const GROUP_WINDOW = 2;
/** Bytes of a bond that a ledger has issued. */
export const BOND_BYTES_MAX = 512;
/** Contacts asked for a way in one search. */
export const FIND_FANOUT_MAX = 16;
/** Searches that one contact may ask for in an hour. */
export const FIND_PER_HOUR = 20;
/** How long a contact may take to answer a search, in milliseconds. */
export const FIND_TIMEOUT_MS = 5_000;
/** Questions about ways under way at once. */
export const FINDS_MAX = 256;
/** How long a contact's word that it may be found counts: 2 days. */
export const FINDABLE_MS: number = 2 * DAY_MS;
/** Ways that are remembered, each for a day; the oldest are forgotten first. */
export const WAYS_MAX = 1_024;
/** Requests of its tray that a device tells another own one; of more those that were shown first. */
export const TOLD_REQUESTS_MAX = 64;
/** Edges of which a device tells another own one; of more those that closed last. */
export const TOLD_EDGES_MAX = 96;
/** Answers to requests in one other own device's tray that wait until it has heard them. */
export const ANSWERS_WAITING_MAX = 64;
/** Other own devices whose trays are remembered: more than a person has. */
export const OTHER_TRAYS_MAX = 64;
/** Bytes of a frame of the `tray` service, its length field not counted. */
export const TRAY_FRAME_BYTES_MAX = 65_536;
/**
 * How much later than the own device before it a device shows what waited for the next day, so that it knows what that
 * one has shown.
 */
export const SHOW_TURN_MS = 60_000;
/** Latest time at which settings told by another own device may have been decided: the last one that a date can have. */
export const DECIDED_AT_MAX_MS = 8_640_000_000_000_000;
