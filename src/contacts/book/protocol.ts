import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { Talk } from "../talk.ts";
import { type EntryMap, entrySchema } from "./codec.ts";
import { SHORT_SUM_BYTES, SUM_BYTES } from "./decided-book.ts";
import { BOOK_FRAME_BYTES_MAX, LISTED_MAX, TOLD_PER_FRAME_MAX } from "./limits.ts";

/** Name of the session service by which own devices keep one address book. */
export const BOOK_SERVICE = "book";

/** Bytes of a person id. */
const ID_BYTES = 16;
/** Digits of a person id. */
const DIGITS = 32;
/** Values of a digit. */
export const BRANCHES = 16;

const ids = schema.list(schema.bytes(ID_BYTES), TOLD_PER_FRAME_MAX);
const sum = schema.bytes(SUM_BYTES);
const frameSchema = schema.union({
  look: schema.record({
    t: schema.literal("look"),
    h: schema.bytes(SHORT_SUM_BYTES, SUM_BYTES),
    p: schema.text(DIGITS),
  }),
  tell: schema.record({
    t: schema.literal("tell"),
    e: schema.list(entrySchema, TOLD_PER_FRAME_MAX),
    h: sum,
    w: ids,
  }),
  same: schema.record({ t: schema.literal("same") }),
  sums: schema.record({
    t: schema.literal("sums"),
    h: sum,
    l: schema.bytes(BRANCHES * SHORT_SUM_BYTES),
  }),
  list: schema.record({
    t: schema.literal("list"),
    h: sum,
    l: schema.list(
      schema.record({ i: schema.bytes(ID_BYTES), s: schema.bytes(SHORT_SUM_BYTES) }),
      LISTED_MAX,
    ),
  }),
  told: schema.record({
    t: schema.literal("told"),
    e: schema.list(entrySchema, 2 * TOLD_PER_FRAME_MAX),
    h: sum,
    w: ids,
  }),
});

/** What one device asks another one of its person. */
export type BookQuestion =
  /** Of people whose ids begin with `p` my sum is `h`. */
  | { readonly t: "look"; readonly h: Uint8Array; readonly p: string }
  /** This is what I know of some; tell me all of others; my sum over everybody is `h`. */
  | {
      readonly t: "tell";
      readonly e: readonly EntryMap[];
      readonly h: Uint8Array;
      readonly w: readonly Uint8Array[];
    };

/** What it answers. `h` is its sum over everybody. */
export type BookAnswer =
  | { readonly t: "same" }
  /** Mine are these, by the next digit. */
  | { readonly t: "sums"; readonly h: Uint8Array; readonly l: Uint8Array }
  /** I have few: these. */
  | {
      readonly t: "list";
      readonly h: Uint8Array;
      readonly l: readonly { readonly i: Uint8Array; readonly s: Uint8Array }[];
    }
  /** I know more of these; tell me all of others. */
  | {
      readonly t: "told";
      readonly e: readonly EntryMap[];
      readonly h: Uint8Array;
      readonly w: readonly Uint8Array[];
    };

/** What is said on the streams of the `book` service. */
export const BOOK_TALK: Talk<BookQuestion, BookAnswer> = {
  service: BOOK_SERVICE,
  frameBytesMax: BOOK_FRAME_BYTES_MAX,
  encode: (frame) => frameOf(encodeCbor(frame)),
  decode: (content) => frameSchema(decodeCbor(content), "frame"),
  isQuestion: (frame) => frame.t === "look" || frame.t === "tell",
};
