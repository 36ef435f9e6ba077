/** Files and folders in one folder that is stored as one object. */
export const FOLDER_FILES_MAX = 100_000;

/** Bytes of the listing that the first fragments of a stored folder show. */
export const FOLDER_LISTING_BYTES_MAX: number = 256 << 10;

/** Files up to this many bytes count as small: they come before the others. */
export const FOLDER_SMALL_FILE_BYTES: number = 64 << 10;

/** Bytes of all small files of a folder that come before the others, at most. */
export const FOLDER_SMALL_BYTES_MAX: number = 8 << 20;

/** Small files and folders from which a call takes no more; with the folders above the last, a peer takes 512. */
export const FOLDER_BATCH_FILES = 400;

/** Bytes of small files from which a call takes no more. */
export const FOLDER_BATCH_BYTES: number = 1 << 20;

/** Small files that are read one by one before the system is asked to read many at once, which costs a start. */
export const FOLDER_READ_ALONE_FILES = 256;

/** Such calls at the same time: as many as a peer takes without answering that it is busy. */
export const FOLDER_BATCHES_FLYING = 4;

/** Pause before small files for which the peer had no room yet are sent again, in milliseconds. */
export const FOLDER_BUSY_PAUSE_MS = 500;

/** How often that is done. */
export const FOLDER_BUSY_PAUSES_MAX = 240;

/** Files that could not be stored and are named; the others are counted. */
export const FOLDER_MISSED_SHOWN_MAX = 20;

/** Bytes of a file of contacts that is read. */
export const CONTACTS_FILE_BYTES_MAX: number = 16 << 20;
/** Payments and lines of which `peernet payments --follow` remembers what it told last. */
export const TOLD_MAX = 1_000;
