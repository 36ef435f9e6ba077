/** Anchors of one device: those who hold letters for it while it is away. */
export const ANCHORS_MAX = 3;
/** Devices for which this one is an anchor. */
export const OWNERS_MAX = 256;
/** Tags of frames that one owner may expect at its anchors. */
export const TAGS_PER_OWNER_MAX = 16_384;
/** Tags of one channel that are given to anchors: so many of its letters are held. */
export const TAGS_PER_CHANNEL_MAX = 64;
/** Bytes that an anchor holds for one owner where nothing else was agreed. */
export const OWNER_BYTES_DEFAULT: number = 4 << 20;
/** Most bytes that an anchor agrees to hold for one owner. */
export const OWNER_BYTES_MAX: number = 64 << 20;
/** Share of an owner's bytes, one in so many, that first letters of devices without a channel may take. */
export const FIRST_SHARE = 20;
/** Days that an anchor holds a letter where nothing else was agreed. */
export const HOLD_DAYS_DEFAULT = 14;
/** Fewest days that may be agreed. */
export const HOLD_DAYS_MIN = 7;
/** Most days that may be agreed. */
export const HOLD_DAYS_MAX = 60;
/** How long a courier carries a parcel, counted from when it was sealed, milliseconds. */
export const COURIER_LIFE_MS: number = 8 * 24 * 3_600_000;
/** What is left to live of a parcel after a stop, whatever the clock says then, milliseconds. */
export const LIFE_AFTER_STOP_MS: number = 24 * 3_600_000;
/** Bytes that are carried for one contact as a courier. */
export const EDGE_BYTES_MAX: number = 1 << 20;
/** Bytes that are carried as a courier for all. */
export const COURIER_BYTES_MAX: number = 16 << 20;
/** Share of the courier's bytes, one in so many, that strangers may take together. */
export const STRANGER_SHARE = 20;
/** Bytes that a parcel takes at least: beside its frame there are its record and its place in memory. */
export const PARCEL_BYTES_MIN = 512;
/** Parcels that one device holds and carries for others. */
export const PARCELS_MAX = 65_536;
/** Copies of a parcel that may come into being on its way to the anchors of its recipient. */
export const COPIES_MAX = 8;
/** Copies of a frame that only acknowledges. */
export const ACKNOWLEDGEMENT_COPIES = 2;
/** Hints of a parcel: its recipient and its anchors. */
export const HINTS_MAX: number = ANCHORS_MAX + 1;
/** Parcels named in one offer. */
export const OFFER_PARCELS_MAX = 64;
/** Parcels under way on a stream whose persistence the taker has not told yet. */
export const PARCELS_IN_FLIGHT_MAX = 16;
/** Bytes of one frame on a carry stream, its length field not counted. */
export const CARRY_FRAME_BYTES_MAX: number = 20 * 1_024;
/** Carry streams that others have open here at a time, one per device. */
export const TAKINGS_MAX = 64;
/** Frames that one stream may bring without one of them being of use, after which it is ended. */
export const USELESS_PER_STREAM_MAX = 128;
/** Silence after which a carry stream is given up, milliseconds. */
export const CARRY_TIMEOUT_MS = 30_000;
/** Devices whose meetings are remembered, to judge who is a good courier. */
export const MEETINGS_MAX = 4_096;
/** Devices that are no contacts whose hints are understood, those met of late. */
export const STRANGERS_KNOWN_MAX = 4_096;
/** Time in which the memory of meetings fades to a half, milliseconds. */
export const MEETINGS_HALF_MS: number = 72 * 3_600_000;
/** Bytes of a carry file. */
export const FILE_BYTES_MAX: number = 64 << 20;
/** Parcels in a carry file. */
export const FILE_PARCELS_MAX = 65_536;
/** How often an anchor is told anew at most which frames are expected, milliseconds. */
export const CARRY_TAGS_MS = 900_000;
