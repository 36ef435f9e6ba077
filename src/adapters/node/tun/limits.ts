/** Largest ordinary packet of the virtual interface, in bytes. */
export const TUN_MTU_BYTES = 1_420;
/** Largest super-packet asked of the kernel, in bytes: with its headers it fits one datagram. */
export const TUN_SUPER_BYTES = 64_000;
/** Packets read in one turn, so that everything else gets its turn as well. */
export const TUN_READS_PER_TURN = 64;
/** Turns without a packet after which the watching thread is asked to wait for the next one. */
export const TUN_IDLE_TURNS = 4;
/** Longest sleep of the watching thread, in milliseconds: it looks for the sign to stop. */
export const TUN_POLL_MS = 1_000;
/** How long the watching thread is waited for at the end, in milliseconds. */
export const TUN_STOP_MS = 3_000;
