/** Bytes of one label stack in a header. */
export const LABELS_BYTES_MAX = 255;
/** Largest number of a neighbour: two bytes with one bit for their form. */
export const LABEL_MAX = 16_383;
/** Largest number that takes one byte. */
export const LABEL_SHORT_MAX = 127;
/** A neighbour's number is given to no other for so long after it left. */
export const LABEL_REST_MS = 60_000;

/**
 * Labelled packets taken from one neighbour at once. Labels let a sender draw circles through the
 * mesh, one hop for each of up to 255 bytes, so they may not come faster than honest traffic does.
 */
export const LABELLED_BURST = 32_768;
/** Labelled packets taken from one neighbour per second in the long run. */
export const LABELLED_PER_SECOND = 100_000;

/** Echoes that this peer waits for at a time. */
export const ECHOES_OPEN_MAX = 64;
/** How long an echo is waited for at least. */
export const ECHO_TIMEOUT_MS = 2_000;
/** Metric up to which echoes and lookups are waited for longer: a round trip of ten seconds. */
export const PATIENCE_METRIC_MAX = 10_000;
/** Echo requests answered at once that came by one neighbour. */
export const ECHO_BURST = 256;
/** Echo requests answered per second that came by one neighbour. */
export const ECHO_PER_SECOND = 128;

/** Peers in a vicinity sketch, sent or looked at. */
export const SKETCH_PEERS_MAX = 4_096;
/** Common peers that `meetings` names. */
export const MEETINGS_MAX = 64;

/** Peers whose scores are kept. */
export const SCORES_MAX = 512;
/** Waypoints that are drawn from the best of each first hop. */
export const WAYPOINT_POOL_MAX = 16;

/** How long the list of landmarks may be old. */
export const LANDMARKS_REFRESH_MS = 1_000;
/** Landmarks of a locator: the nearest ones … */
export const PLACES_NEAREST = 3;
/** … and those of the smallest lottery, which others surely know. */
export const PLACES_LOWEST = 2;
/** Landmarks that keep a peer's locator. */
export const STORERS_MAX = 4;
/** Bytes of a signed locator with five full label stacks. */
export const LOCATOR_BYTES_MAX: number =
  1 + 32 + 6 + 4 + 2 + 32 + 1 + 5 * (16 + 1 + LABELS_BYTES_MAX) + 64;
/** How long a locator is believed, in seconds, unless it says less. */
export const LOCATOR_TTL_SECONDS = 3_600;
/** Locators kept for others. */
export const LOCATORS_MAX = 4_096;
/** Locators of one neighbour's side verified at once. */
export const PUBLISH_BURST = 128;
/** Locators of one neighbour's side verified per second in the long run. */
export const PUBLISH_PER_SECOND = 32;
/** Lookups of one neighbour's side answered at once. */
export const LOOKUP_BURST = 128;
/** Lookups of one neighbour's side answered per second in the long run. */
export const LOOKUP_PER_SECOND = 32;
/** Landmarks that may pass a lookup on. */
export const LOOKUP_PASSES_MAX = 2;
/** Lookups that this peer has open at a time. */
export const LOOKUPS_OPEN_MAX = 64;
/**
 * Landmarks that a lookup asks, one after the other: more than keep a locator, for whoever published
 * it may have had other landmarks in mind. Where tables are smaller than the network some are known to some only.
 */
export const LOOKUP_ASKS_MAX = 8;
/** Callers that wait for one lookup. */
export const LOOKUP_WAITERS_MAX = 64;
/** How long one landmark may take to answer a lookup at least. */
export const LOOKUP_TIMEOUT_MS = 1_500;
/** Peers whose place is remembered. */
export const LOCATED_MAX = 1_024;
/** Packets to a located peer take another of its landmarks after so long without a report. */
export const LOCATED_RETRY_MS = 200;
/** Shortest time between lookups of a peer that none of its landmarks led to. */
export const RELOCATE_MS = 1_000;

/** Delay of the first locator after the network was seen to be larger than the table. */
export const PUBLISH_DELAY_MS = 500;
/** How often a peer compares its landmarks and ways with what it published. No packet is sent. */
export const PUBLISH_CHECK_MS = 2_000;
/** Measurements of the ways from the landmarks that may follow each other at once. */
export const PUBLISH_BURST_OWN = 4;
/** Time between two of them in the long run. */
export const PUBLISH_GAP_MS = 30_000;
/** Ways from the landmarks are measured anew after so long, whatever else. */
export const PUBLISH_PROBE_MS = 600_000;
/** Wait for a landmark's word that it keeps a locator. */
export const PUBLISH_RETRY_MS = 2_000;
/** Times that a locator is sent to a landmark which does not say that it keeps it. */
export const PUBLISH_ATTEMPTS_MAX = 3;
