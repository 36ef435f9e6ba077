import { toHex } from "../../base/bytes.ts";
import { SIGNATURE_BYTES } from "../../crypto/index.ts";
import { frameOf } from "../../feed/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { HASH_BYTES, ID_BYTES, idBytes } from "./hex.ts";
import {
  ACCOUNTS_MAX,
  ACTS_MAX,
  ENTRY_BYTES_MAX,
  FACT_BYTES_MAX,
  FACTS_MAX,
  LATES_MAX,
  RULES_MAX,
  SEATS_MAX,
} from "./limits.ts";
import type { AccountId, CommunityId, FactId, Word } from "./types.ts";

/** Name of the session service. */
export const COMMUNITY_SERVICE = "community";
const VERSION = 1;
/** Bytes by which ids are told apart when two compare what they have. */
export const SHORT_BYTES = 8;
const CODE_BYTES_MAX = 32;
const ITEMS_MAX = 1_024;
/** Beginnings of ids in one frame. */
export const EXTRAS_MAX: number = RULES_MAX + ACTS_MAX + LATES_MAX;

/** How far an account goes at whoever says so. */
export interface Reach {
  readonly account: AccountId;
  /** Entries in a row; FORKED where there are two of some number: `head` is a sum of all of them then. */
  readonly count: number;
  /** Beginning of the id of the last one, 16 hexadecimal digits. */
  readonly head: string;
}

/** The count of an account with two stories. */
export const FORKED: number = 2 ** 32 - 1;

/** Lists of things that are each some bytes. */
export type Bulk = "facts" | "slips" | "proposals" | "listings";

/** One frame on a stream of the service. */
export type Frame =
  | { readonly t: "hello" }
  /** A sum of what the sender has of a community; none where the other may not see all of it. */
  | { readonly t: "state"; readonly id: CommunityId; readonly sum: Uint8Array }
  /** I have never heard of it. */
  | { readonly t: "unknown"; readonly id: CommunityId }
  | {
      readonly t: "have";
      readonly id: CommunityId;
      readonly reaches: readonly Reach[];
      /** Beginnings of ids of everything else, 16 hexadecimal digits each. */
      readonly extras: readonly string[];
    }
  | { readonly t: Bulk; readonly id: CommunityId; readonly items: readonly Uint8Array[] }
  /** Please sign this. With a teller's slip, and words of stewards for whom it was one besides another. */
  | {
      readonly t: "order";
      readonly id: CommunityId;
      readonly content: Uint8Array;
      readonly slip: Uint8Array;
      readonly late: readonly Word[];
      /** Whether a teller is asked, not a steward. */
      readonly isForTeller: boolean;
    }
  | {
      readonly t: "word";
      readonly id: CommunityId;
      readonly entry: FactId;
      readonly isLate: boolean;
      readonly word: Word;
    }
  /** I do not sign it now, for this reason; "asked" where a person has to say. */
  | { readonly t: "no"; readonly id: CommunityId; readonly entry: FactId; readonly code: string }
  /** A steward to somebody: what was signed last for your account. */
  | { readonly t: "last"; readonly id: CommunityId; readonly content: Uint8Array };

const KINDS = [
  ...(["hello", "state", "unknown", "have", "facts", "slips", "proposals", "listings"] as const),
  ...(["order", "word", "no", "last"] as const),
] as const;

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: Frame): Uint8Array {
  const kind = KINDS.indexOf(frame.t);
  const writer = new CborArrayWriter(512);
  const begin = (members: number): CborArrayWriter => writer.array(members).uint(kind);
  if (frame.t === "hello") begin(2).uint(VERSION);
  else {
    begin(MEMBERS[frame.t]).bytes(idBytes(frame.id));
    writeRest(writer, frame);
  }
  return frameOf(writer.done());
}

function writeRest(writer: CborArrayWriter, frame: Exclude<Frame, { readonly t: "hello" }>): void {
  switch (frame.t) {
    case "state":
      writer.bytes(frame.sum);
      break;
    case "have":
      writer.array(3 * frame.reaches.length);
      for (const { account, count, head } of frame.reaches) {
        writer.bytes(idBytes(account)).uint(count).bytes(idBytes(head));
      }
      writer.array(frame.extras.length);
      for (const extra of frame.extras) writer.bytes(idBytes(extra));
      break;
    case "order":
      writer
        .bytes(frame.content)
        .bytes(frame.slip)
        .array(2 * frame.late.length);
      for (const { seat, signature } of frame.late) writer.uint(seat).bytes(signature);
      writer.uint(frame.isForTeller ? 1 : 0);
      break;
    case "word":
      writer.bytes(idBytes(frame.entry)).uint(frame.isLate ? 1 : 0);
      writer.uint(frame.word.seat).bytes(frame.word.signature);
      break;
    case "no":
      writer.bytes(idBytes(frame.entry)).text(frame.code);
      break;
    case "last":
      writer.bytes(frame.content);
      break;
    case "unknown":
      break;
    default:
      writer.array(frame.items.length);
      for (const item of frame.items) writer.bytes(item);
  }
}

const MEMBERS = {
  ...{ hello: 2, state: 3, unknown: 2, have: 4, facts: 3, slips: 3, proposals: 3, listings: 3 },
  ...{ order: 6, word: 6, no: 4, last: 3 },
} as const;

/** What a frame (without its length field) says. @throws WireError for anything else */
export function decodeFrame(content: Uint8Array): Frame {
  const reader = new CborArrayReader(content);
  const count = reader.array(8);
  const t = KINDS[reader.uint(255)];
  if (t === undefined) throw new WireError("version", "A frame of a kind that is not known here.");
  if (count !== MEMBERS[t]) throw new WireError("malformed", "A frame has other members.");
  const frame = t === "hello" ? readHello(reader) : readRest(reader, t);
  reader.end();
  return frame;
}

function readHello(reader: CborArrayReader): Frame {
  if (reader.uint(255) !== VERSION) throw new WireError("version", "Another version.");
  return { t: "hello" };
}

function readRest(reader: CborArrayReader, t: Exclude<Frame["t"], "hello">): Frame {
  const id = toHex(reader.bytes(ID_BYTES));
  switch (t) {
    case "state":
      return { t, id, sum: reader.bytes(0, HASH_BYTES).slice() };
    case "unknown":
      return { t, id };
    case "have":
      return { t, id, ...readHave(reader) };
    case "order": {
      const content = reader.bytes(1, ENTRY_BYTES_MAX).slice();
      const slip = reader.bytes(0, FACT_BYTES_MAX).slice();
      const late = Array.from({ length: Math.ceil(reader.array(2 * SEATS_MAX) / 2) }, () =>
        readWord(reader),
      );
      return { t, id, content, slip, late, isForTeller: reader.uint(1) === 1 };
    }
    case "word": {
      const entry = toHex(reader.bytes(HASH_BYTES));
      return { t, id, entry, isLate: reader.uint(1) === 1, word: readWord(reader) };
    }
    case "no":
      return { t, id, entry: toHex(reader.bytes(HASH_BYTES)), code: reader.text(CODE_BYTES_MAX) };
    case "last":
      return { t, id, content: reader.bytes(0, ENTRY_BYTES_MAX).slice() };
    default: {
      const items = Array.from({ length: reader.array(ITEMS_MAX) }, () =>
        reader.bytes(1, FACT_BYTES_MAX).slice(),
      );
      return { t, id, items };
    }
  }
}

function readHave(reader: CborArrayReader): { reaches: Reach[]; extras: string[] } {
  const reaches = Array.from(
    { length: Math.ceil(reader.array(3 * (ACCOUNTS_MAX + 1)) / 3) },
    (): Reach => ({
      account: toHex(reader.bytes(ID_BYTES)),
      count: readCount(reader),
      head: toHex(reader.bytes(SHORT_BYTES)),
    }),
  );
  const extras = Array.from({ length: reader.array(EXTRAS_MAX) }, () =>
    toHex(reader.bytes(SHORT_BYTES)),
  );
  return { reaches, extras };
}

function readCount(reader: CborArrayReader): number {
  const count = reader.uint(FORKED);
  if (count === FORKED || count <= FACTS_MAX) return count;
  throw new WireError("out-of-range", "More entries than an account can have.");
}

function readWord(reader: CborArrayReader): Word {
  return { seat: reader.uint(SEATS_MAX - 1), signature: reader.bytes(SIGNATURE_BYTES).slice() };
}
