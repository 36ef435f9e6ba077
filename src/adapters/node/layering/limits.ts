/** Files up to this many bytes are cut at once, larger ones in a thread. */
export const LAYERING_INLINE_BYTES: number = 32 << 10;

/** A thread without work ends after this long, in milliseconds. */
export const LAYERING_IDLE_MS = 30_000;

/** Memory for objects of the thread that cuts files, in MB; a picture's samples count besides. */
export const LAYERING_HEAP_MB_MAX = 512;

/** Bytes of one small picture in a folder's listing. */
export const LOOK_BYTES_MAX = 4_096;

/** Bytes of all small pictures in a listing. */
export const LOOKS_BYTES_MAX: number = 256 << 10;

/** Bytes of a picture's beginning in which a camera's small one is looked for. */
export const LOOK_HEAD_BYTES: number = 128 << 10;

/** Bytes of a picture that is decoded for a small one. */
export const LOOK_FILE_BYTES_MAX: number = 8 << 20;

/** Pictures of one folder that are decoded for small ones; each takes up to a second. */
export const LOOKS_DECODED_MAX = 24;

/** Bytes of the first thing to see of a large video, where that is not above 1 % of it. */
export const LARGE_VIDEO_LOOK_BYTES_MAX: number = 128 << 10;

/** Bytes of the sharper picture of a large video, where that is not above 2 % of it. */
export const LARGE_VIDEO_SHARP_BYTES_MAX: number = 2 << 20;

/** Bytes of a large video's table of contents. */
export const LARGE_VIDEO_MOOV_BYTES_MAX: number = 32 << 20;

/** Boxes of a large video that are looked at for it. */
export const LARGE_VIDEO_BOXES_MAX = 100_000;
