import { SENDER_KEY_FRAMES_MAX } from "../ratchet/limits.ts";

/** How long a sender key is used before a new one takes its place: 7 days. */
export const CHAIN_LIFE_MS: number = 7 * 24 * 3_600_000;
/** How long a prekey for sender keys is given out before a new one takes its place. */
export const CHAT_PREKEY_FRESH_MS: number = 3 * 24 * 3_600_000;
/** How long such a prekey opens what was sealed to it; what is stolen later opens nothing older. */
export const CHAT_PREKEY_LIFE_MS: number = 21 * 24 * 3_600_000;
/** Devices to which one entry of a feed gives a sender key. */
export const KEYS_PER_ENTRY_MAX = 64;
/** Bytes of one sealed sender key. */
export const KEY_BOX_BYTES_MAX = 512;
/** Entries of one feed: messages, and those that give out keys. */
export const ENTRIES_PER_FEED_MAX: number = 2 * SENDER_KEY_FRAMES_MAX;
/** Bytes of one entry: a text or a file note, sealed and signed, or keys for 64 devices. */
export const CHAT_ENTRY_BYTES_MAX = 49_152;
/** Bytes of one feed's entries. */
export const FEED_BYTES_MAX = 12_582_912;
/** Feeds of one device that are kept; the oldest goes when there are more. */
export const FEEDS_PER_DEVICE_MAX = 8;
/** Bytes of one device's feeds that are kept. */
export const DEVICE_BYTES_MAX = 16_777_216;
/** Bytes of all feeds of one group; the device that takes most loses its oldest feed. */
export const GROUP_BYTES_MAX = 67_108_864;
/** Devices of one group of which keys and feeds are kept. */
export const CHAT_DEVICES_MAX = 4_096;
/** Devices of one person in a group. */
export const CHAT_DEVICES_PER_PERSON_MAX = 16;
/** Bytes of a device's card. */
export const CARD_BYTES_MAX = 1_024;
/** How far ahead of this clock a card may be. */
export const CARD_AHEAD_MS: number = 24 * 3_600_000;
/** Messages of one group that are kept; who has written most loses the oldest. */
export const CHAT_MESSAGES_MAX = 10_000;
/** Messages marked read in one batch. */
export const CHAT_MARKS_MAX = 256;
/** Own feeds of which is remembered who has opened them. */
export const SEEN_FEEDS_MAX = 4;
/** Changes that wait for the disk. */
export const CHAT_CHANGES_MAX = 256;

/** Bytes of one frame on a stream of the service, its length field not counted. */
export const CHAT_FRAME_BYTES_MAX = 65_536;
/** Entries in one frame. */
export const ENTRIES_PER_FRAME_MAX = 64;
/** Cards in one frame. */
export const CARDS_PER_FRAME_MAX = 48;
/** Lines about what a peer has in one frame. */
export const LINES_PER_FRAME_MAX = 2_048;
/** Lines about what a peer has in all. */
export const LINES_MAX: number = CHAT_DEVICES_MAX * (FEEDS_PER_DEVICE_MAX + 2);
/** Frames with entries or cards that the other side has not dealt with yet. */
export const TAKEN_IN_FLIGHT_MAX = 4;
/** Bytes of a stream that the other side has not taken; asking further is not answered above. */
export const CHAT_UNSENT_BYTES_MAX = 262_144;
/** Streams at a time, of all groups. */
export const TALKS_MAX = 64;
/** Streams that this peer opens at a time for one group. */
export const TALKS_PER_GROUP_MAX = 8;
/** Members that a device which did not write a message itself tells of it by a new stream. */
export const FANOUT = 8;
/** Streams at a time whose opener has not said which group it means. */
export const CALLERS_MAX = 32;
/** Peers in reach that are remembered per group to talk with. */
export const LISTENERS_MAX = 1_024;
/** How long either side waits for the other at the beginning. */
export const TALK_ANSWER_MS = 20_000;
/** How long a stream is kept on which nothing happens. */
export const TALK_IDLE_MS = 20_000;
/** How often a member in reach is compared with where nothing new is heard. */
export const TALK_AGAIN_MS = 600_000;
/** Least time between two comparisons that one stream begins. */
export const TALK_COMPARE_MS = 1_000;
/** How often this device looks whether its cards are fresh. */
export const CARD_CHECK_MS = 3_600_000;
