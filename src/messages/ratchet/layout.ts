import { KEM_CIPHERTEXT_BYTES, TAG_BYTES } from "../../crypto/index.ts";

/** First byte of each frame; sessions have 0x51 … 0x5f. The lowest bit is set where the seal is short. */
export const FRAME_TYPE = {
  /** In a channel that both devices have. */
  message: 0x60,
  /** The same behind a first contact. */
  first: 0x62,
  /** To a group, see `sender-keys.ts`. */
  group: 0x64,
  /** Behind a first contact with a secret by ML-KEM-768 in it. */
  hybrid: 0x66,
} as const;
/** Bit of the first byte: the seal has 8 bytes. */
export const SHORT_BIT = 0x01;
/** Bytes of a short seal. */
export const SHORT_SEAL_BYTES = 8;
/** Type and tag. */
export const MESSAGE_HEAD_BYTES = 5;

/** Generation of a channel, the payload of the first contact. */
export const GENERATION_BYTES = 6;
/** Noise X: an ephemeral key, a sealed long-lived key, a sealed payload. */
export const CONTACT_BYTES: number = 32 + 32 + TAG_BYTES + GENERATION_BYTES + TAG_BYTES;
/** Where the hint at a prekey begins in a first frame. */
export const HINT_AT = 1;
/** Where the first contact begins in a first frame. */
export const CONTACT_AT: number = HINT_AT + 4;

/** Bytes of the first contact that a frame of this type carries; undefined where it carries none. */
export function contactBytes(type: number): number | undefined {
  switch (type & ~SHORT_BIT) {
    case FRAME_TYPE.first:
      return CONTACT_BYTES;
    case FRAME_TYPE.hybrid:
      return CONTACT_BYTES + KEM_CIPHERTEXT_BYTES;
    default:
      return undefined;
  }
}

/** Sealed: the first byte's flags. A ratchet key follows. */
export const FLAG_KEY = 0x80;
/** Sealed: how many frames the sender's chain before this one had follows. */
export const FLAG_LENGTH = 0x40;
/** Sealed: the sender knows the ratchet key that comes after this chain's. */
export const FLAG_KNOWN = 0x20;
/** Must be zero. */
export const FLAG_RESERVED = 0x10;
/** Sealed: how many zero bytes end the plaintext. */
export const PADDING_MASK = 0x0f;
/**
 * Plaintexts have 16 k + 2 bytes: what only acknowledges has 2, and 100 characters of which the
 * model makes little fit 98 with what stands around them.
 */
export const BUCKET_BYTES = 16;
/** See `BUCKET_BYTES`. */
export const BUCKET_OFFSET = 2;
/** Frames that wait in older homes have 16 k + 10 bytes: they are still read. */
export const OLD_BUCKET_OFFSET = 10;
/** Flags and acknowledgement. */
export const INNER_HEAD_BYTES = 2;
