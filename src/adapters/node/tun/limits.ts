/** Largest ordinary packet of the virtual interface, in bytes. */
export const TUN_MTU_BYTES = 1_420;
/** Largest super-packet asked of the kernel, in bytes. Of TCP it makes smaller ones, which fit one datagram of a session; of UDP it takes apart all that are larger. */
export const TUN_SUPER_BYTES = 65_000;
/** Packets read in one turn, so that everything else gets its turn as well. */
export const TUN_READS_PER_TURN = 64;
/** Bytes read in one turn: what a fast link takes in 2 ms. */
export const TUN_BYTES_PER_TURN: number = 512 << 10;
/** How long nothing is read, at most, after something had to be thrown away, in milliseconds. */
export const TUN_PAUSE_MS = 5;
