/** Most data shards of a code (k). */
export const DATA_SHARDS_MAX = 64;
/** Most fragments of a code, data included (n). */
export const FRAGMENTS_MAX = 128;
/** Largest shard, in bytes. With `FRAGMENTS_MAX` it bounds a codec's memory to about 260 MiB. */
export const SHARD_BYTES_MAX: number = 1 << 21;
/** Columns of all rows that the kernel works on at a time, in bytes: they stay in the cache. */
export const BLOCK_BYTES = 2560;
/** Bytes for lists of kernel steps, kept while the same code and the same losses come again. */
export const PROGRAM_BYTES: number = 1 << 17;
