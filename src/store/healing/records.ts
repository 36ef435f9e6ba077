import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { ABSENCE_BUCKETS, type AbsenceFacts } from "./absences.ts";
import { ABSENCES_KEPT } from "./limits.ts";

/** What the keys of records of peers begin with; the peer's id follows. */
export const PEER_PREFIX = "store/peer/";

const SECONDS_MAX = 2 ** 32;

const peerSchema = schema.record({
  v: schema.literal(1),
  t: schema.integer(0, Number.MAX_SAFE_INTEGER),
  u: schema.integer(0, SECONDS_MAX),
  d: schema.integer(0, SECONDS_MAX),
  a: schema.list(schema.integer(0, ABSENCES_KEPT), ABSENCE_BUCKETS),
});

/** What is remembered of a peer: its absences, and when it was last seen by the wall clock. */
export interface PeerEntry {
  readonly seenAtMs: number;
  readonly facts: AbsenceFacts;
}

/** A record of a peer as canonical CBOR; times in seconds. */
export function encodePeer({ seenAtMs, facts }: PeerEntry): Uint8Array {
  return encodeCbor({
    v: 1,
    t: seenAtMs,
    u: Math.min(SECONDS_MAX, Math.round(facts.upMs / 1000)),
    d: Math.min(SECONDS_MAX, Math.round(facts.downMs / 1000)),
    a: [...facts.counts],
  });
}

/** @throws WireError */
export function decodePeer(bytes: Uint8Array): PeerEntry {
  const value = peerSchema(decodeCbor(bytes), "peer");
  return {
    seenAtMs: value.t,
    facts: { upMs: 1000 * value.u, downMs: 1000 * value.d, counts: value.a },
  };
}
