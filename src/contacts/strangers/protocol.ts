import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../../wire/index.ts";
import { TOKEN_BYTES } from "../invite.ts";
import { PETNAME_BYTES_MAX } from "../limits.ts";
import type { Talk } from "../talk.ts";
import {
  BOND_BYTES_MAX,
  INTRODUCED_DEVICES_MAX,
  INTRODUCERS_MAX,
  REQUEST_TEXT_BYTES_MAX,
  STRANGER_FRAME_BYTES_MAX,
} from "./limits.ts";

/** Bytes of the name of an introduction, chosen at random by whoever begins it. */
export const INTRODUCTION_ID_BYTES = 16;
/** Bytes of a blinded tag that stands for somebody. */
export const TAG_BYTES = 16;

const id = schema.bytes(INTRODUCTION_ID_BYTES);
const key = schema.bytes(32);
const introduced = {
  d: key,
  i: id,
  k: key,
  l: schema.list(key, INTRODUCED_DEVICES_MAX),
  n: schema.text(limits.NAME_BYTES_MAX),
  o: schema.bytes(TOKEN_BYTES),
  x: schema.text(REQUEST_TEXT_BYTES_MAX),
};
const frameSchema = schema.union({
  bring: schema.record({
    t: schema.literal("bring"),
    ...introduced,
    g: schema.optional(schema.bytes(TAG_BYTES)),
    h: schema.integer(0, INTRODUCERS_MAX),
    w: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  }),
  knock: schema.record({
    t: schema.literal("knock"),
    ...introduced,
    b: schema.optional(schema.bytes(1, BOND_BYTES_MAX)),
    g: schema.optional(schema.bytes(1, 32)),
  }),
  verdict: schema.record({
    t: schema.literal("verdict"),
    i: id,
    v: schema.oneOf("wanted", "unwanted", "returned"),
  }),
  find: schema.record({
    t: schema.literal("find"),
    g: schema.bytes(TAG_BYTES),
    h: schema.integer(1, INTRODUCERS_MAX),
  }),
  open: schema.record({ t: schema.literal("open"), f: schema.boolean }),
  taken: schema.record({ t: schema.literal("taken") }),
  found: schema.record({ t: schema.literal("found"), h: schema.integer(1, INTRODUCERS_MAX) }),
  refused: schema.record({
    t: schema.literal("refused"),
    r: schema.oneOf("closed", "no-credit", "known", "unknown", "full", "off", "no-ledger"),
  }),
});

interface Introduction {
  /** The introduction's id; the person's sign key, dh key and sign keys of devices. */
  readonly i: Uint8Array;
  readonly k: Uint8Array;
  readonly d: Uint8Array;
  readonly l: Uint8Array[];
  /** What the person calls itself. */
  readonly n: string;
  /** The token with which the two can meet. */
  readonly o: Uint8Array;
  readonly x: string;
}

/** Somebody is introduced; `g`: to the person behind this tag, else to the one who hears it. */
export interface Bring extends Introduction {
  readonly t: "bring";
  readonly g?: Uint8Array;
  /** Introducers so far, the one who says this included; 0: they bring themselves. */
  readonly h: number;
  /** What the introducer calls the person. */
  readonly w?: string;
}

/** A stranger at the door itself: a member of a common group, or one who leaves a bond. */
export interface Knock extends Introduction {
  readonly t: "knock";
  readonly b?: Uint8Array;
  readonly g?: Uint8Array;
}

/** How an introduction ended, on its way back; "returned": it could not be carried on. */
export type Verdict = "wanted" | "unwanted" | "returned";

/** What opens an exchange about introductions. */
export type StrangerQuestion =
  | Bring
  | Knock
  | { readonly t: "verdict"; readonly i: Uint8Array; readonly v: Verdict }
  /** Is there a way to whoever is behind this tag, over at most so many introducers? */
  | { readonly t: "find"; readonly g: Uint8Array; readonly h: number }
  /** Whether I may be found over you. */
  | { readonly t: "open"; readonly f: boolean };

/** Why something is not taken. */
export type StrangerRefusal =
  | "closed"
  | "no-credit"
  | "known"
  | "unknown"
  | "full"
  | "off"
  | "no-ledger";

/** What answers it. */
export type StrangerAnswer =
  | { readonly t: "taken" }
  | { readonly t: "found"; readonly h: number }
  | { readonly t: "refused"; readonly r: StrangerRefusal };

/** What is stored of a question until it has been answered. */
export function encodeContent(frame: StrangerQuestion | StrangerAnswer): Uint8Array {
  return encodeCbor(frame as Parameters<typeof encodeCbor>[0]);
}

/** @throws WireError for anything that is no frame of this protocol */
export function decodeContent(content: Uint8Array): StrangerQuestion | StrangerAnswer {
  return frameSchema(decodeCbor(content), "frame");
}

function isQuestion(frame: StrangerQuestion | StrangerAnswer): frame is StrangerQuestion {
  return frame.t !== "taken" && frame.t !== "found" && frame.t !== "refused";
}

/** What is said on the streams of the `introduce` service. */
export const STRANGER_TALK: Talk<StrangerQuestion, StrangerAnswer> = {
  service: "introduce",
  frameBytesMax: STRANGER_FRAME_BYTES_MAX,
  encode: (frame) => frameOf(encodeContent(frame)),
  decode: decodeContent,
  isQuestion,
};
