/** Bytes of one name in UTF-8, as most file systems have it. */
export const NAME_BYTES_MAX = 255;
/** Bytes of a whole path in UTF-8. */
export const PATH_BYTES_MAX = 4_096;
/** Names in one path. */
export const PATH_DEPTH_MAX = 64;
