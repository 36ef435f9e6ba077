import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { REQUESTS_PER_DAY, REQUESTS_PER_DAY_MAX, SHOWN_DAY_MS } from "./limits.ts";

/** Key of the record of the settings. */
export const SETTINGS = "contacts/s/settings";
/** Key of the record of when requests were shown. */
export const SHOWN = "contacts/s/shown";

/** What a person decided about strangers. */
export interface StrangerSettings {
  /** Requests shown a day, by UTC. */
  readonly requestsPerDay: number;
  /** Whether this peer passes on introductions by itself, between contacts who let it. */
  readonly relay: boolean;
  /** Whether contacts may pass on introductions to this person by themselves. */
  readonly findable: boolean;
}

/** Where nothing was decided. */
export const USUAL_SETTINGS: StrangerSettings = {
  requestsPerDay: REQUESTS_PER_DAY,
  relay: false,
  findable: false,
};

const settingsSchema = schema.record({
  v: schema.literal(1),
  // When they were decided; homes of before do not know.
  a: schema.optional(schema.integer(0, Number.MAX_SAFE_INTEGER)),
  f: schema.boolean,
  q: schema.integer(0, REQUESTS_PER_DAY_MAX),
  r: schema.boolean,
});
const shownSchema = schema.record({
  v: schema.literal(1),
  l: schema.list(schema.integer(0, Number.MAX_SAFE_INTEGER), REQUESTS_PER_DAY_MAX),
});

/** The record of the settings; `atMs`: when they were decided. */
export function settingsWrite(settings: StrangerSettings, atMs: number): RecordWrite {
  const { requestsPerDay: q, relay: r, findable: f } = settings;
  return { key: SETTINGS, value: encodeCbor({ v: 1, a: atMs, f, q, r }) };
}

/** @throws WireError where the record is damaged */
export function decodeSettings(value: Uint8Array): StrangerSettings & { readonly atMs: number } {
  const found = settingsSchema(decodeCbor(value), "settings");
  const { q: requestsPerDay, r: relay, f: findable, a: atMs = 0 } = found;
  return { requestsPerDay, relay, findable, atMs };
}

/** The record of when requests were shown. */
export function shownWrite(shown: readonly number[]): RecordWrite {
  return { key: SHOWN, value: encodeCbor({ v: 1, l: shown }) };
}

/** @throws WireError where the record is damaged */
export function decodeShown(value: Uint8Array): readonly number[] {
  return shownSchema(decodeCbor(value), "shown").l;
}

/** Those of the times that count: of this day, by UTC. */
export function countedShown(shown: readonly number[], nowMs: number): readonly number[] {
  const beganMs = dayOf(nowMs);
  return shown.filter((atMs) => atMs >= beganMs && atMs < beganMs + SHOWN_DAY_MS);
}

/** When the day of this time began, by UTC. */
export function dayOf(nowMs: number): number {
  return nowMs - (nowMs % SHOWN_DAY_MS);
}
