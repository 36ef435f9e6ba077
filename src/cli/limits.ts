/** Files and folders in one folder that is stored as one object. */
export const FOLDER_FILES_MAX = 100_000;

/** Bytes of the listing that the first fragments of a stored folder show. */
export const FOLDER_LISTING_BYTES_MAX: number = 256 << 10;

/** Files up to this many bytes count as small: they come before the others. */
export const FOLDER_SMALL_FILE_BYTES: number = 64 << 10;

/** Bytes of all small files of a folder that come before the others, at most. */
export const FOLDER_SMALL_BYTES_MAX: number = 8 << 20;
