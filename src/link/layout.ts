import { RUN_HEAD_BYTES } from "../base/frame-run.ts";
import { TAG_BYTES } from "../crypto/index.ts";

/** Version of everything below; the first thing two peers agree on. */
export const LINK_VERSION = 1;
/** Mixed into every handshake: name and version of this protocol. */
export const PROLOGUE_TEXT = "peernet link 1 Noise_XX_25519_ChaChaPoly_SHA256";
/** What a device signs to bind its Noise key to its sign key. */
export const LINK_KEY_LABEL = "peernet link key v1";
/** What a device signs in a beacon. */
export const BEACON_LABEL = "peernet beacon v1";

/** First byte of everything a transport carries. */
export const FRAME_BEACON = 0x01;
/** First handshake message: version, sender index, Noise message 1. */
export const FRAME_OPEN = 0x02;
/** Second handshake message: sender index, receiver index, Noise message 2. */
export const FRAME_ANSWER = 0x03;
/** Third handshake message: receiver index, Noise message 3. */
export const FRAME_FINISH = 0x04;
/** A sealed frame of an established link. */
export const FRAME_DATA = 0x05;
/** "Nobody here has this index": receiver index as it came. Not authenticated, only a hint. */
export const FRAME_UNKNOWN = 0x06;

/** A further piece of a packet whose first piece, a sealed frame, vouches for it. */
export const FRAME_PIECE = 0x07;

/** A sealed frame for slow lines, see `short-frames.ts`. */
export const FRAME_SHORT = 0x08;

/** First byte of a sealed part: a whole packet, its header follows, its payload is open. */
export const SEALED_PACKET = 0x00;
/** First byte of a sealed part: one piece of a packet. */
export const SEALED_FRAGMENT = 0x01;
/** First byte of a sealed part: messages between the two link rooms. */
export const SEALED_INTERNAL = 0x02;

/** First byte of a sealed part: the first piece of a packet; the others follow unsealed. */
export const SEALED_TRAIN = 0x03;

/** Bits of that first byte that are the kind … */
export const SEALED_KIND_BITS = 3;
/** … and how many frames the others can speak of, see `markUnkept`. */
export const UNKEPT_TOLD_MAX = 31;

/** Bit of a hello's features: takes trains. */
export const FEATURE_TRAINS = 0x1;
/** Bit of a hello's features: asks for lost frames and repeats them. */
export const FEATURE_REPAIR = 0x2;

/** Bit of a hello's features: takes short frames. */
export const FEATURE_SHORT = 0x4;
/** Bit of a hello's features: takes word of frames that will not come again. */
export const FEATURE_GONE = 0x8;
/** Bit of a hello's features: reads how many frames right before one are not kept. */
export const FEATURE_UNKEPT = 0x10;
/** What every peer of this version takes. */
export const FEATURES_ALWAYS: number =
  FEATURE_TRAINS | FEATURE_SHORT | FEATURE_GONE | FEATURE_UNKEPT;

/** Type, receiver index, token, number of the piece: what stands apart in a run of frames. */
export const PIECE_HEAD_BYTES: number = RUN_HEAD_BYTES;
/** Kind, token, count, bytes of a piece, payload bytes. */
export const TRAIN_HEAD_BYTES = 13;
/** Type, receiver index, counter, sealed length. */
export const DATA_HEAD_BYTES = 13;
/** What an empty sealed frame weighs. */
export const DATA_OVERHEAD_BYTES: number = DATA_HEAD_BYTES + TAG_BYTES;
/** Kind, packet id, index, count, payload bytes. */
export const FRAGMENT_HEAD_BYTES = 11;

/** Handshake payload of messages 2 and 3. */
export const HELLO_BYTES: number = 1 + 32 + 64 + 8 + 8 + 4 + 2;
/** Message 2: the largest, so message 1 is padded to it and answers never amplify. */
export const ANSWER_BYTES: number = 9 + 32 + (32 + TAG_BYTES) + HELLO_BYTES + TAG_BYTES;
/** Message 1, padded. */
export const OPEN_BYTES: number = ANSWER_BYTES;
/** Where the ephemeral key stands in message 1. */
export const OPEN_EPHEMERAL_AT = 6;
/** Zero bytes that fill message 1. */
export const OPEN_PADDING_BYTES: number = OPEN_BYTES - 6 - 32;
/** Message 3. */
export const FINISH_BYTES: number = 5 + (32 + TAG_BYTES) + HELLO_BYTES + TAG_BYTES;
/** Type, version, sign key, run id, signature. */
export const BEACON_BYTES: number = 2 + 32 + 8 + 64;
/** Type and receiver index. */
export const UNKNOWN_BYTES = 5;
