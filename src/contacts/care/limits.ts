/** How long the words of a verification may be compared: 10 minutes. */
export const VERIFY_LIFE_MS = 600_000;
/** Verifications with one person in an hour, each with new words: every one is a chance for whoever stands between. */
export const VERIFY_PER_HOUR = 12;
/** People with whom verifications are under way or were lately. */
export const VERIFY_PEOPLE_MAX = 256;
/** Words that two people compare: 11 bits each, 44 in all. */
export const VERIFY_WORDS = 4;
/** Bytes of a frame of a verification. */
export const VERIFY_FRAME_BYTES_MAX = 128;
/** Verifications begun within this time by both sides are one: that of the lower person id. */
export const VERIFY_TIE_MS = 30_000;
/** How exactly it is kept when somebody was last in reach. */
export const LAST_SEEN_STEP_MS = 3_600_000;
/** Bytes of a file of contacts that is read. */
export const IMPORT_BYTES_MAX: number = 16 << 20;
/** Lines of a vCard file that are read, after unfolding. */
export const VCARD_LINES_MAX = 100_000;
/** Bytes of a line of a vCard before it is folded (RFC 6350 section 3.2). */
export const VCARD_LINE_BYTES = 75;
/** Characters of the link that stands for a person's keys. */
export const PERSON_LINK_CHARS_MAX = 160;
