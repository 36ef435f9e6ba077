import type { TokenBucketRate } from "../base/token-bucket.ts";
/** Bytes of a message's text in UTF-8. */
export const TEXT_BYTES_MAX = 16_384;
/** Bytes of the link of a file in a message. */
export const FILE_LINK_BYTES_MAX = 256;
/** Bytes of a file's name in a message, in UTF-8. */
export const FILE_NAME_BYTES_MAX = 255;
/** Bytes of a file's media type in a message. */
export const MEDIA_TYPE_BYTES_MAX = 127;
/** Bytes of what one device tells another at a time: a text and less than 1 KiB around it. */
export const BODY_BYTES_MAX: number = TEXT_BYTES_MAX + 1_024;
/** Messages that one call of `list` answers at most. */
export const LIST_MAX = 500;
/** Messages that `list` answers where nothing is asked for. */
export const LIST_DEFAULT = 100;
/** Unread messages of one person; further ones wait with their sender until some are read. */
export const UNREAD_PER_PERSON_MAX = 10_000;
/** Undelivered messages to one person; further ones are refused with an explanation. */
export const WAITING_PER_PERSON_MAX = 10_000;
/** Letters that wait for one device, messages and others. */
export const WAITING_PER_DEVICE_MAX: number = 2 * WAITING_PER_PERSON_MAX;
/** Messages marked read in one batch. */
export const MARKS_PER_BATCH_MAX = 256;
/** Messages of which one letter tells an own device that they were read. */
export const READ_MARKS_PER_LETTER_MAX = 512;
/** Messages of which one own device is yet to hear that they were read; the oldest are not told. */
export const READ_UNTOLD_MAX = 2_048;
/** Messages that own devices have read before they came here; the oldest come in unread. */
export const READ_PENDING_MAX = 4_096;
/** Age of messages that a new device of one's own is given, milliseconds: 30 days. */
export const HISTORY_AGE_MS: number = 30 * 24 * 3_600_000;
/** Newest messages of one conversation that it is given. */
export const HISTORY_PER_CONVERSATION_MAX = 200;
/** Messages that it is given in all. */
export const HISTORY_MESSAGES_MAX = 5_000;
/** Messages of the past in one letter. */
export const HISTORY_ITEMS_PER_LETTER_MAX = 128;
/** Bytes of messages of the past in one letter; a single longer one goes alone. */
export const HISTORY_LETTER_BYTES = 12_288;
/** Letters with messages of the past that wait for one device. */
export const HISTORY_LETTERS_MAX = 4;
/** How long a new device is also handed what comes in here, milliseconds: 7 days. */
export const HISTORY_FOLLOW_MS: number = 7 * 24 * 3_600_000;
/** Letters that wait for a new device, above which it is not handed what comes in here. */
export const HISTORY_FORWARDS_MAX = 1_000;
/** How long a new home takes messages of the past, milliseconds: 30 days. */
export const HISTORY_TAKEN_MS: number = 30 * 24 * 3_600_000;
/** Devices of one person, and of our own, that get a message. */
export const DEVICES_PER_PERSON_MAX = 16;
/** Pairs of devices, ours and theirs, that one peer keeps. */
export const PAIRS_MAX = 16_384;
/** Channels of one device that are over and may not begin again; a prekey's life sees fewer. */
export const GONE_CHANNELS_MAX = 16;
/** Those who hold one letter for its recipient. */
export const HOLDERS_PER_LETTER_MAX = 8;
/** Letters of one device that are open but wait for one before them. */
export const EARLY_PER_DEVICE_MAX = 255;
/** Newest letters of one device of which is remembered what they were, so that none is told twice. */
export const MARKS_PER_DEVICE_MAX = 10_000;
/** Changes that go to disk in one batch. */
export const CHANGES_PER_BATCH_MAX = 256;
/** Changes that wait for the disk. */
export const CHANGES_WAITING_MAX = 4_096;
/** Texts that are packed in a second, on average; more of them go unpacked. */
export const PACKED_PER_SECOND = 20;
/** Texts that are packed in one burst. */
export const PACKED_BURST = 50;
/** Letters that are read from disk and sealed in one go. */
export const SEALED_PER_PASS_MAX = 128;
/** Texts of late that are kept in memory. */
export const LATE_TEXTS_MAX = 2_000;
/** Characters of a text up to which it is kept in memory. */
export const LATE_TEXT_CHARACTERS_MAX = 512;
/** Bytes of a frame up to which it is kept in memory while it waits. */
export const FRAME_KEPT_BYTES_MAX = 512;

/** Bytes of one frame on a post stream, its length field not counted. */
export const POST_FRAME_BYTES_MAX: number = BODY_BYTES_MAX + 512;
/** Frames sent on a stream whose persistence the reader has not told yet, of any size; small ones may be more. */
export const FRAMES_IN_FLIGHT_MAX = 64;
/** The same of all frames, large and small: with fewer, both sides wait for each other's disks in turns. */
export const ALL_FRAMES_IN_FLIGHT_MAX = 160;
/** Bytes up to which a frame is a small one of those. */
export const SMALL_FRAME_BYTES = 1_024;
/** Frames that came in and are not acknowledged to the ratchet of the other side yet. */
export const UNACKNOWLEDGED_MAX = 64;
/** Bytes of answers that an author has not taken yet; one who lets more pile up is cut off. */
export const ANSWERS_UNREAD_BYTES_MAX: number = 256 * 1024;
/** Silence of a reader who owes an answer, after which the stream is given up. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** Longest pause before a device that routing reaches but that is silent is tried again. */
export const SILENT_RETRY_MAX_MS = 60_000;
/** How long a stream without work stays open for the next letter. */
export const IDLE_TIMEOUT_MS = 60_000;
/** Frames of one device that do not open, after which its stream is ended. */
export const UNREADABLE_PER_STREAM_MAX = 512;

/** Bytes of a frame up to which it may travel as a packet of its own. */
export const PACKET_FRAME_BYTES_MAX = 1_024;
/** Letters under way to one device as packets. */
export const PACKETS_IN_FLIGHT_MAX = 8;
/** How long after a packet it is sent again, milliseconds; doubled each time. */
export const PACKET_RETRY_MS = 60_000;
/** How often a letter goes out as a packet before a stream is opened for it. */
export const PACKET_TRIES_MAX = 5;
/** How long a letter that came as a packet may wait for one in the other direction that acknowledges it, milliseconds. */
export const PACKET_ACK_DELAY_MS = 30_000;
/** How long a device that wrote in packets is written to in packets, milliseconds. */
export const PACKET_HABIT_MS = 3_600_000;
/** Of those, packets that may begin a channel. */
export const FIRST_PACKETS_TAKEN: TokenBucketRate = { perSecond: 1, burst: 10 };
/** Packets that may be letters and are looked at. */
export const PACKETS_TAKEN: TokenBucketRate = { perSecond: 100, burst: 200 };

/** How long a prekey is given out before a new one takes its place. */
export const PREKEY_FRESH_MS: number = 7 * 24 * 3_600_000;
/** How long a prekey is good for whoever got it. */
export const PREKEY_LIFE_MS: number = 60 * 24 * 3_600_000;
/** Prekeys of this device that are kept until their time is over. */
export const PREKEYS_KEPT_MAX = 16;
/** Prekeys that are out in invites at a time; further invites have none. */
export const INVITE_PREKEYS_MAX = 64;
/** People at a time who have greeted by letter and are being looked at. */
export const GREETINGS_MAX = 16;
/** Letters kept in memory of one of them meanwhile. */
export const GREETED_FRAMES_MAX = 64;
/** Bytes of a frame that is kept in memory though its greeting has not come; larger ones come again. */
export const UNGREETED_FRAME_BYTES_MAX = 4_096;
/** Bytes of a signed prekey. */
export const BUNDLE_BYTES_MAX = 256;
