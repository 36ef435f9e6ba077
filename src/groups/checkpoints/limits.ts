/** Operations of a group from which on its owners' devices sign checkpoints. */
export const CHECKPOINT_OPS_MIN = 64;
/** Fewest operations between two checkpoints. */
export const CHECKPOINT_STEP_MIN = 8;
/** A checkpoint is due after the log has grown by one part in so many. */
export const CHECKPOINT_STEP_SHARE = 128;
/** Operations that a checkpoint names as its last ones. */
export const CHECKPOINT_HEADS_MAX = 8;
/** Bytes of what a checkpoint says. */
export const CHECKPOINT_BYTES_MAX: number = 8 << 20;
/** Checkpoints of one group that are remembered: the newest with enough words, and younger ones. */
export const CHECKPOINTS_KEPT = 4;
/** Words about operations that are not here yet, which wait for them. */
export const WORDS_WAITING_MAX = 16;
/** Bytes of an owner's word on a checkpoint, with the longest proof. */
export const WORD_BYTES_MAX = 960;
/** Words in one frame: of as many owners as there may be, on all checkpoints that are kept. */
export const WORDS_PER_FRAME_MAX = 36;
/** Bytes of a checkpoint in one frame. */
export const PART_BYTES_MAX = 24_576;
/** Operations that come with a checkpoint because they are younger, or about whoever asks. */
export const REST_OPS_MAX = 16_384;
/** How long a newcomer takes part before the history behind its checkpoint is fetched. */
export const HISTORY_AFTER_MS = 20_000;
/** How long one peer is given to send it before another is asked. */
export const HISTORY_TURN_MS = 60_000;
/** How long a checkpoint is believed whose history does not come: 7 days. */
export const CHECKPOINT_LIFE_MS: number = 7 * 24 * 3_600_000;
/** How often that is looked at. */
export const LIFE_CHECK_MS = 3_600_000;
/** How long either side of a talk about checkpoints waits for the other. */
export const TALK_TIMEOUT_MS = 20_000;
/** Talks about checkpoints at a time, of all groups. */
export const CHECKPOINT_TALKS_MAX = 48;
