import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import type { NeighbourInfo } from "../link/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { SURVEY_NEIGHBOURS_MAX } from "./limits.ts";

/** A neighbour that a peer tells of. */
export interface SurveyedNeighbour {
  readonly id: PeerId;
  readonly cost: number;
  /** Undefined before it was measured. */
  readonly roundTripMs: number | undefined;
  /** Share of probes answered lately, 0 … 1. */
  readonly deliveryRatio: number;
}

/** Where a peer would send a packet for somebody. */
export interface SurveyedWay {
  readonly nextHop: PeerId;
  /** Cost of the link to the next hop. */
  readonly cost: number;
  /** The neighbour that takes over if the next hop fails. */
  readonly alternate: PeerId | undefined;
}

const ID_BYTES = 16;
const COST_MAX = 65_535;
/** An hour: a round trip beyond it is told as that. */
const ROUND_TRIP_MICROS_MAX = 3_600_000_000;
/** Delivery ratios travel in thousandths. */
const DELIVERY_MAX = 1_000;

const questionSchema = schema.union({
  neighbours: schema.record({ t: schema.literal("neighbours") }),
  way: schema.record({ t: schema.literal("way"), to: schema.bytes(ID_BYTES) }),
});
const neighboursSchema = schema.record({
  n: schema.list(
    schema.record({
      i: schema.bytes(ID_BYTES),
      c: schema.integer(0, COST_MAX),
      r: schema.optional(schema.integer(0, ROUND_TRIP_MICROS_MAX)),
      d: schema.integer(0, DELIVERY_MAX),
    }),
    SURVEY_NEIGHBOURS_MAX,
  ),
});
const waySchema = schema.record({
  w: schema.optional(
    schema.record({
      h: schema.bytes(ID_BYTES),
      c: schema.integer(0, COST_MAX),
      a: schema.optional(schema.bytes(ID_BYTES)),
    }),
  ),
});

/** What a peer is asked: whom it has next to it, or where it would send a packet. */
export type Question =
  | { readonly t: "neighbours" }
  | { readonly t: "way"; readonly to: Uint8Array };

/** @throws WireError for anything that is no question */
export function decodeQuestion(bytes: Uint8Array): Question {
  return questionSchema(decodeCbor(bytes), "question");
}

/** What a peer tells of one of its neighbours. */
export function surveyed(neighbour: NeighbourInfo): SurveyedNeighbour {
  const { id, cost, roundTripMs, deliveryRatio } = neighbour;
  const measured = Number.isNaN(roundTripMs) ? undefined : roundTripMs;
  return { id, cost, roundTripMs: measured, deliveryRatio };
}

/** The answer to "neighbours". */
export function encodeNeighbours(neighbours: readonly SurveyedNeighbour[]): Uint8Array {
  const n = neighbours.map(({ id, cost, roundTripMs, deliveryRatio }) => ({
    i: peerIdToBytes(id),
    c: cost,
    r: roundTripMs && Math.min(ROUND_TRIP_MICROS_MAX, Math.round(roundTripMs * 1_000)),
    d: Math.round(deliveryRatio * DELIVERY_MAX),
  }));
  return encodeCbor({ n });
}

/** @throws WireError where it is no answer to "neighbours" */
export function decodeNeighbours(bytes: Uint8Array): readonly SurveyedNeighbour[] {
  return neighboursSchema(decodeCbor(bytes), "answer").n.map(({ i, c, r, d }) => ({
    id: peerIdFromBytes(i),
    cost: c,
    roundTripMs: r === undefined ? undefined : r / 1_000,
    deliveryRatio: d / DELIVERY_MAX,
  }));
}

/** The answer to "way"; undefined: there is none. */
export function encodeWay(way: SurveyedWay | undefined): Uint8Array {
  const a = way?.alternate && peerIdToBytes(way.alternate);
  return encodeCbor({ w: way && { h: peerIdToBytes(way.nextHop), c: way.cost, a } });
}

/** @throws WireError where it is no answer to "way" */
export function decodeWay(bytes: Uint8Array): SurveyedWay | undefined {
  const { w: way } = waySchema(decodeCbor(bytes), "answer");
  if (way === undefined) return undefined;
  const alternate = way.a && peerIdFromBytes(way.a);
  return { nextHop: peerIdFromBytes(way.h), cost: way.c, alternate };
}
