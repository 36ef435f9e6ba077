import { concatBytes, toHex } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type PeerId, type PersonId, personIdOf } from "../../identity/index.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../../wire/index.ts";
import { type Meeting, type MeetingMap, meetingMap, meetingOf, meetingSchema } from "../about.ts";
import { PETNAME_BYTES_MAX } from "../limits.ts";
import { checkPetname } from "../petname.ts";
import { idBytes } from "../strangers/passages.ts";
import { VOW_BYTES_MAX, VOW_BYTES_MIN } from "../vow.ts";
import type { Decided, Field } from "./decided.ts";
import { NO_NAME, UNDECIDED } from "./decided.ts";
import { isUnstamped, NO_STAMP, STAMP_BYTES, type Stamp } from "./stamp.ts";

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const stamp = schema.optional(schema.bytes(STAMP_BYTES));
const decidedShape = {
  b: schema.optional(schema.record({ s: stamp, x: schema.optional(time) })),
  e: schema.optional(schema.record({ s: stamp, x: schema.optional(time) })),
  n: schema.optional(schema.record({ s: stamp, t: schema.text(PETNAME_BYTES_MAX) })),
  q: schema.optional(
    schema.record({
      s: stamp,
      m: schema.optional(
        schema.record({ a: time, h: schema.oneOf("qr", "words"), k: schema.bytes(32) }),
      ),
    }),
  ),
};

/** A field with a time as CBOR has it. */
type TimeMap = {
  readonly s?: Stamp | undefined;
  readonly x?: number | undefined;
};

/** Fields as CBOR has them: blocked (`b`), exists (`e`), name (`n`), verified (`q`). */
type DecidedMap = {
  readonly b?: TimeMap | undefined;
  readonly e?: TimeMap | undefined;
  readonly n?: { readonly s?: Stamp | undefined; readonly t: string } | undefined;
  readonly q?:
    | {
        readonly s?: Stamp | undefined;
        readonly m?:
          | { readonly a: number; readonly h: "qr" | "words"; readonly k: Uint8Array }
          | undefined;
      }
    | undefined;
};

const recordSchema = schema.record({
  ...decidedShape,
  v: schema.literal(1),
  d: schema.optional(schema.bytes(16)),
});

/** What one device tells another one of a person. */
export const entrySchema: schema.Schema<EntryMap> = schema.record({
  ...decidedShape,
  i: schema.bytes(16),
  c: schema.optional(
    schema.record({
      a: time,
      d: schema.bytes(32),
      k: schema.bytes(32),
      m: meetingSchema,
      w: schema.bytes(VOW_BYTES_MIN, VOW_BYTES_MAX),
    }),
  ),
});

/** An entry as CBOR has it. */
export type EntryMap = DecidedMap & {
  readonly i: Uint8Array;
  readonly c?:
    | {
        readonly a: number;
        readonly d: Uint8Array;
        readonly k: Uint8Array;
        readonly m: MeetingMap;
        readonly w: Uint8Array;
      }
    | undefined;
};

/** A contact as another device has met it. */
export interface MetPerson {
  /** The person's Ed25519 public key, of which the person id is made, 32 bytes. */
  readonly signKey: Uint8Array;
  /** The person's X25519 public key, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** Their person's signed word that we are a contact. */
  readonly vow: Uint8Array;
  readonly met: Meeting;
  /** Wall-clock time, milliseconds since 1970. */
  readonly addedAtMs: number;
}

/** What one device tells another one of a person. */
export interface Entry {
  readonly personId: PersonId;
  readonly decided: Decided;
  /** For a device that has not met them. */
  readonly person: MetPerson | undefined;
}

/** What is kept of decisions about one person. */
export interface Kept {
  readonly decided: Decided;
  /** The own device from which the contact came. */
  readonly via: PeerId | undefined;
}

/** The record of what was decided about somebody. */
export function encodeKept({ decided, via }: Kept): Uint8Array {
  return encodeCbor({ v: 1, ...mapOf(decided), d: via === undefined ? undefined : idBytes(via) });
}

/** @throws WireError where the record is damaged */
export function decodeKept(bytes: Uint8Array): Kept {
  const { d, ...found } = recordSchema(decodeCbor(bytes), "decisions");
  return { decided: decidedOf(found), via: d && toHex(d) };
}

/** What tells two states of one person apart: 16 bytes. */
export function digestOf(suite: CryptoSuite, person: PersonId, decided: Decided): Uint8Array {
  const bytes = concatBytes(idBytes(person), encodeCbor(mapOf(decided)));
  return suite.sha256(bytes).subarray(0, 16);
}

/** An entry as CBOR has it. */
export function entryMap({ personId, decided, person }: Entry): EntryMap {
  const c = person && {
    a: person.addedAtMs,
    d: person.dhKey,
    k: person.signKey,
    m: meetingMap(person.met),
    w: person.vow,
  };
  return { ...mapOf(decided), i: idBytes(personId), c };
}

/**
 * What an entry says.
 * @throws TypedError where its key is another person's, or its name none
 */
export function entryOf(suite: CryptoSuite, map: EntryMap): Entry {
  const { i, c, ...rest } = map;
  const personId = toHex(i);
  if (c !== undefined && personIdOf(suite, c.k) !== personId) {
    throw new WireError("out-of-range", "A key belongs to another person.");
  }
  const decided = decidedOf(rest);
  const name = decided.name?.value ?? NO_NAME;
  const isGone = decided.removedAtMs?.value !== undefined;
  const isErased = name === NO_NAME && (isGone || decided.name === undefined);
  if (!isErased && checkPetname(name) !== name) {
    throw new WireError("out-of-range", "A name is not as names are kept.");
  }
  if (c !== undefined && name === NO_NAME) {
    throw new WireError("out-of-range", "A contact has no name.");
  }
  const person = c && {
    ...{ signKey: c.k, dhKey: c.d, vow: c.w, addedAtMs: c.a },
    met: meetingOf(c.m),
  };
  return { personId, decided, person };
}

function mapOf({ removedAtMs, name, blockedAtMs, verified }: Decided): DecidedMap {
  const key = verified.value;
  const m = key && { a: key.atMs, h: key.how, k: key.dhKey };
  return {
    b: isPlain(blockedAtMs) ? undefined : { ...stamped(blockedAtMs), x: blockedAtMs.value },
    e: removedAtMs && { ...stamped(removedAtMs), x: removedAtMs.value },
    n: name && { ...stamped(name), t: name.value },
    q: isPlain(verified) ? undefined : { ...stamped(verified), m },
  };
}

function decidedOf({ b, e, n, q }: DecidedMap): Decided {
  return {
    removedAtMs: e && { stamp: e.s ?? NO_STAMP, value: e.x },
    name: n && { stamp: n.s ?? NO_STAMP, value: n.t },
    blockedAtMs: b ? { stamp: b.s ?? NO_STAMP, value: b.x } : UNDECIDED.blockedAtMs,
    verified: q
      ? {
          stamp: q.s ?? NO_STAMP,
          value: q.m && { atMs: q.m.a, how: q.m.h, dhKey: q.m.k },
        }
      : UNDECIDED.verified,
  };
}

function isPlain({ stamp: at, value }: Field<unknown>): boolean {
  return value === undefined && isUnstamped(at);
}

function stamped({ stamp: at }: { readonly stamp: Stamp }): { readonly s?: Stamp } {
  return isUnstamped(at) ? {} : { s: at };
}
