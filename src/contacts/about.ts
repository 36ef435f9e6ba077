import { toHex } from "../base/bytes.ts";
import type { PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { PETNAME_BYTES_MAX } from "./limits.ts";
import { idBytes } from "./strangers/passages.ts";

/** Prefix of the records of what is known of contacts besides their cards. */
export const ABOUT = "contacts/h/";

/** How somebody became a contact. */
export type MeetingKind =
  /** They used an invite that this device gave out. */
  | "invited"
  /** This person took an invite of theirs. */
  | "invite"
  | "introduced"
  | "group"
  | "bond"
  /** A device of theirs showed this person's own word that they are a contact. */
  | "restored"
  | "imported"
  /** Before anybody wrote it down. */
  | "unknown";

/** How we met. */
export interface Meeting {
  readonly kind: MeetingKind;
  /** Wall-clock time, milliseconds since 1970. */
  readonly atMs: number;
  /** The contact who introduced them. */
  readonly by?: PersonId | undefined;
  /** What that contact was called then, or the group's name. */
  readonly name?: string | undefined;
  /** What that contact called them when introducing them; only the introducer's own word for them. */
  readonly calls?: string | undefined;
  /** Introducers in between, where there was more than one. */
  readonly hops?: number | undefined;
}

/** That the keys were compared without the network. */
export interface Verified {
  readonly atMs: number;
  readonly how: "qr" | "words";
}

/** What is known of a contact besides the card. */
export interface About {
  readonly met: Meeting;
  readonly verified: Verified | undefined;
  readonly blockedAtMs: number | undefined;
  /** When a device of theirs was last in reach; kept to the hour. */
  readonly lastSeenAtMs: number | undefined;
  /** Another X25519 key that the person's devices show now; 32 bytes. */
  readonly newDhKey: Uint8Array | undefined;
}

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const HOPS_MAX = 16;
const meetingShape = {
  a: time,
  b: schema.optional(schema.bytes(16)),
  c: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  h: schema.optional(schema.integer(0, HOPS_MAX)),
  n: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  t: schema.oneOf(
    "invited",
    "invite",
    "introduced",
    "group",
    "bond",
    "restored",
    "imported",
    "unknown",
  ),
};

/** How we met, as a map of CBOR. */
export type MeetingMap = {
  readonly a: number;
  readonly b?: Uint8Array | undefined;
  readonly c?: string | undefined;
  readonly h?: number | undefined;
  readonly n?: string | undefined;
  readonly t: MeetingKind;
};

/** Such a map as it is on the wire and on disk. */
export const meetingSchema: schema.Schema<MeetingMap> = schema.record(meetingShape);

const aboutSchema = schema.record({
  ...meetingShape,
  v: schema.literal(1),
  k: schema.optional(schema.bytes(32)),
  q: schema.optional(schema.record({ a: time, h: schema.oneOf("qr", "words") })),
  s: schema.optional(time),
  x: schema.optional(time),
});

/** What is known of somebody of whom nothing was written down. */
export function unknownAbout(addedAtMs: number): About {
  return aboutOf({ kind: "unknown", atMs: addedAtMs });
}

/** What is known of somebody who was just met. */
export function aboutOf(met: Meeting): About {
  return {
    met,
    verified: undefined,
    blockedAtMs: undefined,
    lastSeenAtMs: undefined,
    newDhKey: undefined,
  };
}

/** What is known of contacts besides their cards. */
export class AboutBook {
  readonly #known = new Map<PersonId, About>();
  #introductions = 0;

  get(person: PersonId): About | undefined {
    return this.#known.get(person);
  }

  /** Changes whenever it does who was introduced by whom, and as what. */
  get introductions(): number {
    return this.#introductions;
  }

  /** Everybody of whom something is known. */
  all(): Iterable<readonly [PersonId, About]> {
    return this.#known;
  }

  isBlocked(person: PersonId): boolean {
    return this.#known.get(person)?.blockedAtMs !== undefined;
  }

  /** @throws WireError where the record is damaged */
  load(key: string, value: Uint8Array): void {
    this.#put(key.slice(ABOUT.length), decodeAbout(value));
  }

  planPut(person: PersonId, about: About): RecordWrite {
    return { key: ABOUT + person, value: encodeAbout(about) };
  }

  planDrop(person: PersonId): RecordWrite {
    return { key: ABOUT + person, value: null };
  }

  /** Takes over what has been persisted. */
  apply(writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      if (!key.startsWith(ABOUT)) continue;
      if (value === null) this.#put(key.slice(ABOUT.length), undefined);
      else this.load(key, value);
    }
  }

  #put(person: PersonId, about: About | undefined): void {
    const before = this.#known.get(person)?.met;
    const met = about?.met;
    if (before?.calls !== met?.calls || before?.by !== met?.by) this.#introductions++;
    if (about === undefined) this.#known.delete(person);
    else this.#known.set(person, about);
  }
}

/** How we met, as such a map. */
export function meetingMap(met: Meeting): MeetingMap {
  return {
    a: met.atMs,
    b: met.by === undefined ? undefined : idBytes(met.by),
    c: met.calls,
    h: met.hops,
    n: met.name,
    t: met.kind,
  };
}

/** What such a map says. */
export function meetingOf(found: MeetingMap): Meeting {
  const by = found.b === undefined ? undefined : toHex(found.b);
  return { kind: found.t, atMs: found.a, by, name: found.n, calls: found.c, hops: found.h };
}

function encodeAbout({ met, verified, blockedAtMs, lastSeenAtMs, newDhKey }: About): Uint8Array {
  return encodeCbor({
    ...meetingMap(met),
    v: 1,
    k: newDhKey,
    q: verified && { a: verified.atMs, h: verified.how },
    s: lastSeenAtMs,
    x: blockedAtMs,
  });
}

/** @throws WireError where the bytes are none of a contact */
export function decodeAbout(value: Uint8Array): About {
  const found = aboutSchema(decodeCbor(value), "contact");
  return {
    met: meetingOf(found),
    verified: found.q && { atMs: found.q.a, how: found.q.h },
    blockedAtMs: found.x,
    lastSeenAtMs: found.s,
    newDhKey: found.k,
  };
}
