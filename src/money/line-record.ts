import { fromBase32, toBase32 } from "../base/base32.ts";
import { fromHex, NO_BYTES, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PersonId } from "../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../wire/index.ts";
import { type Batch, decodeBatch, limits, type Place, type SignedStatement } from "./line/index.ts";
import type { CurrencyId, LineId } from "./line-desk.ts";

/** Beginning of the keys of all lines' records. */
export const LINES = "money/line/";
/** Beginning of the keys of accounts that both sides have signed. */
const ACCOUNTS = "money/account/";
/** Beginning of the keys of all lines' batches. */
export const LOGS = "money/log/";
const VERSION = 1;
const MEMBERS = 8;
const SNAPSHOT_BYTES_MAX: number = 16 << 20;
const HASH_BYTES = 32;
const LOCK_ID_BYTES = 16;

/** Why a line is at rest for good. */
export type StopCause =
  /** The partner signed two batches of one number. */
  | "forked"
  /** The partner signed what the rules do not allow. */
  | "broken"
  /** This person's own device did the first, as an old copy of a home does. */
  | "ours-forked";

const CAUSES: readonly StopCause[] = ["forked", "broken", "ours-forked"];

/** Why a line stopped, with what proves it. */
export interface Stop {
  readonly cause: StopCause;
  /** The batch at fault, and where its author put it; empty where there is none. */
  readonly batch: Uint8Array;
  readonly place: Pick<Place, "previous" | "seenHash">;
}

/** What is kept of a line besides its batches. */
export interface LineRecord {
  readonly id: LineId;
  readonly partner: PersonId;
  readonly currency: CurrencyId;
  /** The number of the part of the log that goes on after `snapshot`. */
  readonly epoch: number;
  /** What the line said at the beginning of this epoch; empty in the first. */
  readonly snapshot: Uint8Array;
  /** Nothing is signed before the partner has told what it has: this home is an old copy, or was salvaged. */
  readonly isUnsure: boolean;
  /** The person said no to the partner's offer. */
  readonly isDeclined: boolean;
  readonly stop: Stop | undefined;
}

/** Key of a line's record. */
export function lineKey(id: LineId): string {
  return LINES + id;
}

/** Beginning of the keys of batches of ours that a damaged log still had, and that stand on missing ones. */
export const LOOSE = "money/loose/";

/** Key of one of them. */
export function looseKey(id: LineId, index: number): string {
  return `${LOOSE}${id}/${hex(index)}`;
}

/** Beginning of the keys of `toldKey`. */
export const TOLD = "money/told/";

/** Key of how many of the partner's batches payments were told of. */
export function toldKey(id: LineId): string {
  return TOLD + id;
}

/** Beginning of the keys of a line's batches, of one epoch or of all. */
export function logPrefix(id: LineId, epoch?: number): string {
  return epoch === undefined ? `${LOGS}${id}/` : `${LOGS}${id}/${hex(epoch)}/`;
}

/** Key of the batch that was kept as the `index`th of an epoch: keys are in the order of keeping. */
export function logKey(id: LineId, epoch: number, index: number): string {
  return logPrefix(id, epoch) + hex(index);
}

function hex(number: number): string {
  return number.toString(16).padStart(8, "0");
}

/** The record as it is kept. */
export function encodeLine(record: LineRecord): Uint8Array {
  const { partner, currency, epoch, snapshot, isUnsure, isDeclined, stop } = record;
  const writer = new CborArrayWriter(512 + snapshot.length).array(MEMBERS).uint(VERSION);
  writer.bytes(must(fromHex(partner), "an id is hexadecimal"));
  writer.bytes(must(fromBase32(currency), "an id is base32"));
  writer.uint(epoch).bytes(snapshot);
  writer.uint(isUnsure ? 1 : 0).uint(isDeclined ? 1 : 0);
  if (stop === undefined) return writer.array(0).done();
  writer.array(4).uint(CAUSES.indexOf(stop.cause)).bytes(stop.batch);
  return writer.bytes(stop.place.previous).bytes(stop.place.seenHash).done();
}

/** @throws WireError where the record is damaged */
export function decodeLine(id: LineId, bytes: Uint8Array): LineRecord {
  const reader = new CborArrayReader(bytes);
  reader.array(MEMBERS);
  if (reader.uint(255) !== VERSION) throw new WireError("version", "A line of a newer Peernet.");
  const partner = toHex(reader.bytes(16));
  const currency = toBase32(reader.bytes(32));
  const epoch = reader.uint(2 ** 32 - 1);
  const snapshot = reader.bytes(0, SNAPSHOT_BYTES_MAX).slice();
  const isUnsure = reader.uint(1) === 1;
  const isDeclined = reader.uint(1) === 1;
  const stop = reader.array(4) === 0 ? undefined : readStop(reader);
  reader.end();
  return { id, partner, currency, epoch, snapshot, isUnsure, isDeclined, stop };
}

function readStop(reader: CborArrayReader): Stop {
  const cause = must(CAUSES[reader.uint(CAUSES.length - 1)], "the number was bounded");
  const batch = reader.bytes(0, limits.BATCH_BYTES_MAX).slice();
  const previous = reader.bytes(0, HASH_BYTES).slice();
  return { cause, batch, place: { previous, seenHash: reader.bytes(0, HASH_BYTES).slice() } };
}

/** A batch as it is kept. */
export interface KeptBatch {
  readonly isOurs: boolean;
  readonly batch: Batch;
  /** Ids of the locks of ours that a batch of the partner lets go of, in its order. */
  readonly released: readonly Uint8Array[];
}

/** The batch as it is kept. */
export function encodeKept({ isOurs, batch, released }: KeptBatch): Uint8Array {
  const writer = new CborArrayWriter(batch.bytes.length + 32 + released.length * 18);
  writer
    .array(2 + released.length)
    .uint(isOurs ? 1 : 0)
    .bytes(batch.bytes);
  for (const id of released) writer.bytes(id);
  return writer.done();
}

/** @throws WireError where it is damaged */
export function decodeKept(bytes: Uint8Array): KeptBatch {
  const reader = new CborArrayReader(bytes);
  const count = reader.array(2 + limits.OPS_PER_BATCH_MAX);
  const isOurs = reader.uint(1) === 1;
  const batch = decodeBatch(reader.bytes(1, limits.BATCH_BYTES_MAX).slice());
  const released = Array.from({ length: count - 2 }, () => reader.bytes(LOCK_ID_BYTES).slice());
  reader.end();
  return { isOurs, batch, released };
}

/** A count as it is kept. */
export function encodeCount(count: number): Uint8Array {
  return new CborArrayWriter(16).uint(count).done();
}

/** @throws WireError where it is damaged */
export function decodeCount(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new CborArrayReader(bytes).uint(limits.BATCHES_MAX);
}

/** Nothing proves it. */
export const NO_EVIDENCE: Pick<Stop, "batch" | "place"> = {
  batch: NO_BYTES,
  place: { previous: NO_BYTES, seenHash: NO_BYTES },
};

/** Key of the account that both sides signed last. */
export function accountKey(id: LineId): string {
  return ACCOUNTS + id;
}

/** An account with both signatures, as it is kept. */
export function encodeAccount({ statement, keys, signatures }: SignedStatement): Uint8Array {
  const writer = new CborArrayWriter(512).array(5).bytes(statement);
  for (const each of [...keys, ...signatures]) writer.bytes(each);
  return writer.done();
}

/** @throws WireError where it is damaged */
export function decodeAccount(bytes: Uint8Array): SignedStatement {
  const reader = new CborArrayReader(bytes);
  reader.array(5);
  const statement = reader.bytes(1, 512).slice();
  const keys = [reader.bytes(32).slice(), reader.bytes(32).slice()] as const;
  const signatures = [reader.bytes(64).slice(), reader.bytes(64).slice()] as const;
  reader.end();
  return { statement, keys, signatures };
}
