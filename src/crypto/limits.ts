/** Largest Noise message with everything in it, in bytes (Noise revision 34, section 3). */
export const NOISE_MESSAGE_BYTES_MAX = 65_535;
/** Largest transport counter: above it JavaScript's integers are no longer exact. */
export const NOISE_COUNTER_MAX: number = 2 ** 53 - 1;
