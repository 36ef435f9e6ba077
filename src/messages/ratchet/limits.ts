/** Bytes of a body in one frame: a frame must fit a mesh packet of 65,535 bytes with room for headers. */
export const BODY_BYTES_MAX = 60_000;
/**
 * Frames of one direction that may be under way: sealed, and not acknowledged. Also how far behind
 * the newest frame a missing one may be, how many keys are kept for missing ones, and how many
 * tags a channel expects of one chain. One byte in each frame acknowledges them.
 */
export const FRAMES_IN_FLIGHT_MAX = 255;
/** Messages in both directions after which the side whose turn it is offers a new ratchet key. */
export const STEP_AFTER_MESSAGES = 20;
/** Age of a ratchet key after which the side whose turn it is offers a new one, milliseconds. */
export const STEP_AFTER_MS: number = 24 * 3_600_000;
/** Bytes of the saved state of a channel. */
export const CHANNEL_BYTES_MAX = 24_576;
/** Milliseconds that a prekey may be valid at most, counted from when it is looked at. */
export const PREKEY_LIFETIME_MAX_MS: number = 400 * 24 * 3_600_000;
/** Prekeys that a device looks at for a first frame. */
export const PREKEYS_MAX = 256;
