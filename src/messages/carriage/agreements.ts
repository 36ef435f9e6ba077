import type { PeerId } from "../../identity/index.ts";
import { peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, Reader, schema, WireError, Writer } from "../../wire/index.ts";
import {
  ANCHORS_MAX,
  HOLD_DAYS_MAX,
  HOLD_DAYS_MIN,
  OWNER_BYTES_MAX,
  TAGS_PER_OWNER_MAX,
} from "./limits.ts";

/** Prefix of what was agreed about holding letters. */
export const AGREEMENTS = "messages/a/";
/** Prefix of the tags that owners expect. */
export const OWNER_TAGS = "messages/g/";
/** Prefix of who holds letters for others, as they have told. */
export const THEIR_ANCHORS = "messages/w/";

/** Prefix of what list of our anchors each device was sent. */
export const TOLD_ANCHORS = "messages/x/";

/** What two devices have agreed about one holding letters for the other. */
export interface Agreement {
  readonly device: PeerId;
  /** "anchor": they hold for us; "owner": we hold for them. */
  readonly role: "anchor" | "owner";
  /** "asked": not answered yet; "refused": they said no, or stopped. */
  readonly state: "asked" | "agreed" | "refused";
  /** Bytes that are held at most. */
  readonly bytesMax: number;
  /** Days that a letter is held at least. */
  readonly days: number;
  /** Wall-clock time of the last change, milliseconds. */
  readonly sinceMs: number;
}

/** What devices write to each other about holding letters. */
export type AnchorWord =
  /** The owner asks. */
  | { readonly t: "ask" }
  /** The anchor agrees. */
  | { readonly t: "agree"; readonly bytesMax: number; readonly days: number }
  /** The anchor says no, or no longer. */
  | { readonly t: "refuse" }
  /** The owner wants it no longer. */
  | { readonly t: "release" }
  /** To everybody who writes to the owner: these hold letters for me. */
  | { readonly t: "list"; readonly anchors: readonly PeerId[] };

const CODE = { ask: 1, agree: 2, refuse: 3, release: 4, list: 5 } as const;
const ID_BYTES = 16;

/** The content of a letter about holding letters. */
export function encodeWord(word: AnchorWord): Uint8Array {
  const writer = new Writer(64).u8(CODE[word.t]);
  if (word.t === "agree") writer.u32(word.bytesMax).u8(word.days);
  if (word.t === "list") for (const id of word.anchors) writer.bytes(peerIdToBytes(id));
  return writer.done();
}

/** @throws WireError for anything that is no such letter */
export function decodeWord(content: Uint8Array): AnchorWord {
  const reader = new Reader(content);
  const code = reader.u8();
  const t = (["ask", "agree", "refuse", "release", "list"] as const).find(
    (one) => CODE[one] === code,
  );
  if (t === undefined) throw new WireError("malformed", "An unknown word about holding letters.");
  if (t === "list") {
    if (reader.left > ANCHORS_MAX * ID_BYTES) throw new WireError("too-large", "Too many anchors.");
    const anchors: PeerId[] = [];
    while (reader.left > 0) anchors.push(peerIdFromBytes(reader.bytes(ID_BYTES)));
    return { t, anchors };
  }
  if (t === "agree") {
    const word = { t, bytesMax: reader.u32(), days: reader.u8() };
    reader.end();
    checkTerms(word.bytesMax, word.days);
    return word;
  }
  reader.end();
  return { t };
}

/** @throws WireError("out-of-range") for terms that nobody may agree to */
export function checkTerms(bytesMax: number, days: number): void {
  const fits =
    bytesMax >= 1 && bytesMax <= OWNER_BYTES_MAX && days >= HOLD_DAYS_MIN && days <= HOLD_DAYS_MAX;
  if (!fits)
    throw new WireError("out-of-range", "These terms of holding letters are not possible.");
}

const agreementSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  b: schema.integer(1, OWNER_BYTES_MAX),
  d: schema.integer(HOLD_DAYS_MIN, HOLD_DAYS_MAX),
  s: schema.oneOf("asked", "agreed", "refused"),
});

/** Names an agreement: one device may be both to us. */
export function agreementKey({ role, device }: Pick<Agreement, "role" | "device">): string {
  return `${AGREEMENTS}${role}/${device}`;
}

/** The record of an agreement. */
export function agreementWrite(agreement: Agreement): RecordWrite {
  const { sinceMs, bytesMax, days, state } = agreement;
  const value = encodeCbor({ v: 1, a: sinceMs, b: bytesMax, d: days, s: state });
  return { key: agreementKey(agreement), value };
}

/**
 * @param name the record's key behind its prefix
 * @throws WireError where the record is damaged
 */
export function decodeAgreement(name: string, bytes: Uint8Array): Agreement {
  const [role, device = ""] = name.split("/");
  if (role !== "anchor" && role !== "owner") throw new WireError("malformed", "An unknown role.");
  const found = agreementSchema(decodeCbor(bytes), "agreement");
  return { device, role, state: found.s, bytesMax: found.b, days: found.d, sinceMs: found.a };
}

/** Tags in bytes, four each, in ascending order. */
export function encodeTags(tags: readonly number[]): Uint8Array {
  const writer = new Writer(tags.length * 4);
  for (const tag of tags) writer.u32(tag);
  return writer.done();
}

/** @throws WireError */
export function decodeTags(bytes: Uint8Array): number[] {
  const reader = new Reader(bytes);
  if (reader.left > 4 * TAGS_PER_OWNER_MAX) throw new WireError("too-large", "Too many tags.");
  const tags: number[] = [];
  while (reader.left > 0) tags.push(reader.u32());
  return tags;
}

/** Ids of devices in bytes. */
export function encodeIds(ids: readonly PeerId[]): Uint8Array {
  const writer = new Writer(ids.length * ID_BYTES);
  for (const id of ids) writer.bytes(peerIdToBytes(id));
  return writer.done();
}

/** @throws WireError */
export function decodeIds(bytes: Uint8Array): PeerId[] {
  const reader = new Reader(bytes);
  const ids: PeerId[] = [];
  while (reader.left > 0) ids.push(peerIdFromBytes(reader.bytes(ID_BYTES)));
  return ids;
}
