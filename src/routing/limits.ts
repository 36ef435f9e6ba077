import { PEER_RECORD_BYTES_MAX } from "../wire/limits.ts";

/** Origins kept besides direct neighbours, unless the options say otherwise (B_v). */
export const VICINITY_MAX = 4_096;
/** Origins kept for their low lottery value, unless the options say otherwise (B_l). */
export const LANDMARKS_MAX = 512;
/** Largest budget of either kind that the options may ask for: handles must suffice. */
export const BUDGET_MAX = 16_384;
/** Handles of one neighbour: 0 … this. */
export const HANDLE_MAX = 65_535;
/** Places of the table that lie free before one is used again, so that no handle is soon reused. */
export const FREE_SLOTS_MIN = 64;
/**
 * Part of each budget in which the neighbours that origins are heard from get equal shares: who
 * invents peers behind one link cannot take more than the rest (a cloud of Sybils).
 */
export const FAIR_SHARE = 4;
/** Where a budget is exceeded, one part in this many is cleared at once, so that it is rare. */
export const EVICTION_SHARE = 32;
/** Metric of what nobody has said anything about. */
export const METRIC_NONE = 0xffff_ffff;
/** Lottery value above all. */
export const LOTTERY_ALL: number = 2 ** 48 - 1;
/** Origins without a route whose feasible distance and record stay remembered. */
export const MEMORY_MAX = 4_096;
/**
 * How long the feasible distance of an origin without a route is kept. It must outlive every
 * message that still speaks of the old route (RFC 8966 section 3.7.3 names 3 minutes).
 */
export const MEMORY_MS: number = 10 * 60_000;

/** Largest sum of link costs that is still a route: 250 hops over the worst link. */
export const METRIC_MAX: number = 250 * 4_095;
/** Cost of a link, at most (see the link room). */
export const COST_MAX = 4_095;

/** Version of control messages. */
export const ROUTING_VERSION = 3;
/** Version of packet headers. */
export const PACKET_VERSION = 2;
/** Largest control message, in bytes. */
export const CONTROL_BYTES_MAX: number = 16 * 1_024;
/** Largest entry of a control message: one with the largest record. */
export const ENTRY_BYTES_MAX: number = 8 + PEER_RECORD_BYTES_MAX;

/** Links of a hash chain: sequence numbers that one signed record vouches for. */
export const CHAIN_LENGTH = 256;
/** Links below this rate have the smaller share for announcements. */
export const SLOW_LINK_BITS_PER_SECOND = 64_000;
/** Share of a slow link that announcements may use. */
export const SLOW_LINK_SHARE = 0.02;
/** Share of other links that announcements may use. */
export const FAST_LINK_SHARE = 0.05;
/** Announcements that any link takes at once after a pause, in bytes. */
export const BUDGET_BURST_BYTES = 1_024;
/** The same for fast links: what their share yields in this time. */
export const BUDGET_BURST_MS = 4_000;
/** Records that one neighbour is asked for at the same time. */
export const PULLS_OPEN_MAX = 48;
/**
 * Records that go together over a slow link, which saves a fifth of their bytes; more would hold up
 * what somebody waits for: two take 4 s at 1,200 bit/s.
 */
export const PULLS_SLOW_MAX = 2;
/** What the share of a slow link must have saved before so many are asked for: their bytes and frames. */
export const PULL_SHARE_BYTES = 832;
/** Records that a slow link takes at once after a pause, in bytes: some eight, so that a small mesh is known soon. */
export const PULL_BURST_BYTES = 4_096;
/** Records on order below which one more is asked for without waiting for nearer ones. */
export const PULLS_AT_ONCE = 8;
/** How long news of unknown origins gather, so that the nearest records are asked for first. */
export const PULL_GATHER_MS = 4;
/** How long others wait while as many records are on order as the table has places. */
export const PULL_PAUSE_MS = 50;
/** First wait for a record before another neighbour is asked; it doubles. */
export const PULL_RETRY_MS = 1_500;
/** Longest wait for a record. */
export const PULL_RETRY_MAX_MS = 60_000;
/** Origins whose records are not here yet, at most, and no more than there are free places; see `UNKNOWN_SHARE`. */
export const UNKNOWN_MAX = 4_096;
/** A full table gives up this part of its places, the worst, for origins whose records are not here yet. */
export const UNKNOWN_SHARE = 16;
/** When a place is wanted, an origin that has waited so long for its record gives way, if whoever brought it has brought most. */
export const UNKNOWN_MS = 5_000;
/** Introductions of a neighbour that wait for such places; beyond that its whole table is asked for later. */
export const INTRODUCTIONS_MAX = 256;
/** How often it is looked at the latest whether they have one. */
export const INTRODUCTIONS_MS = 1_000;
/** Shortest time between two tellings of our horizon to one neighbour. */
export const HORIZON_MS = 2_000;
/** The same for a horizon that has come nearer, in a message that leaves anyway. */
export const HORIZON_RIDE_MS = 50;
/** How long an origin stays in a full table before other neighbours are asked what they know of it. */
export const LONELY_MS = 2_000;
/**
 * How long an origin at the edge of both horizons has to have been in a table whose vicinity is
 * full before its record is asked for and it is told: many are pushed out again by better ones
 * that come later. The others wait less, by how far within they lie, so that the better come first.
 */
export const STAY_MS = 2_000;
/** Such waits end at multiples of this: what has stayed long enough is asked for and told together. */
export const STAY_STEP_MS = 100;
/**
 * A newer sequence number that changes nothing else waits for a multiple of this in a router whose
 * vicinity is full or that has many of them, but for those who have asked for it: then many share a
 * message.
 */
export const NUMBER_STEP_MS = 5_000;
/** Where so many such numbers wait already, further ones wait for a multiple of `NUMBER_LONG_STEP_MS`. */
export const NUMBERS_WAITING_MANY = 128;
/** Longer, so that a router among a thousand origins that all change each second is not kept busy by that. */
export const NUMBER_LONG_STEP_MS = 10_000;
/** Proofs of such numbers that are made once for all neighbours of one turn; of more, one is made for each. */
export const PROOFS_KEPT_MAX = 1_024;
/** Such numbers that a router with room in its vicinity tells at once, all the same. */
export const NUMBERS_AT_ONCE = 4;
/** The same per second in the long run. */
export const NUMBERS_PER_SECOND = 1;
/** Queries that wait for an origin that is not known yet. */
export const QUERIES_MAX = 256;
/** Origins kept beside the budgets because somebody here asked for them. */
export const PINS_MAX = 256;
/** How long such an origin is kept. */
export const PIN_MS: number = 10 * 60_000;
/** When neighbours have come or gone: how long what they bring has time to fill free places unasked. */
export const ROOM_WAIT_MS = 2_000;
/** Longest pause between two times that neighbours are asked what could fill free places. */
export const ROOM_PAUSE_MAX_MS: number = 60 * 60_000;
/** How long a query waits. */
export const QUERY_MS = 30_000;
/** Changes of one origin in a row that are told without delay; later ones wait longer and longer. */
export const UNREST_FREE = 6;
/** Longest time that a change of a restless origin waits. */
export const UNREST_WAIT_MAX_MS = 5_000;
/** In this time half of an origin's unrest is forgotten. */
export const UNREST_HALF_LIFE_MS = 10_000;
/** Hops that a request for a sequence number may take. */
export const REQUEST_HOP_LIMIT = 250;

/** Header of a packet: version and flags, hop limit, destination. */
export const HEADER_BYTES = 18;
/** Largest header: extension flags, a waypoint, and two label stacks of up to 255 bytes. */
export const EXTENDED_HEADER_BYTES_MAX: number = HEADER_BYTES + 16 + 1 + 16 + 2 * (1 + 255);
/** What the link adds to a whole packet: frame head, kind of the sealed part, and its tag. */
export const LINK_OVERHEAD_BYTES: number = 13 + 1 + 16;
/** 13 (frame head) + 1 (kind) + 18 (packet header) + 16 (tag) = 48, so 1,152 of 1,200 are left. */
export const PACKET_OVERHEAD_BYTES: number = LINK_OVERHEAD_BYTES + HEADER_BYTES;

/** Ordinary changes gather this long before they are told, so that bursts become one message. */
export const BATCH_MS = 10;
/** The same for a way found (again) or a newer sequence number: somebody may be waiting for it. */
export const NEWS_BATCH_MS = 2;
/** What a control message costs on a link besides its own bytes: frame, seal, acknowledgement. */
export const CONTROL_OVERHEAD_BYTES = 96;
/** Where the budget is short, announcements gather until so many bytes may go at once. */
export const TURN_BYTES_MIN = 480;
/** Where the budget is short, whoever has waited longest is told after so many of the nearest. */
export const LONGEST_TURN = 3;
/** Least time between two turns of one neighbour whose news are not urgent. */
export const TURN_GAP_MS = 5;
/** The same for a router whose vicinity is full, where most news come from afar. */
export const FULL_TURN_GAP_MS = 100;
/** Control bytes given to one neighbour in one turn; the rest of a big table follows later. */
export const TURN_BYTES_MAX: number = 64 * 1_024;
/** Pause between two turns of one neighbour. */
export const TURN_MS = 20;
/**
 * A metric that changed by less than one part in this many is told only once it has held still
 * for `SETTLE_MS` (12.5 %), so that noise on one link does not travel through the mesh.
 */
export const SIGNIFICANT_SHARE = 8;
/** A way must be better by one part in this many to be taken at once (10 %). */
export const GAIN_SHARE = 10;
/** How long a small gain or a small change must hold before it counts. */
export const SETTLE_MS = 5_000;
/** What has held so long counts at the next multiple of this: many small changes share a message. */
export const SETTLE_STEP_MS = 500;

/**
 * Shortest time between two looks at all that lies behind a neighbour because its distance to us
 * has changed: with a full table each look takes some 30 ms.
 */
export const REGARD_MS = 1_000;
/** Sequence numbers reserved at a time; a restart skips at most this many. */
export const SEQNO_BLOCK = 64;
/** Shortest time between two answers to requests for a new sequence number. */
export const SEQNO_BUMP_MS = 500;
/** Shortest time between two records that others make this peer sign: each is pulled by everybody. */
export const SIGN_GAP_MS = 5_000;
/**
 * How far one unproven request may lift a sequence number: stays within the chain, so that nobody
 * can make an origin sign and everybody pull its record twice a second. A peer that lost its state
 * goes by its own record, which neighbours still have.
 */
export const SEQNO_JUMP_MAX = 64;

/** Requests for sequence numbers that this router has open at a time. */
export const REQUESTS_OPEN_MAX = 4_096;
/** How long an origin without a feasible way has to be in a full table before it is asked for a number. */
export const REQUEST_PATIENCE_MS = 2_000;
/** First wait for an answer to such a request; it doubles each time. */
export const REQUEST_RETRY_MS = 300;
/** Attempts before the wait becomes `REQUEST_SLOW_MS`, or the wish is dropped if a route exists. */
export const REQUEST_ATTEMPTS_MAX = 6;
/**
 * Shortest time between requests for one origin that would only improve an existing route: a
 * neighbour that keeps offering what is not feasible must not make the origin flood the mesh.
 */
export const IMPROVE_MS = 10_000;
/** Wait between later attempts while a peer stays out of reach. */
export const REQUEST_SLOW_MS = 30_000;
/** Requests that a router starts at once. */
export const REQUEST_BURST = 128;
/** Requests that a router starts per second in the long run. */
export const REQUEST_PER_SECOND = 64;
/** Requests taken from one neighbour at once. */
export const REQUEST_INTAKE_BURST = 256;
/** Requests taken from one neighbour per second in the long run. */
export const REQUEST_INTAKE_PER_SECOND = 64;
/** Requests remembered so that none is forwarded twice. */
export const REQUESTS_SEEN_MAX = 4_096;
/** A request for an origin hides equal and lower ones that far in time. */
export const REQUEST_HIDE_MS = 200;

/** Records verified for one neighbour at once (about 0.3 ms each). */
export const VERIFY_BURST = 512;
/** Records verified for one neighbour per second in the long run. */
export const VERIFY_PER_SECOND = 256;

/** Links of a hash chain that are checked for the price of one verification. */
export const LINKS_PER_VERIFICATION = 64;

/** Single origins that a neighbour may have repeated at once. */
export const REPEAT_BURST = 256;
/** Single origins that a neighbour may have repeated per second in the long run. */
export const REPEAT_PER_SECOND = 32;
/** Shortest time between two tellings of the whole table to one neighbour. */
export const TABLE_REPEAT_MS = 30_000;

/** Lost neighbours of whom it is remembered what was told. */
export const RESTING_MAX = 16;
/** How long that is remembered; no longer than the origins' records and feasible distances. */
export const RESTING_MS: number = MEMORY_MS;
/** Parts of a table that are compared when a link is back. */
export const RESUME_BUCKETS = 16;
/** Wait for a neighbour's word of what it remembers; then it is told everything. */
export const RESUME_WAIT_MS = 3_000;

/** Faults of a neighbour that are forgiven. */
export const FAULTS_MAX = 256;
/** Faults of a neighbour that are forgotten per second. */
export const FAULTS_FORGIVEN_PER_SECOND = 2;
/** How long the announcements of a neighbour beyond that are ignored. */
export const PENALTY_MS = 60_000;
