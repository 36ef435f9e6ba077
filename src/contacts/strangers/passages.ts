import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../../wire/index.ts";
import { TOKEN_BYTES } from "../invite.ts";
import { PETNAME_BYTES_MAX } from "../limits.ts";
import { INTRODUCED_DEVICES_MAX, INTRODUCERS_MAX, REQUEST_TEXT_BYTES_MAX } from "./limits.ts";
import type { Passage } from "./types.ts";

/** Prefix of the records of introductions under way. */
export const PASSAGES = "contacts/s/r/";

/** Bytes of the name of an edge. */
export const EDGE_NAME_BYTES_MAX = 80;
const key = schema.bytes(32);
const person = schema.bytes(16);
const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const passageSchema = schema.record({
  v: schema.literal(1),
  a: time,
  d: key,
  e: schema.text(EDGE_NAME_BYTES_MAX),
  f: person,
  g: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  h: schema.integer(0, INTRODUCERS_MAX),
  k: key,
  l: schema.list(key, INTRODUCED_DEVICES_MAX),
  n: schema.text(limits.NAME_BYTES_MAX),
  o: schema.bytes(TOKEN_BYTES),
  p: schema.optional(person),
  s: schema.oneOf("queued", "shown", "passed", "declined"),
  t: schema.optional(time),
  w: schema.optional(schema.text(PETNAME_BYTES_MAX)),
  x: schema.text(REQUEST_TEXT_BYTES_MAX),
});

/** The introductions that have come to this peer and have not ended. */
export class PassageBook {
  readonly #open = new Map<string, Passage>();

  get size(): number {
    return this.#open.size;
  }

  get(id: string): Passage | undefined {
    return this.#open.get(id);
  }

  all(): Iterable<Passage> {
    return this.#open.values();
  }

  /** @throws WireError where the record is damaged */
  load(recordKey: string, value: Uint8Array): void {
    const passage = decodePassage(recordKey.slice(PASSAGES.length), value);
    this.#open.set(passage.id, passage);
  }

  planPut(passage: Passage): RecordWrite {
    return { key: PASSAGES + passage.id, value: encodePassage(passage) };
  }

  planDrop(id: string): RecordWrite {
    return { key: PASSAGES + id, value: null };
  }

  /** Takes over what has been persisted. */
  put(passage: Passage): void {
    this.#open.set(passage.id, passage);
  }

  drop(id: string): void {
    this.#open.delete(id);
  }
}

/** A person id as bytes for a record. */
export function idBytes(id: string): Uint8Array {
  return must(fromHex(id), "an id is hexadecimal");
}

function encodePassage(passage: Passage): Uint8Array {
  const { person: introduced } = passage;
  return encodeCbor({
    v: 1,
    a: passage.atMs,
    d: introduced.dhKey,
    e: passage.edge,
    f: idBytes(passage.from),
    g: passage.group,
    h: passage.hops,
    k: introduced.signKey,
    l: introduced.devices,
    n: introduced.name,
    o: passage.token,
    p: passage.next === undefined ? undefined : idBytes(passage.next),
    s: passage.stage,
    t: passage.shownAtMs,
    w: passage.calls,
    x: passage.text,
  });
}

function decodePassage(id: string, value: Uint8Array): Passage {
  const found = passageSchema(decodeCbor(value), "introduction");
  return {
    id,
    edge: found.e,
    from: toHex(found.f),
    atMs: found.a,
    person: { signKey: found.k, dhKey: found.d, devices: found.l, name: found.n },
    calls: found.w,
    hops: found.h,
    text: found.x,
    token: found.o,
    group: found.g,
    stage: found.s,
    next: found.p === undefined ? undefined : toHex(found.p),
    shownAtMs: found.t,
  };
}
