/** Highest number of a decision on one field in one epoch; further ones keep it, and the later time counts. */
export const VERSION_MAX = 0xffff_ffff;
/** Highest epoch: more than the revocations that a device log can hold. */
export const EPOCH_MAX = 0xffff;
/** People of whom it is kept what was decided: as many as can be contacts or deleted, blocked ones among them. */
export const DECIDED_MAX = 16_384;
/** Bytes of a frame of the `book` service, its length field not counted. */
export const BOOK_FRAME_BYTES_MAX = 16_384;
/** People of whom a question tells, and people for whom it asks. */
export const TOLD_PER_FRAME_MAX = 12;
/** People below a prefix who are listed one by one; more are told as sums of the next digit. */
export const LISTED_MAX = 32;
/** People below a prefix who are told where the other side has few; more are compared by the next digit. */
export const TOLD_AT_ONCE_MAX = 64;
/** Changed people whom a device remembers for another one in reach; with more it compares all. */
export const CHANGED_MAX = 256;
/** Prefixes that wait to be compared with one device; with more the comparison ends. */
export const PREFIXES_WAITING_MAX = 1_024;
/** Questions of one comparison with one device; it ends there, and begins anew with the next change. */
export const QUESTIONS_PER_WALK_MAX = 8_192;
