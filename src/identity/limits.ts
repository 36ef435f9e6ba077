/** Largest sequence number of a peer record. */
export const SEQNO_MAX: number = 2 ** 48 - 1;
/** Recovery words of a person: 256 bits and an 8-bit checksum, 11 bits a word (BIP 39). */
export const RECOVERY_WORDS = 24;
/** Bytes of one link of the hash chain of sequence numbers (96 bits of SHA-256). */
export const CHAIN_BYTES = 12;
/** Devices between a person's signature and a device that acts for them. */
export const VOUCHERS_MAX = 2;
