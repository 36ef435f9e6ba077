/** How often a peer is asked which fragments of shared objects it has, in milliseconds. */
export const WATCH_MS = 3_600_000;

/** How long a peer is within reach before it is asked for the first time, in milliseconds. */
export const WATCH_FIRST_MS = 60_000;

/** Peers that are asked: the nearest ones, and whoever is known to hold something shared. */
export const WATCH_PEERS_MAX = 256;

/** Questions about shared objects on their way at the same time, one stream each. */
export const WATCH_STREAMS_MAX = 4;

/** Objects in one question. */
export const WATCH_ENTRIES_MAX = 2_048;

/** A peer that owes an answer to a question or a claim and sends nothing for this long is left, in milliseconds. */
export const WATCH_SILENCE_MS = 10_000;

/** Objects that one store watches; of more, the oldest. */
export const WATCHED_OBJECTS_MAX = 16_384;

/** Heads of watched objects that are read at the same time. */
export const HEADS_READ_AT_ONCE = 16;

/** Questions that one peer may ask in a burst. */
export const WATCH_BURST = 16;

/** How long until one more question of a peer is answered, in milliseconds. */
export const WATCH_REFILL_MS = 2_000;

/** Peers whose absences are remembered; who has been away longest makes room. */
export const PEERS_KNOWN_MAX = 2_048;

/** How long a peer must be away at least before it counts as dead, in milliseconds. */
export const DEAD_MIN_MS = 1_800_000;

/** How long a peer is away at most before it counts as dead, in milliseconds: a week. */
export const DEAD_MAX_MS: number = 7 * 86_400_000;

/** The same for a peer of whose absences too little is known, in milliseconds. */
export const DEAD_UNKNOWN_MS: number = 12 * 3_600_000;

/** Absences of a peer that must be known before its own timeout is learned from them. */
export const ABSENCES_LEARNED_MIN = 4;

/** Absences of a peer, and hours of watching it, after which older ones begin to fade. */
export const ABSENCES_KEPT = 64;

/** Time of watching a peer after which older time begins to fade, in milliseconds: 60 days. */
export const UPTIME_KEPT_MS: number = 60 * 86_400_000;

/** How often what was learned of peers is written down, in milliseconds. */
export const FACTS_SAVED_MS = 600_000;

/** Objects healed at the same time. */
export const HEALS_MAX = 2;

/** How long an agent waits for each one that comes before it in the order, in milliseconds. */
export const HEAL_TURN_MS = 300_000;

/** How long an agent says that a healing takes, in milliseconds. */
export const HEAL_CLAIM_MS = 900_000;

/** How long another agent's word that it is healing is believed at most, in milliseconds. */
export const CLAIM_MAX_MS = 3_600_000;

/** Agents that are believed so while an object is sick; further ones are not waited for. */
export const CLAIMS_HONOURED_MAX = 3;

/** Peers that are told of one healing. */
export const CLAIM_PEERS_MAX = 64;

/** Of these, how many at the same time. */
export const CLAIM_STREAMS_MAX = 8;

/** Bytes that healing may move in an hour, both directions together. */
export const HEAL_BYTES_PER_HOUR: number = 2 * 2 ** 30;

/** First pause after a healing that failed, in milliseconds; doubles each time. */
export const HEAL_RETRY_MS = 600_000;

/** Longest pause after healings that failed, in milliseconds. */
export const HEAL_RETRY_MAX_MS: number = 6 * 3_600_000;

/** Readings that heal in passing at the same time. */
export const PASSINGS_MAX = 4;

/** Bytes of what was read that are held while it is not known yet what is to be made of it. */
export const PASSING_BYTES_HELD: number = 4 << 20;

/** Bytes of new fragments on their way to the disk beyond which healing in passing is given up. */
export const PASSING_BYTES_FLYING: number = 16 << 20;

/** Holders that are asked what is lost of an object that is read. */
export const LACKS_ASKED_MAX = 8;

/** How long after a reading its object may still be found to be sick, in milliseconds. */
export const PASSING_LOOK_MS = 20_000;
