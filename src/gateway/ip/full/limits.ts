/** Users of an uplink that have an address of their own at one time. */
export const LEASES_MAX = 1_024;
/** Smallest and largest packet size that an exit may ask of a user, in bytes (RFC 8200 section 5). */
export const LEASE_MTU_BYTES_MIN = 1_280;
/** The largest. */
export const LEASE_MTU_BYTES_MAX = 9_000;
/** Bytes of a datagram with several packets: a lost piece of it costs them all. */
export const BUNDLE_BYTES_MAX = 16_384;
/** Resets and refusals that one side of a full tunnel makes per second, on average. */
export const REPLIES_PER_SECOND = 200;
/** The same in one burst. */
export const REPLIES_BURST = 100;
/** Bytes of an IPv4 refusal with what it quotes (RFC 1812 section 4.3.2.3). */
export const ICMP4_ERROR_BYTES_MAX = 576;
