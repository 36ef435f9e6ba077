/** Bytes of a hybrid prekey with its signature: as the ratchet makes them, and room to spare. */
export const HYBRID_BUNDLE_BYTES_MAX = 1_536;
/** Bytes of a frame of the service, its length field not counted. */
export const HYBRID_FRAME_BYTES_MAX: number = HYBRID_BUNDLE_BYTES_MAX + 64;
/** Hybrid prekeys that are out, one for each device that asked; the oldest makes room for one more. */
export const HYBRID_PREKEYS_MAX = 128;
/** How long a hybrid prekey that was not used stays good: 30 days. */
export const HYBRID_PREKEY_LIFE_MS: number = 30 * 24 * 3_600_000;
/** How long a device that asks again is given the same one, as long as it was not used. */
export const HYBRID_PREKEY_FRESH_MS: number = 7 * 24 * 3_600_000;
/** How long an answer is waited for before letters go out without. */
export const HYBRID_ANSWER_TIMEOUT_MS = 10_000;
/** How long a device that gave none, or could not use it, is not asked again. */
export const HYBRID_RETRY_MS = 3_600_000;
/** Devices that ask at a time. */
export const HYBRID_STREAMS_MAX = 64;
