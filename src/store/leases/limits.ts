/** How long fragments are kept for their owner after it was last heard of, in milliseconds: 60 days. */
export const LEASE_MS: number = 60 * 86_400_000;

/** How long they lie in the trash after that, served and renewable, in milliseconds: 14 days. */
export const TRASH_MS: number = 14 * 86_400_000;

/** No trash is deleted for so long after a start or a jump of the clock, in milliseconds. */
export const TRASH_GRACE_MS = 3_600_000;

/** A clock that leaps by more than this against the running time has jumped, in milliseconds. */
export const CLOCK_JUMP_MS = 60_000;

/** How often this store looks for leases that are over, in milliseconds. */
export const LEASE_SWEEP_MS = 600_000;

/** Objects put into the trash or deleted in one go; the rest follow in the next tick. */
export const LEASE_SWEEP_OBJECTS = 256;

/** How often an owner renews its leases with each holder, in milliseconds. */
export const RENEW_MS: number = 86_400_000;

/** How long a holder is within reach before leases are renewed for the first time, in milliseconds. */
export const RENEW_FIRST_MS = 30_000;

/** Pause after a renewal that failed, in milliseconds. */
export const RENEW_RETRY_MS = 3_600_000;

/** Renewals at the same time, one stream each. */
export const RENEW_STREAMS_MAX = 4;

/** A holder that owes an answer to a renewal and moves nothing is left after this, in milliseconds. */
export const RENEW_SILENCE_MS = 20_000;

/** Objects in one message of a renewal. */
export const LEASE_PAGE_OBJECTS = 1_024;

/** Pages of one renewal: more objects than the fragments that any store keeps for others. */
export const LEASE_PAGES_MAX = 129;

/** Peers that may have a lease on the same object besides those that brought its fragments. */
export const LESSEES_PER_OBJECT = 8;

/** Peers whose leases are known at a time, more than can have any; those not heard of longest make room. */
export const LESSEES_MAX = 262_144;

/** Objects that this peer's owner let go and whose holders are still to be told. */
export const RELEASED_MAX = 16_384;

/** What is brought writes the end of its owner's leases anew only where it gains this much, in milliseconds. */
export const LEASE_STEP_MS = 3_600_000;

/** Per cent of the quota that are open to the fragments that a single peer brings. */
export const OWNER_SHARE_PERCENT = 75;
