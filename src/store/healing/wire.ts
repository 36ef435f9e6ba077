import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import { type Reader, WireError, type Writer } from "../../wire/index.ts";
import { FRAGMENTS_MAX } from "../erasure/index.ts";
import { hexBytes, readIndex, readIndices, readRoot, writeIndices } from "../fields.ts";
import { WATCH_ENTRIES_MAX } from "./limits.ts";

/** Bytes by which an object is named in a question: see `tagOf`. */
export const TAG_BYTES = 8;
/** Bytes that make the names in a question unlike those in any other. */
export const NONCE_BYTES = 8;
const LOCATE_BYTES = 16;

/** An object in a question: which fragments of it the asker has. */
export interface WatchEntry {
  readonly tag: bigint;
  readonly indices: readonly number[];
}

/** An object in an answer: its position in the question, and what the answerer has of it. */
export interface CommonEntry {
  readonly position: number;
  readonly indices: readonly number[];
}

/** A fragment and where it is now. */
export interface Placed {
  readonly index: number;
  readonly peer: PeerId;
}

/** What an agent says of a healing: that it begins, that it is done, or that it gave up. */
export type ClaimState = "begins" | "done" | "gave-up";
const STATES: readonly ClaimState[] = ["begins", "done", "gave-up"];

/** What an agent answers to a claim: whether it heals that object, too, and how far it is. */
export type AtWork = "no" | "gathering" | "made";
const AT_WORK: readonly AtWork[] = ["no", "gathering", "made"];

/** What agents say to each other. */
export type HealingMessage =
  | { readonly t: "watch"; readonly nonce: Uint8Array; readonly entries: readonly WatchEntry[] }
  | { readonly t: "common"; readonly entries: readonly CommonEntry[] }
  | {
      readonly t: "claim";
      readonly locateId: string;
      readonly state: ClaimState;
      /** How long it takes, where it begins. */
      readonly seconds: number;
      /** Where the new fragments are, where it is done. */
      readonly placed: readonly Placed[];
    }
  | { readonly t: "noted"; readonly atWork: AtWork }
  /** What is lost of this object, and is it wanted? */
  | { readonly t: "lack"; readonly root: string }
  | { readonly t: "lacks"; readonly seconds: number; readonly indices: readonly number[] };

/** Numbers of the messages on the wire. */
export const HEALING_TYPE = {
  watch: 32,
  common: 33,
  claim: 34,
  noted: 35,
  lack: 36,
  lacks: 37,
} as const;

/** Writes what follows the type. */
export function writeHealing(writer: Writer, message: HealingMessage): void {
  switch (message.t) {
    case "watch":
      writer.bytes(message.nonce).u16(message.entries.length);
      for (const { tag, indices } of message.entries) {
        writer.u32(Number(tag >> 32n)).u32(Number(tag & 0xffff_ffffn));
        writeIndices(writer, indices);
      }
      break;
    case "common":
      writer.u16(message.entries.length);
      for (const { position, indices } of message.entries) {
        writer.u16(position);
        writeIndices(writer, indices);
      }
      break;
    case "claim":
      writer.bytes(must(fromHex(message.locateId), "locate ids are hexadecimal"));
      writer.u8(STATES.indexOf(message.state)).u16(message.seconds).u8(message.placed.length);
      for (const { index, peer } of message.placed) writer.u8(index).bytes(peerIdToBytes(peer));
      break;
    case "lack":
      writer.bytes(hexBytes(message.root));
      break;
    case "lacks":
      writer.u32(message.seconds);
      writeIndices(writer, message.indices);
      break;
    default:
      writer.u8(AT_WORK.indexOf(message.atWork));
  }
}

/** @throws WireError */
export function readWatch(reader: Reader): HealingMessage {
  const nonce = reader.bytes(NONCE_BYTES);
  const count = reader.u16();
  if (count > WATCH_ENTRIES_MAX) throw new WireError("too-large", "A question names too much.");
  const entries: WatchEntry[] = [];
  for (let i = 0; i < count; i++) {
    const tag = (BigInt(reader.u32()) << 32n) | BigInt(reader.u32());
    entries.push({ tag, indices: readIndices(reader) });
  }
  return { t: "watch", nonce, entries };
}

/** @throws WireError */
export function readCommon(reader: Reader): HealingMessage {
  const count = reader.u16();
  if (count > WATCH_ENTRIES_MAX) throw new WireError("too-large", "An answer names too much.");
  const entries: CommonEntry[] = [];
  for (let i = 0; i < count; i++) {
    const position = reader.u16();
    if (position <= (entries.at(-1)?.position ?? -1)) {
      throw new WireError("not-canonical", "Objects in an answer are not in ascending order.");
    }
    entries.push({ position, indices: readIndices(reader) });
  }
  return { t: "common", entries };
}

/** @throws WireError */
export function readClaim(reader: Reader): HealingMessage {
  const locateId = toHex(reader.bytes(LOCATE_BYTES));
  const state = STATES[reader.u8()];
  if (state === undefined) throw new WireError("out-of-range", "Unknown state of a healing.");
  const seconds = reader.u16();
  const count = reader.u8();
  if (count > FRAGMENTS_MAX) throw new WireError("too-large", "A claim names too many fragments.");
  const placed: Placed[] = [];
  for (let i = 0; i < count; i++) {
    placed.push({ index: readIndex(reader), peer: peerIdFromBytes(reader.bytes(ID_BYTES)) });
  }
  return { t: "claim", locateId, state, seconds, placed };
}

/** @throws WireError */
export function readNoted(reader: Reader): HealingMessage {
  const atWork = AT_WORK[reader.u8()];
  if (atWork === undefined) throw new WireError("out-of-range", "Unknown answer to a claim.");
  return { t: "noted", atWork };
}

/** @throws WireError */
export function readLack(reader: Reader): HealingMessage {
  return { t: "lack", root: readRoot(reader) };
}

/** @throws WireError */
export function readLacks(reader: Reader): HealingMessage {
  return { t: "lacks", seconds: reader.u32(), indices: readIndices(reader) };
}
