import { TAG_BYTES } from "../crypto/index.ts";
import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { EARLY_SEALED_BYTES_MAX } from "./limits.ts";

/** First byte of each packet: 0x50 marks the session protocol, version 1; the rest is the kind. */
export const PACKET_TYPE = {
  /** First handshake message. */
  hello: 0x51,
  /** Second handshake message. */
  welcome: 0x52,
  /** Frames under the session's keys. */
  data: 0x53,
  /** The same, naming the sender, so that a peer without this session can answer. */
  probe: 0x54,
  /** "I know no session of this index." */
  hint: 0x55,
  /** First handshake message, and early data behind it. */
  earlyHello: 0x56,
} as const;
/** Bit of a data or probe packet's first byte: which of two keys in turn it is sealed with. */
const KEY_PHASE_BIT = 0x08;

/** Bytes before the ciphertext of a data packet. */
export const DATA_HEADER_BYTES = 11;
/** Bytes before the ciphertext of a probe packet. */
export const PROBE_HEADER_BYTES: number = DATA_HEADER_BYTES + ID_BYTES;
/** Bytes of a reset hint. */
export const HINT_BYTES: number = 1 + 4 + 6 + ID_BYTES;
/** Bytes of the smallest probe packet; never below `HINT_BYTES`, so hints amplify nothing. */
export const PROBE_BYTES_MIN: number = PROBE_HEADER_BYTES + TAG_BYTES;

/** A parsed packet; byte fields are views of what was parsed. */
export type Packet =
  | HelloPacket
  | WelcomePacket
  | DataPacket
  | {
      readonly kind: "hint";
      readonly unknownIndex: number;
      readonly number: number;
      readonly from: PeerId;
    };

/** A first handshake message. */
export interface HelloPacket {
  readonly kind: "hello";
  readonly noise: Uint8Array;
  /** Sealed early data that came along. */
  readonly early: Uint8Array | undefined;
}

/** The second message of a handshake. */
export interface WelcomePacket {
  readonly kind: "welcome";
  readonly receiverIndex: number;
  readonly noise: Uint8Array;
}

/** A packet of frames. */
export interface DataPacket {
  readonly kind: "data";
  readonly receiverIndex: number;
  readonly number: number;
  /** Key phase, 0 or 1 (RFC 9001 section 6). */
  readonly phase: number;
  /** Who says to have sent it, in probes only. Not authenticated before the packet opens. */
  readonly source: PeerId | undefined;
  /** What the AEAD covers beside the ciphertext. */
  readonly header: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/**
 * Parses a packet of this room.
 * @throws WireError for anything else
 */
export function parsePacket(bytes: Uint8Array): Packet {
  const reader = new Reader(bytes);
  const type = reader.u8();
  switch (type) {
    case PACKET_TYPE.data:
    case PACKET_TYPE.data | KEY_PHASE_BIT:
    case PACKET_TYPE.probe:
    case PACKET_TYPE.probe | KEY_PHASE_BIT:
      return parseData(bytes, reader, type);
    case PACKET_TYPE.hello:
      return { kind: "hello", noise: reader.rest(), early: undefined };
    case PACKET_TYPE.earlyHello: {
      const noise = reader.bytes(reader.u16());
      if (reader.left <= EARLY_SEALED_BYTES_MAX) {
        return { kind: "hello", noise, early: reader.rest() };
      }
      throw new WireError("too-large", "A first message has more early data than it may.");
    }
    case PACKET_TYPE.welcome:
      return { kind: "welcome", receiverIndex: reader.u32(), noise: reader.rest() };
    case PACKET_TYPE.hint: {
      const unknownIndex = reader.u32();
      const number = reader.u48();
      const from = readPeerId(reader);
      reader.end();
      return { kind: "hint", unknownIndex, number, from };
    }
    default:
      throw new WireError("out-of-range", `Session packets of type ${type} are not known.`);
  }
}

function parseData(bytes: Uint8Array, reader: Reader, type: number): DataPacket {
  const phase = (type & KEY_PHASE_BIT) === 0 ? 0 : 1;
  const probe = (type & ~KEY_PHASE_BIT) === PACKET_TYPE.probe;
  const receiverIndex = reader.u32();
  const number = reader.u48();
  const source = probe ? readPeerId(reader) : undefined;
  const ciphertext = reader.rest();
  if (ciphertext.length < TAG_BYTES) {
    throw new WireError("truncated", "A session packet is too short for its seal.");
  }
  const header = bytes.subarray(0, bytes.length - ciphertext.length);
  return { kind: "data", receiverIndex, number, phase, source, header, ciphertext };
}

function readPeerId(reader: Reader): PeerId {
  const bytes = reader.bytes(ID_BYTES);
  if (bytes[0] !== 0xfd) throw new WireError("out-of-range", "A peer id begins with fd.");
  return peerIdFromBytes(bytes);
}

/** A first handshake message, with sealed early data behind it where there is some. */
export function encodeHello(noise: Uint8Array, early?: Uint8Array): Uint8Array {
  if (early !== undefined) {
    const writer = new Writer(3 + noise.length + early.length).u8(PACKET_TYPE.earlyHello);
    return writer.u16(noise.length).bytes(noise).bytes(early).done();
  }
  return new Writer(1 + noise.length).u8(PACKET_TYPE.hello).bytes(noise).done();
}

/** A second handshake message. */
export function encodeWelcome(receiverIndex: number, noise: Uint8Array): Uint8Array {
  const writer = new Writer(5 + noise.length).u8(PACKET_TYPE.welcome);
  return writer.u32(receiverIndex).bytes(noise).done();
}

/**
 * The header of a data packet, or of a probe where `source` is given.
 * @param phase key phase, 0 or 1
 */
export function encodeDataHeader(
  receiverIndex: number,
  number: number,
  source: PeerId | undefined,
  phase = 0,
): Uint8Array {
  const probe = source !== undefined;
  const writer = new Writer(probe ? PROBE_HEADER_BYTES : DATA_HEADER_BYTES);
  writer
    .u8((probe ? PACKET_TYPE.probe : PACKET_TYPE.data) | (phase === 0 ? 0 : KEY_PHASE_BIT))
    .u32(receiverIndex)
    .u48(number);
  if (probe) writer.bytes(peerIdToBytes(source));
  return writer.done();
}

/** A reset hint. */
export function encodeHint(unknownIndex: number, number: number, from: PeerId): Uint8Array {
  const writer = new Writer(HINT_BYTES).u8(PACKET_TYPE.hint).u32(unknownIndex).u48(number);
  return writer.bytes(peerIdToBytes(from)).done();
}
