import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type FeedId, feedIdOf } from "../../feed/index.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { type Content, KIND_MAX } from "../body.ts";
import { TEXT_BYTES_MAX } from "../limits.ts";
import { KEY_BOX_BYTES_MAX, KEYS_PER_ENTRY_MAX } from "./limits.ts";

/** Kinds of entries of a feed under one sender key. */
export const ENTRY = {
  /** Gives the sender key to devices. */
  keys: 1,
  /** A message, sealed with the sender key. */
  message: 2,
} as const;

/** Bytes of an epoch's name. */
export const EPOCH_BYTES = 32;

/** A sender key, sealed for one device. */
export interface KeyBox {
  readonly device: PeerId;
  readonly box: Uint8Array;
}

/** What an entry of kind `keys` says. */
export interface KeysBody {
  /** The epoch of the group in which the feed was begun, 32 bytes. */
  readonly epoch: Uint8Array;
  readonly boxes: readonly KeyBox[];
}

/** The feed of a device under one sender key: its label is the group and the generation. */
export function chatFeedId(
  suite: CryptoSuite,
  signKey: Uint8Array,
  group: string,
  generation: number,
): FeedId {
  return feedIdOf(suite, signKey, new Writer(22).bytes(hexBytes(group)).u48(generation).done());
}

/** What the sender key belongs to: the group and its epoch. */
export function scopeEpoch(group: string, epoch: Uint8Array): Uint8Array {
  return new Writer(16 + EPOCH_BYTES).bytes(hexBytes(group)).bytes(epoch).done();
}

/** Generation (6), epoch (32), count (1), then each device (16), length (2) and sealed key. */
export function encodeKeys(generation: number, { epoch, boxes }: KeysBody): Uint8Array {
  const writer = new Writer(64 + 300 * boxes.length).u48(generation).bytes(epoch);
  writer.u8(boxes.length);
  for (const { device, box } of boxes) {
    writer.bytes(peerIdToBytes(device)).u16(box.length).bytes(box);
  }
  return writer.done();
}

/** @throws WireError */
export function decodeKeys(bytes: Uint8Array): KeysBody & { readonly generation: number } {
  const reader = new Reader(bytes);
  const generation = reader.u48();
  const epoch = reader.bytes(EPOCH_BYTES).slice();
  const count = reader.u8();
  if (count > KEYS_PER_ENTRY_MAX) throw new WireError("too-large", "Too many keys in one entry.");
  const boxes = Array.from({ length: count }, (): KeyBox => {
    const device = peerIdFromBytes(reader.bytes(16));
    const length = reader.u16();
    if (length > KEY_BOX_BYTES_MAX) throw new WireError("too-large", "A sealed key is too long.");
    return { device, box: reader.bytes(length) };
  });
  reader.end();
  return { generation, epoch, boxes };
}

/** What is sealed with the sender key: a kind (1), and what people say. */
export function encodeSpoken({ kind, content }: Content): Uint8Array {
  return new Writer(content.length + 1).u8(kind).bytes(content).done();
}

/** @throws WireError */
export function decodeSpoken(bytes: Uint8Array): Content {
  const reader = new Reader(bytes);
  const kind = reader.u8();
  const content = reader.rest().slice();
  if (kind === 0 || kind > KIND_MAX || content.length > TEXT_BYTES_MAX + 1_024) {
    throw new WireError("out-of-range", "A message of no known form.");
  }
  return { kind, content };
}

/** Bytes of hexadecimal digits that are known to be some. */
export function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids are hexadecimal");
}

/** The head of a feed: SHA-256 of its last entry, hexadecimal. */
export function headOf(suite: CryptoSuite, entry: Uint8Array): string {
  return toHex(suite.sha256(entry));
}
