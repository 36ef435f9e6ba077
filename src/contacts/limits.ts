/** People that one peer keeps as contacts. */
export const CONTACTS_MAX = 12_288;
/** Devices kept per contact; further ones are ignored. */
export const DEVICES_PER_CONTACT_MAX = 16;
/** Bytes of a petname in UTF-8. */
export const PETNAME_BYTES_MAX = 64;
/** Invites that are open at a time; expired and used-up ones do not count. */
export const INVITES_OPEN_MAX = 64;
/** How long an invite may be used where nothing is said: 7 days. */
export const INVITE_LIFE_MS: number = 7 * 24 * 3_600_000;
/** Longest time for which an invite may be made: 90 days. */
export const INVITE_LIFE_MAX_MS: number = 90 * 24 * 3_600_000;
/** Different people whom one invite lets in, at most. */
export const INVITE_USES_MAX = 16;
/** Endpoints that an invite names. */
export const INVITE_ENDPOINTS_MAX = 8;
/** Bytes of one endpoint in an invite. */
export const ENDPOINT_BYTES_MAX = 128;
/** Bytes of the signed prekey in an invite: as the messages room makes them without ML-KEM, and room to spare. */
export const INVITE_PREKEY_BYTES_MAX = 128;
/** Bytes of a greeting: a peer's record, and a frame as on a contact stream. */
export const GREETING_BYTES_MAX = 4_096;
/** Characters of an invite link: all members at their limits, and room to spare. */
export const LINK_CHARS_MAX = 4_096;
/** Bytes of a frame on a contact stream, its length field not counted. */
export const CONTACT_FRAME_BYTES_MAX = 1_536;
/** Contact streams that others have open here at a time, one per peer. */
export const STREAMS_SERVED_MAX = 64;
/** How long either side of a contact stream waits for the other. */
export const ANSWER_TIMEOUT_MS = 20_000;
/** Bad tokens from one peer before it is not listened to for a while. */
export const BAD_TOKENS_MAX = 5;
/** How long a peer that brought too many bad tokens is not listened to. */
export const BAD_TOKEN_PAUSE_MS = 600_000;
/** Peers whose bad tokens are remembered; the oldest is forgotten first. */
export const BAD_TOKEN_PEERS_MAX = 1_024;
/** Changes that wait for the disk. */
export const CHANGES_WAITING_MAX = 1_024;
/** Shortest beginning of a person id that finds a contact, in hexadecimal digits. */
export const ID_PREFIX_MIN = 4;
/** Contacts named in a message about an ambiguous name. */
export const CANDIDATES_SHOWN_MAX = 8;
/** Deleted people who are remembered, so that an old word does not let them in again. */
export const REMOVED_MAX = 4_096;
