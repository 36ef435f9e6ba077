/** Operations in the device log of one person. */
export const LOG_OPS_MAX = 512;
/** Of these, only for the person's own key and for revocations by devices that it added. */
export const LOG_OPS_RESERVED = 128;
/** Operations that one device signs in its life. */
export const OPS_PER_DEVICE_MAX = 64;
/** Bytes of an operation with its signature. */
export const OP_BYTES_MAX = 1_024;
/** Operations that one names as coming right before it. */
export const OP_PARENTS_MAX = 16;
/** Friends who are named as having brought a device back. */
export const VOUCHERS_NAMED_MAX = 16;
/** News of devices that are kept for people to read. */
export const NEWS_KEPT_MAX = 64;
/** Changes that wait for the disk. */
export const CHANGES_WAITING_MAX = 1_024;
/** Operations in one frame of an exchange. */
export const OPS_PER_FRAME_MAX = 32;
/** Heads of a log that are told; a log with more is told whole. */
export const HEADS_TOLD_MAX = 64;
/** Bytes of a frame of an exchange, its length field not counted. */
export const EXCHANGE_FRAME_BYTES_MAX = 65_536;
/** Exchanges that others have open here at a time, one per peer. */
export const EXCHANGES_SERVED_MAX = 64;
/** Exchanges that this peer opens at a time. */
export const EXCHANGES_OPEN_MAX = 16;
/** How long either side of an exchange waits for the other. */
export const EXCHANGE_TIMEOUT_MS = 20_000;
/** How long a device can be added for, once that was opened. */
export const PAIRING_OPEN_MS = 300_000;
/** Numbers for words that a standing device shows while it is open: each is a try for somebody in between. */
export const PAIRING_NUMBERS_MAX = 16;
/** How long either side of a pairing waits for the other's next frame. */
export const PAIRING_ANSWER_MS = 20_000;
/** How long a pairing waits for the word of a device that was given its certificate. */
export const PAIRING_SILENCE_MS = 60_000;
/** Bytes of a frame of a pairing, its length field not counted. */
export const PAIRING_FRAME_BYTES_MAX = 65_536;
/** Records that a new device is given: contacts, what is known and was decided of them, and who was deleted; it is told of more later. */
export const COPIED_RECORDS_MAX = 12_288;
/** Bytes of such a record. */
export const COPIED_RECORD_BYTES_MAX = 16_384;
/** Bytes of such records in one frame, about. */
export const COPIED_FRAME_BYTES: number = 32_768;
/** Peers that a new device asks at a time whether they take it in. */
export const JOINING_ASKED_MAX = 16;
/** Endpoints that a link for a device or a recovery names. */
export const LINK_ENDPOINTS_MAX = 8;
/** Bytes of one of them. */
export const LINK_ENDPOINT_BYTES_MAX = 128;
/** Characters of such a link: all members at their limits, and room to spare. */
export const LINK_CHARS_MAX = 4_096;
/** How long a device that was added without its last word may take to show itself. */
export const PAIRING_GRACE_MS = 600_000;
/** Friends among whom a recovery is shared out. */
export const FRIENDS_MAX = 16;
/** Fewest friends who together bring a person back. */
export const FRIENDS_NEEDED_MIN = 2;
/** People for whom one peer keeps a share. */
export const SHARES_KEPT_MAX = 1_024;
/** Bytes of a signed set of shares. */
export const SET_BYTES_MAX = 1_024;
/** Bytes of a frame about shares, its length field not counted. */
export const RECOVERY_FRAME_BYTES_MAX = 2_048;
/** Streams about shares that others have open here at a time. */
export const RECOVERY_STREAMS_MAX = 64;
/** Shares that this peer hands out at a time. */
export const HANDING_OUT_MAX = 8;
/** How long either side of such a stream waits for the other. */
export const RECOVERY_ANSWER_MS = 20_000;
/** How long an approval may take, from the link to the share. */
export const APPROVAL_MS = 300_000;
/** How long a request for help is good: 7 days. */
export const REQUEST_LIFE_MS: number = 7 * 24 * 3_600_000;
/** Numbers for words that somebody who asks for help shows at once; as many more in the time of an approval. */
export const RESCUE_NUMBERS_MAX = 32;
/** Friends who are answered at a time by somebody who asks for help. */
export const RESCUERS_MAX = 16;
/** Different sets of which somebody who asks for help keeps shares. */
export const SETS_COLLECTED_MAX = 8;
