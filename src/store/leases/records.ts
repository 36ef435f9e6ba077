import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { FRAGMENTS_MAX } from "../erasure/index.ts";
import { LESSEES_PER_OBJECT } from "./limits.ts";

/** What the keys of lessee records begin with; a peer id follows. */
export const LESSEE_PREFIX = "store/lessee/";
/** What the keys of the exceptions of single objects begin with; a root follows. */
export const LEASE_PREFIX = "store/lease/";
/** What the keys of trash records begin with; a root follows. */
export const TRASH_PREFIX = "store/trash/";
/** What the keys of records of objects that were let go begin with; a root follows. */
export const RELEASED_PREFIX = "store/released/";

/** Where the lease of a peer on one object is not what follows from who brought it. */
export interface LeaseException {
  /** Wall clock at which it ends; undefined: with the peer's other leases. 0: it was let go. */
  readonly untilMs: number | undefined;
}

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const timeSchema = schema.record({ v: schema.literal(1), t: time });
const leaseSchema = schema.record({
  v: schema.literal(1),
  l: schema.list(
    schema.record({ p: schema.bytes(ID_BYTES), u: schema.optional(time) }),
    LESSEES_PER_OBJECT + FRAGMENTS_MAX,
  ),
});
const releasedSchema = schema.record({
  v: schema.literal(1),
  t: time,
  h: schema.list(schema.bytes(ID_BYTES), 256),
});

/** A time by wall clock, in milliseconds, as canonical CBOR: of lessees and trash. */
export function encodeTime(wallMs: number): Uint8Array {
  return encodeCbor({ v: 1, t: Math.floor(wallMs) });
}

/** @throws WireError */
export function decodeTime(bytes: Uint8Array): number {
  return timeSchema(decodeCbor(bytes), "time").t;
}

/** The exceptions of one object as canonical CBOR. */
export function encodeLease(exceptions: ReadonlyMap<PeerId, LeaseException>): Uint8Array {
  const entries = [...exceptions].map(([peer, { untilMs }]) => ({
    p: peerIdToBytes(peer),
    u: untilMs,
  }));
  return encodeCbor({ v: 1, l: entries });
}

/** @throws WireError */
export function decodeLease(bytes: Uint8Array): Map<PeerId, LeaseException> {
  const { l } = leaseSchema(decodeCbor(bytes), "lease");
  return new Map(l.map(({ p, u }) => [peerIdFromBytes(p), { untilMs: u }]));
}

/** An object that the owner let go, with the holders that do not know yet. */
export interface Released {
  readonly releasedAtMs: number;
  readonly holders: ReadonlySet<PeerId>;
}

/** As canonical CBOR. */
export function encodeReleased({ releasedAtMs, holders }: Released): Uint8Array {
  return encodeCbor({ v: 1, t: Math.floor(releasedAtMs), h: [...holders].map(peerIdToBytes) });
}

/** @throws WireError */
export function decodeReleased(bytes: Uint8Array): Released {
  const { t, h } = releasedSchema(decodeCbor(bytes), "released");
  return { releasedAtMs: t, holders: new Set(h.map(peerIdFromBytes)) };
}
