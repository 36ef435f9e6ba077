/** Groups that one peer takes part in. */
export const GROUPS_MAX = 64;
/** Bytes of what a group is called here, letters a-z, digits and hyphens. */
export const GROUP_LABEL_BYTES_MAX = 32;
/** Peers that a link or a record of a group names. */
export const HINTS_MAX = 4;
/** Endpoints that a link names. */
export const LINK_ENDPOINTS_MAX = 3;
/** Bytes of one endpoint in a link. */
export const ENDPOINT_BYTES_MAX = 128;
/** Characters of a link. */
export const LINK_CHARS_MAX = 2_048;
/** Offers of groups by contacts that wait for an answer. */
export const OFFERS_MAX = 32;
/** How long an invite may be used at most: 90 days. */
export const INVITE_LIFE_MS_MAX: number = 90 * 24 * 3_600_000;
/** How long an invite may be used where nothing is said: 7 days. */
export const INVITE_LIFE_MS: number = 7 * 24 * 3_600_000;
/** Bytes of a frame, its length field not counted. */
export const FRAME_BYTES_MAX = 65_536;
/** Bytes of operations after which a frame holds no further one. */
export const OPS_FRAME_BYTES = 24_576;
/** Operations in one frame. */
export const OPS_PER_FRAME_MAX = 512;
/** Ids in one frame about what a peer has. */
export const IDS_PER_FRAME_MAX = 2_048;
/** Bytes of frames that wait because a stream takes no more; more is told by comparing again. */
export const UNSENT_BYTES_MAX = 262_144;
/** Statements about freshness in one frame. */
export const LEASES_PER_FRAME_MAX = 64;
/** Exchanges with members at a time, of all groups. */
export const EXCHANGES_MAX = 64;
/** Exchanges that this peer opens at a time for one group. */
export const EXCHANGES_PER_GROUP_MAX = 8;
/** Streams at a time whose opener has not shown yet that it belongs to a group here; one per peer. */
export const STRANGERS_MAX = 32;
/** Operations that somebody who is no member yet may send to show that they are one. */
export const PROOF_OPS_MAX = 16_384;
/** Peers in reach that are remembered per group to exchange with. */
export const CANDIDATES_PER_GROUP_MAX = 256;
/** Peers in reach that are asked about a group of which no member is known yet. */
export const GUESSES_MAX = 32;
/** How long either side waits for the other at the beginning. */
export const ANSWER_TIMEOUT_MS = 20_000;
/** How long an exchange is kept in which nothing happens. */
export const IDLE_TIMEOUT_MS = 30_000;
/** How often groups are compared with a member in reach where nothing new is heard. */
export const RETRY_MAX_MS = 600_000;
/** Least time between two comparisons over one stream. */
export const COMPARE_PAUSE_MS = 1_000;
/** How long a statement that the group was seen whole vouches for its members: 30 days. */
export const LEASE_MS: number = 30 * 24 * 3_600_000;
/** How often an admin's device says so anew. */
export const LEASE_RENEW_MS: number = 24 * 3_600_000;
/** How long no admin was heard before plain members say so. */
export const LEASE_MEMBER_AFTER_MS: number = 10 * 24 * 3_600_000;
/** Members whose statements together count as an admin's. */
export const LEASE_MEMBERS_NEEDED = 3;
/** How far ahead of this clock a statement may be. */
export const LEASE_AHEAD_MS: number = 24 * 3_600_000;
/** Epochs that were seen and are remembered, to know whose statements fit. */
export const EPOCHS_KEPT = 256;
/** How long owners are silent before their heirs may take over: 90 days. */
export const HANDOVER_AFTER_MS: number = 90 * 24 * 3_600_000;
/** How often what depends on the wall clock is looked at. */
export const CLOCK_CHECK_MS = 600_000;
/** Members who must have shown that this device lacks nothing, where it may have forgotten what it said. */
export const UNSURE_HEARD_MAX = 16;
/** Changes by this peer that wait for the disk. */
export const CHANGES_WAITING_MAX = 256;
/** Operations of which one page tells a start what they say. */
export const PAGE_OPS = 256;
/** Bytes of a page; of what would need more, and of all behind it, there are none. */
export const PAGE_BYTES_MAX: number = 1 << 21;
