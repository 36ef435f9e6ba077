import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import { Reader, varintBytes, WireError, Writer } from "../../wire/index.ts";
import {
  LABEL_BYTES_MAX,
  SALT_BYTES,
  SKETCH_PART_BYTES,
  SKETCH_PEER_BYTES,
  SKETCH_PEERS_MAX,
} from "./limits.ts";

/**
 * Types of frames about paths. All extension frames (0x20 … 0x3f) name their length, so that
 * unknown ones are skipped; bit 4 says that the frame asks for an acknowledgement.
 */
export const PATH_FRAME = {
  /** "Answer along the way on which this came." Does not count as a change of ways. */
  challenge: 0x20,
  response: 0x21,
  /** Part of a sketch of the sender's vicinity. */
  sketch: 0x30,
  /** A peer at which both could meet, and the labels from there to the sender. */
  meeting: 0x31,
} as const;

const SKETCH_BYTES_MAX = SKETCH_PEERS_MAX * SKETCH_PEER_BYTES;
const ID_BYTES = 16;

/** Part of a sketch as received; views. */
export interface SketchPart {
  readonly salt: Uint8Array;
  readonly offset: number;
  readonly totalBytes: number;
  readonly bytes: Uint8Array;
}

/** A proposal to meet at a peer; the stack leads from there to who proposes. */
export interface Proposal {
  readonly salt: Uint8Array;
  readonly peer: PeerId;
  readonly stack: Uint8Array;
}

/** A challenge, filled with zeros up to `sizeBytes` in all. */
export function encodeChallenge(token: number, sizeBytes: number): Uint8Array {
  const fill = Math.max(0, sizeBytes - varintBytes(token) - 3);
  const body = new Writer().varint(token).bytes(new Uint8Array(fill)).done();
  return encodeFrame(PATH_FRAME.challenge, body);
}

/** An answer to a challenge. */
export function encodeResponse(token: number): Uint8Array {
  return encodeFrame(PATH_FRAME.response, new Writer().varint(token).done());
}

/** The token of a challenge or response. @throws WireError */
export function readToken(body: Uint8Array): number {
  return new Reader(body).varint();
}

/** Part of a sketch. */
export function encodeSketchPart(part: SketchPart): Uint8Array {
  const writer = new Writer().bytes(part.salt).varint(part.offset).varint(part.totalBytes);
  return encodeFrame(PATH_FRAME.sketch, writer.bytes(part.bytes).done());
}

/** @throws WireError where the part is empty or lies outside a sketch that may be */
export function readSketchPart(body: Uint8Array): SketchPart {
  const reader = new Reader(body);
  const salt = reader.bytes(SALT_BYTES);
  const offset = reader.varint();
  const totalBytes = reader.varint();
  const bytes = reader.rest();
  const isWhole = totalBytes % SKETCH_PEER_BYTES === 0 && totalBytes <= SKETCH_BYTES_MAX;
  const isInside = bytes.length > 0 && offset + bytes.length <= totalBytes;
  if (!isWhole || !isInside || bytes.length > SKETCH_PART_BYTES) {
    throw new WireError("out-of-range", "A part of a sketch does not fit in.");
  }
  return { salt, offset, totalBytes, bytes };
}

/** A proposal to meet. */
export function encodeProposal({ salt, peer, stack }: Proposal): Uint8Array {
  const writer = new Writer().bytes(salt).bytes(peerIdToBytes(peer)).bytes(stack);
  return encodeFrame(PATH_FRAME.meeting, writer.done());
}

/** @throws WireError where no peer is named or the stack is too long */
export function readProposal(body: Uint8Array): Proposal {
  const reader = new Reader(body);
  const salt = reader.bytes(SALT_BYTES);
  const id = reader.bytes(ID_BYTES);
  const stack = reader.rest();
  if (id[0] !== 0xfd || stack.length > LABEL_BYTES_MAX) {
    throw new WireError("out-of-range", "A meeting cannot be there.");
  }
  return { salt, peer: peerIdFromBytes(id), stack };
}

function encodeFrame(type: number, body: Uint8Array): Uint8Array {
  return new Writer().u8(type).varint(body.length).bytes(body).done();
}
