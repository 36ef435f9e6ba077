import { fromBase32, toBase32 } from "../base/base32.ts";
import { byteName } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { CborArrayReader, CborArrayWriter, WireError, Writer } from "../wire/index.ts";
import { DEFINITION_BYTES_MAX } from "./currency/limits.ts";
import { BATCHES_PER_FRAME_MAX, LINE_NAMES_MAX } from "./limits.ts";
import { LINE_ID_BYTES, limits } from "./line/index.ts";
import type { LineId } from "./line-desk.ts";

/** Name of the session service. */
export const MONEY_SERVICE = "money";
const VERSION = 1;
const HASH_BYTES = 32;
/** Bytes of the length in front of a frame. */
const LENGTH_BYTES = 4;

/** How far a half-log goes at the one who says so, and the hash of its last batch. */
export interface Reach {
  readonly count: number;
  readonly head: Uint8Array;
}

/** A batch on its way. */
export interface Carried {
  /** Whether it is of the half-log of whoever brings it, not of the one who gets it. */
  readonly isBringers: boolean;
  readonly bytes: Uint8Array;
}

/** One frame on a stream of the service. */
export type MoneyFrame =
  | { readonly t: "hello" }
  /** There is a line in this currency between us. */
  | { readonly t: "offer"; readonly definition: Uint8Array }
  /** I know nothing of this line. */
  | { readonly t: "unknown"; readonly line: LineId }
  /** What I have of a line: my own half, and yours. */
  | { readonly t: "have"; readonly line: LineId; readonly mine: Reach; readonly yours: Reach }
  | { readonly t: "batches"; readonly line: LineId; readonly batches: readonly Carried[] }
  /** So many of your batches are on my disk. */
  | { readonly t: "got"; readonly line: LineId; readonly count: number }
  /** Something that owes nothing, for payments. */
  | { readonly t: "told"; readonly line: LineId; readonly message: Uint8Array };

const KINDS = ["hello", "offer", "unknown", "have", "batches", "got", "told"] as const;

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: MoneyFrame): Uint8Array {
  const writer = new Writer(frame.t === "batches" ? 8_192 : 176);
  writeFrame(writer, frame);
  return writer.done();
}

/** The same behind what was written before. */
export function writeFrame(into: Writer, frame: MoneyFrame): void {
  const from = into.length;
  into.u32(0);
  writeContent(new CborArrayWriter(into), frame);
  into.fillU32(from, into.length - from - LENGTH_BYTES);
}

function writeContent(writer: CborArrayWriter, frame: MoneyFrame): void {
  const kind = KINDS.indexOf(frame.t);
  switch (frame.t) {
    case "hello":
      writer.array(2).uint(kind).uint(VERSION);
      break;
    case "offer":
      writer.array(2).uint(kind).bytes(frame.definition);
      break;
    case "unknown":
      writer.array(2).uint(kind).bytes(lineBytes(frame.line));
      break;
    case "have":
      writer.array(6).uint(kind).bytes(lineBytes(frame.line));
      for (const { count, head } of [frame.mine, frame.yours]) writer.uint(count).bytes(head);
      break;
    case "batches":
      writer
        .array(2 + 2 * frame.batches.length)
        .uint(kind)
        .bytes(lineBytes(frame.line));
      for (const { isBringers, bytes } of frame.batches)
        writer.uint(isBringers ? 1 : 0).bytes(bytes);
      break;
    case "got":
      writer.array(3).uint(kind).bytes(lineBytes(frame.line)).uint(frame.count);
      break;
    case "told":
      writer.array(3).uint(kind).bytes(lineBytes(frame.line)).bytes(frame.message);
      break;
  }
}

/**
 * What a frame (without its length field) says; what it tells payments is lent, not copied.
 * @throws WireError for anything else
 */
export function decodeFrame(content: Uint8Array): MoneyFrame {
  const reader = new CborArrayReader(content);
  const count = reader.array(2 + 2 * BATCHES_PER_FRAME_MAX);
  const frame = readFrame(reader, count);
  reader.end();
  return frame;
}

function readFrame(reader: CborArrayReader, count: number): MoneyFrame {
  const t = KINDS[reader.uint(255)];
  if (t === undefined) throw new WireError("version", "A frame of a kind that is not known here.");
  if (t !== "batches" && count !== MEMBERS[t]) throw malformed();
  switch (t) {
    case "hello":
      if (reader.uint(255) !== VERSION) throw new WireError("version", "Another version.");
      return { t };
    case "offer":
      return { t, definition: reader.bytes(1, DEFINITION_BYTES_MAX).slice() };
    case "unknown":
      return { t, line: readLine(reader) };
    case "have":
      return { t, line: readLine(reader), mine: readReach(reader), yours: readReach(reader) };
    case "batches": {
      const line = readLine(reader);
      if (count % 2 !== 0) throw malformed();
      const batches: Carried[] = [];
      for (let left = (count - 2) / 2; left > 0; left--) {
        const isBringers = reader.uint(1) === 1;
        batches.push({ isBringers, bytes: reader.bytes(1, limits.BATCH_BYTES_MAX).slice() });
      }
      return { t, line, batches };
    }
    case "got":
      return { t, line: readLine(reader), count: reader.uint(limits.BATCHES_MAX) };
    case "told":
      return { t, line: readLine(reader), message: reader.bytes(1, limits.TOLD_BYTES_MAX) };
  }
}

const MEMBERS = { hello: 2, offer: 2, unknown: 2, have: 6, got: 3, told: 3 } as const;

/** Lines that were read or written lately, the same under both names: most frames are about one of a few. */
const idsByName = new Map<string, LineId>();
const bytesById = new Map<LineId, Uint8Array>();

function remember<K, V>(known: Map<K, V>, key: K, value: V): V {
  if (known.size >= LINE_NAMES_MAX) known.clear();
  known.set(key, value);
  return value;
}

function readLine(reader: CborArrayReader): LineId {
  const bytes = reader.bytes(LINE_ID_BYTES);
  const name = byteName(bytes);
  return idsByName.get(name) ?? remember(idsByName, name, toBase32(bytes));
}

function readReach(reader: CborArrayReader): Reach {
  const count = reader.uint(limits.BATCHES_MAX);
  return { count, head: reader.bytes(HASH_BYTES).slice() };
}

function lineBytes(line: LineId): Uint8Array {
  const known = bytesById.get(line);
  return known ?? remember(bytesById, line, must(fromBase32(line), "a line's id is base32"));
}

function malformed(): WireError {
  return new WireError("malformed", "A frame has other members.");
}
