import { toHex } from "../../base/bytes.ts";
import { frameOf } from "../../feed/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { OFFER_PARCELS_MAX } from "./limits.ts";
import {
  type Address,
  decodeParcel,
  encodeParcel,
  HINT_BYTES,
  hexBytes,
  type Parcel,
  readAddress,
  writeAddress,
} from "./parcel.ts";

/** Name of the session service. */
export const CARRY_SERVICE = "carry";

/** A parcel as it is offered. */
export interface Offered {
  readonly id: string;
  readonly address: Address;
}

/** What a taker says to an offered parcel. */
export interface Reply {
  readonly id: string;
  /**
   * "no": not wanted; "done": it is for this device, which has it already; "yes": wanted, by the
   * recipient or by an anchor of it; "maybe": would carry it, with this chance to meet them.
   */
  readonly word: "no" | "done" | "yes" | "maybe";
  /** 0 … 1,000. */
  readonly chance: number;
}

/** What became of a parcel: "done": its recipient has it; "kept": on disk; "refused": no room. */
export type Fate = "done" | "kept" | "refused";

/** One frame on a carry stream. */
export type CarryFrame =
  /** An owner to its anchor: only frames with these tags; `isFirst` forgets the ones of before. */
  | { readonly t: "tags"; readonly isFirst: boolean; readonly tags: readonly number[] }
  /** The giver: would you take these? */
  | { readonly t: "offer"; readonly parcels: readonly Offered[] }
  /** The giver. */
  | { readonly t: "parcel"; readonly parcel: Parcel }
  /** The taker. */
  | { readonly t: "reply"; readonly replies: readonly Reply[] }
  /** The taker, once it is on disk. */
  | { readonly t: "fate"; readonly id: string; readonly fate: Fate };

const TYPE = { tags: 1, moreTags: 2, offer: 3, parcel: 4, reply: 5, fate: 6 } as const;
const WORDS = ["no", "done", "yes", "maybe"] as const;
const FATES = ["done", "kept", "refused"] as const;
/** Tags in one frame. */
export const TAGS_PER_FRAME_MAX = 4_096;

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: CarryFrame): Uint8Array {
  const writer = new Writer(128);
  switch (frame.t) {
    case "tags":
      writer.u8(frame.isFirst ? TYPE.tags : TYPE.moreTags);
      for (const tag of frame.tags) writer.u32(tag);
      break;
    case "offer":
      writer.u8(TYPE.offer);
      for (const { id, address } of frame.parcels)
        writeAddress(writer.bytes(hexBytes(id)), address);
      break;
    case "parcel":
      writer.u8(TYPE.parcel).bytes(encodeParcel(frame.parcel));
      break;
    case "reply":
      writer.u8(TYPE.reply);
      for (const { id, word, chance } of frame.replies) {
        writer.bytes(hexBytes(id)).u8(WORDS.indexOf(word)).u16(chance);
      }
      break;
    case "fate":
      writer.u8(TYPE.fate).bytes(hexBytes(frame.id)).u8(FATES.indexOf(frame.fate));
      break;
  }
  return frameOf(writer.done());
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeFrame(content: Uint8Array): CarryFrame {
  const reader = new Reader(content);
  const type = reader.u8();
  if (type === TYPE.tags || type === TYPE.moreTags) {
    const tags: number[] = [];
    while (reader.left > 0) tags.push(reader.u32());
    if (tags.length > TAGS_PER_FRAME_MAX) throw new WireError("too-large", "Too many tags.");
    return { t: "tags", isFirst: type === TYPE.tags, tags };
  }
  if (type === TYPE.parcel) return { t: "parcel", parcel: decodeParcel(reader.rest()) };
  if (type === TYPE.offer) return { t: "offer", parcels: readMany(reader, readOffered) };
  if (type === TYPE.reply) return { t: "reply", replies: readMany(reader, readReply) };
  if (type === TYPE.fate) {
    const id = toHex(reader.bytes(HINT_BYTES));
    const fate = one(FATES, reader.u8());
    reader.end();
    return { t: "fate", id, fate };
  }
  throw new WireError("malformed", `There is no carry frame of type ${type}.`);
}

function readMany<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  const found: T[] = [];
  while (reader.left > 0) {
    if (found.length >= OFFER_PARCELS_MAX) throw new WireError("too-large", "Too many parcels.");
    found.push(read(reader));
  }
  return found;
}

function readOffered(reader: Reader): Offered {
  return { id: toHex(reader.bytes(HINT_BYTES)), address: readAddress(reader) };
}

function readReply(reader: Reader): Reply {
  const id = toHex(reader.bytes(HINT_BYTES));
  const word = one(WORDS, reader.u8());
  const chance = reader.u16();
  if (chance > 1_000) throw new WireError("out-of-range", "A chance is at most 1,000.");
  return { id, word, chance };
}

function one<T>(words: readonly T[], code: number): T {
  const word = words[code];
  if (word === undefined) throw new WireError("out-of-range", "An unknown word.");
  return word;
}
