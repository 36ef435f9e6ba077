/**
 * Ticks that a simulated peer may ask for one after another without letting a millisecond pass
 * idle; one more is a peer that spins.
 */
export const RESTLESS_TICKS_MAX = 2_000;

/** Time from a call of a simulated disk to its answer, in virtual milliseconds. */
export const DISK_LATENCY_MS = 2;

/** Bytes that a simulated peer keeps for others. */
export const SIM_QUOTA_BYTES: number = 64 << 20;

/** Longest calm period that a scenario waits for everything to come right, in virtual ms. */
export const CALM_MS_MAX = 600_000;
