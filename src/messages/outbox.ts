import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { KIND_MAX } from "./body.ts";
import { parcelId } from "./carriage/parcel.ts";
import { BODY_BYTES_MAX, FRAME_KEPT_BYTES_MAX, POST_FRAME_BYTES_MAX } from "./limits.ts";

/** Prefix of what waits for other devices. */
export const OUTBOX = "messages/o/";

const PLACE_DIGITS = 12;
const COUNT_MAX = 2 ** 48 - 1;
const CHANNEL_ID_BYTES = 16;

/** Where a body was sealed. */
export interface SealedPlace {
  readonly channelId: string;
  /** Index of its frame in that channel. */
  readonly index: number;
}

/** Something that one other device is to get, as it is kept in memory. */
export interface Entry {
  readonly device: PeerId;
  /** Orders the outbox of a device. */
  readonly place: number;
  /** The letter's number; 0 for what only acknowledges. */
  readonly number: number;
  readonly kind: number;
  /** The message it belongs to, where it belongs to one. */
  readonly itemId: string | undefined;
  /** Undefined while no channel has sealed it. */
  readonly sealed: SealedPlace | undefined;
  /** What is to be sealed, where it is small and not sealed yet; otherwise it is on disk alone. */
  readonly content: Uint8Array | undefined;
  /** The frame, where it is small; otherwise it is on disk alone. */
  readonly frame: Uint8Array | undefined;
  readonly frameBytes: number;
  /** Names the frame where others carry it; undefined while there is none. */
  readonly parcel: string | undefined;
  /** Wall-clock time at which it was queued. */
  readonly queuedAtMs: number;
}

/** An entry with all its bytes, as it is on disk. */
export interface FullEntry {
  readonly entry: Entry;
  readonly content: Uint8Array;
  readonly frame: Uint8Array | undefined;
}

const entrySchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  b: schema.bytes(0, BODY_BYTES_MAX),
  c: schema.optional(schema.bytes(CHANNEL_ID_BYTES)),
  f: schema.optional(schema.bytes(1, POST_FRAME_BYTES_MAX)),
  i: schema.optional(schema.text(64)),
  k: schema.integer(0, KIND_MAX),
  n: schema.integer(0, COUNT_MAX),
  x: schema.optional(schema.integer(0, COUNT_MAX)),
});

/** Key of an entry. */
export function entryKey(device: PeerId, place: number): string {
  return `${OUTBOX}${device}/${place.toString(16).padStart(PLACE_DIGITS, "0")}`;
}

/** The record of an entry. */
export function entryWrite({ entry, content, frame }: FullEntry): RecordWrite {
  const value = encodeCbor({
    v: 1,
    a: entry.queuedAtMs,
    b: content,
    c: entry.sealed && must(fromHex(entry.sealed.channelId), "a channel id is hexadecimal"),
    f: frame,
    i: entry.itemId,
    k: entry.kind,
    n: entry.number,
    x: entry.sealed?.index,
  });
  return { key: entryKey(entry.device, entry.place), value };
}

/**
 * @param key as it is stored
 * @throws WireError where the record is damaged
 */
export function decodeEntry(suite: CryptoSuite, key: string, bytes: Uint8Array): FullEntry {
  const found = entrySchema(decodeCbor(bytes), "outbox entry");
  const [device = "", place = ""] = key.slice(OUTBOX.length).split("/");
  const sealed = found.c !== undefined && found.x !== undefined && found.f !== undefined;
  const entry: Entry = {
    device,
    place: Number.parseInt(place, 16),
    number: found.n,
    kind: found.k,
    itemId: found.i,
    sealed: sealed && found.c ? { channelId: toHex(found.c), index: found.x ?? 0 } : undefined,
    content: sealed ? undefined : kept(found.b),
    frame: kept(found.f),
    frameBytes: found.f?.length ?? 0,
    parcel: found.f && parcelId(suite, found.f),
    queuedAtMs: found.a,
  };
  return { entry, content: found.b, frame: found.f };
}

/** The entry as a channel has sealed it. */
export function sealedEntry(
  suite: CryptoSuite,
  entry: Entry,
  sealed: SealedPlace,
  frame: Uint8Array,
): Entry {
  const parcel = parcelId(suite, frame);
  const sizes = { frame: kept(frame), frameBytes: frame.length };
  return { ...entry, sealed, content: undefined, ...sizes, parcel };
}

/** The bytes, where they are few enough to stay in memory. */
export function kept(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes !== undefined && bytes.length <= FRAME_KEPT_BYTES_MAX ? bytes : undefined;
}

/** All that waits for one device, in order. */
export class Outbox {
  #entries: Entry[] = [];
  /** Those that only acknowledge, by place. */
  readonly #acknowledgements = new Map<number, Entry>();

  get size(): number {
    return this.#entries.length;
  }

  /** All entries, oldest first; not to be kept over changes. */
  entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Entries that only acknowledge, oldest first. */
  acknowledgements(): Iterable<Entry> {
    return this.#acknowledgements.values();
  }

  /** How many entries only acknowledge. */
  get acknowledgementCount(): number {
    return this.#acknowledgements.size;
  }

  /** Puts an entry in its place, instead of what is there. */
  put(entry: Entry): void {
    if (entry.number === 0) this.#acknowledgements.set(entry.place, entry);
    const at = this.#indexOf(entry.place);
    if (this.#entries[at]?.place === entry.place) this.#entries[at] = entry;
    else this.#entries.splice(at, 0, entry);
  }

  /** Takes an entry out, where it is in. */
  remove(place: number): void {
    this.#acknowledgements.delete(place);
    const at = this.#indexOf(place);
    if (this.#entries[at]?.place === place) this.#entries.splice(at, 1);
  }

  get(place: number): Entry | undefined {
    const entry = this.#entries[this.#indexOf(place)];
    return entry?.place === place ? entry : undefined;
  }

  /** The first letters that none of these channels has sealed, at most `max`. */
  unsealed(channelIds: ReadonlySet<string>, max: number): readonly Entry[] {
    const found: Entry[] = [];
    for (const entry of this.#entries) {
      if (!isUnsealed(entry, channelIds)) continue;
      found.push(entry);
      if (found.length >= max) break;
    }
    return found;
  }

  #indexOf(place: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.place ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether an entry is still to be sealed, where these are the channels that live. */
export function isUnsealed({ number, sealed }: Entry, channelIds: ReadonlySet<string>): boolean {
  return number > 0 && (sealed === undefined || !channelIds.has(sealed.channelId));
}
