/** Pings of this peer that wait for an answer, at once. */
export const PINGS_MAX = 256;
/** How long a ping waits for its answer, in milliseconds. */
export const PING_TIMEOUT_MS = 3_000;
/** Peers asked for their neighbours when the map is drawn. */
export const SURVEY_PEERS_MAX = 256;
/** How long a question about the mesh waits for its answer, in milliseconds. */
export const SURVEY_TIMEOUT_MS = 3_000;
/** Questions about the mesh under way at once. */
export const SURVEY_QUESTIONS_MAX = 512;
/** Questions of others about the mesh that are being heard or answered at once. */
export const SURVEY_SERVED_MAX = 256;
/** Bytes of a question about the mesh. */
export const SURVEY_QUESTION_BYTES_MAX = 256;
/** Neighbours a peer tells of itself. */
export const SURVEY_NEIGHBOURS_MAX = 256;
/** Bytes of an answer about the mesh. */
export const SURVEY_ANSWER_BYTES_MAX = 16_384;
/** How long an answer about the mesh is good for, in milliseconds. */
export const SURVEY_FRESH_MS = 2_000;
/** Bits per second below which a link is too slow for the 3 kB that a hybrid channel takes once. */
export const NARROW_BITS_PER_SECOND = 64_000;
/** Sequence numbers reserved on disk at once, so that not every announcement writes. */
export const SEQNO_BLOCK = 64;
/** Endpoints named by invites that are kept dialled; half of what the link room takes. */
export const INVITE_LINKS_MAX = 128;
/** How long it is taken for true who belongs to a group's network, where the group itself does not change. */
export const NETWORK_LOOK_MS = 1_000;
/** Addresses in groups' networks that are remembered and need not be made again. */
export const NETWORK_MEMORY_MAX = 16_384;
