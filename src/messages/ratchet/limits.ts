/** Bytes of a body in one frame: a frame must fit a mesh packet of 65,535 bytes with room for headers. */
export const BODY_BYTES_MAX = 60_000;
/**
 * Frames of one direction that may be under way: sealed, and not acknowledged. Also how far behind
 * the newest frame a missing one may be, how many keys are kept for missing ones, and how many
 * tags a channel expects of one chain. One byte in each frame acknowledges them.
 */
export const FRAMES_IN_FLIGHT_MAX = 255;
/**
 * Of these, frames with a body. The rest is for empty frames, which acknowledge: two sides that
 * have both sent all they may could otherwise never tell each other what has arrived.
 */
export const BODIES_IN_FLIGHT_MAX = 239;
/** Places of a chain that was opened, behind the newest, at which a repeated frame is recognized. */
export const REMEMBERED_PLACES_MAX = 64;
/** Frames in one chain; the other side's answers end a chain long before. */
export const CHAIN_FRAMES_MAX = 16_000;
/** Frames of one direction over the life of a channel. */
export const CHANNEL_FRAMES_MAX: number = 2 ** 32 - 1;
/** Messages in both directions after which the side whose turn it is offers a new ratchet key. */
export const STEP_AFTER_MESSAGES = 20;
/** A ratchet key that is not acknowledged goes with the first frame and each so-many-th after it. */
export const KEY_EVERY_FRAMES = 4;
/** Age of a ratchet key after which the side whose turn it is offers a new one, milliseconds. */
export const STEP_AFTER_MS: number = 24 * 3_600_000;
/** Bytes of the saved state of a channel. */
export const CHANNEL_BYTES_MAX = 12_288;
/** Milliseconds that a prekey may be valid at most, counted from when it is looked at. */
export const PREKEY_LIFETIME_MAX_MS: number = 400 * 24 * 3_600_000;
/** Prekeys that a device looks at for a first frame. */
export const PREKEYS_MAX = 256;
/** Channels whose tags are looked up. */
export const TAG_BOOK_CHANNELS_MAX = 16_384;
/** Bytes of a text in UTF-8 that is packed; longer ones travel as they are. */
export const PACKED_TEXT_BYTES_MAX = 4_096;
/** Frames under one sender key; also how many keys of missing ones a member may have to keep. */
export const SENDER_KEY_FRAMES_MAX = 512;
/** Bytes that name a group and its epoch. */
export const EPOCH_BYTES_MAX = 64;
