/** Bytes of somebody's picture: a JPEG. */
export const PICTURE_BYTES_MAX = 16_384;
/** Bytes of a frame on a picture stream, its length field not counted. */
export const PICTURE_FRAME_BYTES_MAX = 16_512;
/** People whose pictures are kept; those of others are not taken. */
export const PICTURES_MAX = 1_024;
/** Pictures up to which those of people are taken who are in a group with this one and no contacts. */
export const FELLOW_PICTURES_MAX = 768;
/** How long another picture of the same person is not taken. */
export const CHANGE_EVERY_MS = 5_000;
