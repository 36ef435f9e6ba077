import type { PeerId } from "../../../identity/index.ts";
import { DiskError, type RecordStore, type RecordWrite } from "../../../ports/index.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../../../wire/index.ts";
import {
  ANSWERS_WAITING_MAX,
  INTRODUCTION_LIFE_MS,
  OTHER_TRAYS_MAX,
  TOLD_EDGES_MAX,
  TOLD_REQUESTS_MAX,
} from "../limits.ts";
import { EDGE_NAME_BYTES_MAX } from "../passages.ts";
import type { StrangerRequest } from "../types.ts";
import {
  answerMap,
  answerOf,
  answerSchema,
  count,
  requestMap,
  requestOf,
  requestSchema,
  time,
  times,
} from "./codec.ts";
import type { OtherTray } from "./words.ts";

/** Prefix of the records of other own devices' trays. */
export const OTHER_TRAYS = "contacts/t/";

const NO_TRAY: OtherTray = {
  ...{ requests: [], shown: [], answers: [] },
  ...{ underWay: new Map(), underWayUntilMs: 0 },
};

const recordSchema = schema.record({
  v: schema.literal(1),
  d: schema.list(answerSchema, ANSWERS_WAITING_MAX),
  r: schema.list(requestSchema, TOLD_REQUESTS_MAX),
  t: time,
  u: schema.list(schema.record({ n: count, w: schema.text(EDGE_NAME_BYTES_MAX) }), TOLD_EDGES_MAX),
  z: times,
});

/** What is in the trays of other own devices, as far as they have told, and what is to be told them of it. */
export class OtherTrays {
  readonly #trays = new Map<PeerId, OtherTray>();

  /** Reads what is stored. Times in the future, written when a clock was wrong, count from now. */
  load(records: RecordStore, nowMs: number, done: (error: DiskError | null) => void): void {
    records.scan(OTHER_TRAYS, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      try {
        for (const { key, value } of found) {
          this.#trays.set(key.slice(OTHER_TRAYS.length), decodeTray(value, nowMs));
        }
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        const words = "What is stored of your other devices' requests is damaged.";
        done(new DiskError("corrupt", words, { cause }));
        return;
      }
      done(null);
    });
  }

  all(): Iterable<readonly [PeerId, OtherTray]> {
    return this.#trays;
  }

  /** What is known of a device's tray; empty where nothing is. */
  get(device: PeerId): OtherTray {
    return this.#trays.get(device) ?? NO_TRAY;
  }

  has(device: PeerId): boolean {
    return this.#trays.has(device);
  }

  /** Whether there is room for what a device tells. */
  hasRoomFor(device: PeerId): boolean {
    return this.#trays.has(device) || this.#trays.size < OTHER_TRAYS_MAX;
  }

  planPut(device: PeerId, tray: OtherTray): RecordWrite {
    return { key: OTHER_TRAYS + device, value: encodeTray(tray) };
  }

  planDrop(device: PeerId): RecordWrite {
    return { key: OTHER_TRAYS + device, value: null };
  }

  /** Takes over what has been persisted. */
  put(device: PeerId, tray: OtherTray): void {
    this.#trays.set(device, tray);
  }

  drop(device: PeerId): void {
    this.#trays.delete(device);
  }
}

/** The request as having come by this time, wall time, where it says a later one. */
export function cameBy(request: StrangerRequest, byMs: number): StrangerRequest {
  const atMs = Math.min(request.atMs, byMs);
  return { ...request, atMs, endsAtMs: atMs + INTRODUCTION_LIFE_MS };
}

/** The record of a tray. */
export function encodeTray(tray: OtherTray): Uint8Array {
  const { requests, shown, answers, underWay, underWayUntilMs } = tray;
  return encodeCbor({
    v: 1,
    d: answers.map(answerMap),
    r: requests.map(requestMap),
    t: underWayUntilMs,
    u: [...underWay].map(([w, n]) => ({ n, w })),
    z: [...shown],
  });
}

function decodeTray(value: Uint8Array, nowMs: number): OtherTray {
  const { r, d, t, u, z } = recordSchema(decodeCbor(value), "tray");
  return {
    ...{
      requests: r.map((one) => cameBy(requestOf(one), nowMs)),
      shown: z,
      answers: d.map(answerOf),
    },
    underWay: new Map(u.map(({ n, w }) => [w, n])),
    underWayUntilMs: Math.min(t, nowMs + INTRODUCTION_LIFE_MS),
  };
}
