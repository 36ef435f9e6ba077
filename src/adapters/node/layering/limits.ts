/** Files up to this many bytes are cut at once, larger ones in a thread. */
export const LAYERING_INLINE_BYTES: number = 32 << 10;

/** A thread without work ends after this long, in milliseconds. */
export const LAYERING_IDLE_MS = 30_000;

/** Memory for objects of the thread that cuts files, in MB; a picture's samples count besides. */
export const LAYERING_HEAP_MB_MAX = 512;
