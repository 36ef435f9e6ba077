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

/** Content of one control segment on a virtual mesh link, in bytes. */
export const CONTROL_FRAME_BYTES_MAX = 1_100;

/**
 * What a control segment weighs on a virtual mesh link besides its content: sealed frame (29), kind
 * and segment head (11), and an acknowledgement in a frame of its own (29 + 12).
 */
export const CONTROL_FRAME_OVERHEAD_BYTES = 81;

/** What a packet weighs on a virtual mesh link besides header and payload: frame head, kind, tag. */
export const PACKET_FRAME_OVERHEAD_BYTES = 30;

/** When a control message lost on a virtual mesh link is sent again, in virtual milliseconds. */
export const CONTROL_REPEAT_MS = 250;

/** Packets are refused by a virtual mesh link that is busy for longer, in virtual milliseconds. */
export const LINK_QUEUE_MS_MAX = 5_000;

/** Signatures that a remembering suite remembers. */
export const MEMO_SIGNATURES_MAX = 1_000_000;
