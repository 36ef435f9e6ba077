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
/** How long an echo is waited for. */
export const ECHO_TIMEOUT_MS = 2_000;
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
