import { toHex } from "../../../base/bytes.ts";
import { limits, schema } from "../../../wire/index.ts";
import { PETNAME_BYTES_MAX } from "../../limits.ts";
import { type Edge, edgeFields } from "../edge.ts";
import {
  INTRODUCERS_MAX,
  INTRODUCTION_LIFE_MS,
  PASSAGES_MAX,
  REQUEST_TEXT_BYTES_MAX,
  REQUESTS_PER_DAY_MAX,
  TRAY_MAX,
} from "../limits.ts";
import { EDGE_NAME_BYTES_MAX, idBytes } from "../passages.ts";
import { INTRODUCTION_ID_BYTES } from "../protocol.ts";
import type { StrangerRequest } from "../types.ts";
import type { GivenAnswer, HeldEdge, StampedSettings } from "./words.ts";

const id = schema.bytes(INTRODUCTION_ID_BYTES);
const person = schema.bytes(16);

/** Wall time in milliseconds since 1970. */
export const time: schema.Schema<number> = schema.integer(0, Number.MAX_SAFE_INTEGER);
/** When requests were shown on one day. */
export const times: schema.Schema<number[]> = schema.list(time, REQUESTS_PER_DAY_MAX);

/** A request as frames and records have it. */
export type RequestMap = {
  readonly a: number;
  readonly b?: Uint8Array;
  readonly g?: string;
  readonly h: number;
  readonly i: Uint8Array;
  readonly n: string;
  readonly p: Uint8Array;
  readonly w?: string;
  readonly x: string;
};

/** Shape of a request. */
export const requestSchema: schema.Schema<RequestMap> = schema.record({
  a: time,
  b: schema.optional(person),
  g: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  h: schema.integer(0, INTRODUCERS_MAX),
  i: id,
  n: schema.text(limits.NAME_BYTES_MAX),
  p: person,
  w: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  x: schema.text(REQUEST_TEXT_BYTES_MAX),
});

/** A request as a frame or a record has it. */
export function requestMap(request: StrangerRequest): RequestMap {
  const { by, group, calls } = request;
  return {
    a: request.atMs,
    h: request.hops,
    i: idBytes(request.id),
    n: request.name,
    p: idBytes(request.personId),
    x: request.text,
    ...(by === undefined ? {} : { b: idBytes(by) }),
    ...(group === undefined ? {} : { g: group }),
    ...(calls === undefined ? {} : { w: calls }),
  };
}

/** The request that stands there. */
export function requestOf(map: RequestMap): StrangerRequest {
  return {
    id: toHex(map.i),
    personId: toHex(map.p),
    name: map.n,
    by: map.b && toHex(map.b),
    calls: map.w,
    group: map.g,
    hops: map.h,
    text: map.x,
    atMs: map.a,
    endsAtMs: map.a + INTRODUCTION_LIFE_MS,
  };
}

/** An answer as frames and records have it. */
export type AnswerMap = {
  readonly a: "accept" | "decline" | "unwanted";
  readonly i: Uint8Array;
  readonly n?: string;
};

/** Shape of an answer. */
export const answerSchema: schema.Schema<AnswerMap> = schema.record({
  a: schema.oneOf("accept", "decline", "unwanted"),
  i: id,
  n: schema.optional(schema.text(PETNAME_BYTES_MAX)),
});

/** An answer as a frame or a record has it. */
export function answerMap({ id: request, answer, petname }: GivenAnswer): AnswerMap {
  const map = { a: answer, i: idBytes(request) };
  return petname === undefined ? map : { ...map, n: petname };
}

/** The answer that stands there. */
export function answerOf({ a, i, n }: AnswerMap): GivenAnswer {
  return { id: toHex(i), answer: a, petname: n };
}

/** How an edge stands, as frames have it. */
export type HeldMap = {
  readonly c: number;
  readonly g: number;
  readonly l: number;
  readonly n: number;
  readonly u: number;
  readonly w: string;
};

/** Introductions under way over one edge, or to one device. */
export const count: schema.Schema<number> = schema.integer(0, PASSAGES_MAX + TRAY_MAX);

/** Shape of how an edge stands. */
export const heldSchema: schema.Schema<HeldMap> = schema.record({
  ...edgeFields,
  u: count,
  w: schema.text(EDGE_NAME_BYTES_MAX),
});

/** How an edge stands, as a frame has it. */
export function heldMap({ name, edge, underWay }: HeldEdge): HeldMap {
  const { cleanSinceMs, closedAtMs, closedForMs, violations } = edge;
  return { c: cleanSinceMs, g: closedAtMs, l: closedForMs, n: violations, u: underWay, w: name };
}

/** How an edge stands; when it was last served is its device's own. */
export function heldOf({ c, g, l, n, u, w }: HeldMap): HeldEdge {
  const edge: Edge = {
    ...{ violations: n, cleanSinceMs: c, closedAtMs: g, closedForMs: l },
    shownAtMs: 0,
  };
  return { name: w, edge, underWay: u };
}

/** Settings as frames have them. */
export type SettingsMap = {
  readonly a: number;
  readonly f: boolean;
  readonly q: number;
  readonly r: boolean;
};

/** Shape of settings. */
export const settingsMapSchema: schema.Schema<SettingsMap> = schema.record({
  a: time,
  f: schema.boolean,
  q: schema.integer(0, REQUESTS_PER_DAY_MAX),
  r: schema.boolean,
});

/** Settings as a frame has them. */
export function settingsMap(settings: StampedSettings): SettingsMap {
  const { atMs, findable, requestsPerDay, relay } = settings;
  return { a: atMs, f: findable, q: requestsPerDay, r: relay };
}

/** The settings that stand there. */
export function settingsOf({ a, f, q, r }: SettingsMap): StampedSettings {
  return { atMs: a, findable: f, requestsPerDay: q, relay: r };
}
