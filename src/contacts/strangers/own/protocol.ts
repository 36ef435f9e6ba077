import { toHex } from "../../../base/bytes.ts";
import { frameOf } from "../../../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../../wire/index.ts";
import type { Talk } from "../../talk.ts";
import {
  ANSWERS_WAITING_MAX,
  TOLD_EDGES_MAX,
  TOLD_REQUESTS_MAX,
  TRAY_FRAME_BYTES_MAX,
} from "../limits.ts";
import { idBytes } from "../passages.ts";
import { INTRODUCTION_ID_BYTES } from "../protocol.ts";
import {
  type AnswerMap,
  answerMap,
  answerOf,
  answerSchema,
  type HeldMap,
  heldMap,
  heldOf,
  heldSchema,
  type RequestMap,
  requestMap,
  requestOf,
  requestSchema,
  type SettingsMap,
  settingsMap,
  settingsMapSchema,
  settingsOf,
  times,
} from "./codec.ts";
import type { GivenAnswer, TrayWord } from "./words.ts";

/** Name of the session service by which own devices share what is in their trays. */
export const TRAY_SERVICE = "tray";

/** What opens an exchange: this is my tray, and these are answers to requests in yours. */
export type TrayQuestion = {
  readonly t: "tray";
  /** Answers. */
  readonly d: readonly AnswerMap[];
  /** What is held against edges. */
  readonly e: readonly HeldMap[];
  /** Requests that are shown. */
  readonly r: readonly RequestMap[];
  readonly s: SettingsMap;
  /** When requests were shown today. */
  readonly z: readonly number[];
};

/** What answers it: it is on disk here; `f`: requests whose answer could not be carried out. */
export type TrayAnswered = {
  readonly t: "taken";
  readonly f: readonly Uint8Array[];
};

const frameSchema: schema.Schema<TrayQuestion | TrayAnswered> = schema.union({
  tray: schema.record({
    t: schema.literal("tray"),
    d: schema.list(answerSchema, ANSWERS_WAITING_MAX),
    e: schema.list(heldSchema, TOLD_EDGES_MAX),
    r: schema.list(requestSchema, TOLD_REQUESTS_MAX),
    s: settingsMapSchema,
    z: times,
  }),
  taken: schema.record({
    t: schema.literal("taken"),
    f: schema.list(schema.bytes(INTRODUCTION_ID_BYTES), ANSWERS_WAITING_MAX),
  }),
});

/** What a device tells another one. */
export function trayQuestion(word: TrayWord, answers: readonly GivenAnswer[]): TrayQuestion {
  return {
    t: "tray",
    d: answers.map(answerMap),
    e: word.held.map(heldMap),
    r: word.requests.map(requestMap),
    s: settingsMap(word.settings),
    z: [...word.shown],
  };
}

/** What a device was told. */
export function trayWord({ r, e, s, z }: TrayQuestion): TrayWord {
  return {
    requests: r.map(requestOf),
    shown: z,
    settings: settingsOf(s),
    held: e.map(heldOf),
  };
}

/** The answers to requests here that came with it. */
export function answersIn({ d }: TrayQuestion): readonly GivenAnswer[] {
  return d.map(answerOf);
}

/** The answer that says which answers could not be carried out. */
export function takenAnswer(failed: readonly string[]): TrayAnswered {
  return { t: "taken", f: failed.map(idBytes) };
}

/** The requests whose answers could not be carried out. */
export function failedIn({ f }: TrayAnswered): readonly string[] {
  return f.map(toHex);
}

/** A frame without its length field. */
export function encodeTrayFrame(frame: TrayQuestion | TrayAnswered): Uint8Array {
  return encodeCbor(frame);
}

/** What is said on the streams of the `tray` service. */
export const TRAY_TALK: Talk<TrayQuestion, TrayAnswered> = {
  service: TRAY_SERVICE,
  frameBytesMax: TRAY_FRAME_BYTES_MAX,
  encode: (frame) => frameOf(encodeTrayFrame(frame)),
  decode: (content) => frameSchema(decodeCbor(content), "frame"),
  isQuestion: (frame): frame is TrayQuestion => frame.t === "tray",
};
