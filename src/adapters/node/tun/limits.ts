/** Largest ordinary packet of the virtual interface, in bytes. */
export const TUN_MTU_BYTES = 1_420;
/**
 * Largest super-packet asked of the kernel, in bytes. Of TCP it makes smaller ones, by what its headers may need, in whole segments: with the
 * usual ones of 1,348 bytes they fit one datagram of a session, and with an acknowledgement and the heads of 46 frames one message (`UDP_SEGMENTED_BYTES_MAX`). Of UDP it
 * takes apart all that are not smaller: 54 datagrams of 1,200 bytes have 64,848.
 */
export const TUN_SUPER_BYTES = 64_850;
/** Packets read in one turn, so that everything else gets its turn as well. */
export const TUN_READS_PER_TURN = 64;
/** Bytes read in one turn: what a fast link takes in 2 ms. */
export const TUN_BYTES_PER_TURN: number = 512 << 10;
/** How long nothing is read, at most, after something had to be thrown away, in milliseconds. */
export const TUN_PAUSE_MS = 5;
