import { fromBase32, toBase32 } from "../../base/base32.ts";
import { must } from "../../base/errors.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "../../crypto/index.ts";
import { type CborArrayReader, type CborArrayWriter, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import {
  BATCHES_MAX,
  MEMO_BYTES_MAX,
  ONION_BYTES_MAX,
  PROOF_BYTES_MAX,
  REASON_BYTES_MAX,
} from "./limits.ts";
import type { Op } from "./types.ts";

/** The number of each kind on the wire is its place here. */
const KINDS = [
  ...(["open", "takeover", "limit", "pay", "prepare", "fulfil"] as const),
  ...(["cancel", "rate", "checkpoint", "agree", "close"] as const),
] satisfies readonly Op["t"][];
const NUMBERS = new Map<Op["t"], number>(KINDS.map((kind, number) => [kind, number]));

/** Bytes of a lock's id. */
export const LOCK_ID_BYTES = 16;
/** Bytes of a hash and of its preimage. */
export const HASH_BYTES = 32;

/** Writes one operation: an array of its kind and its members. */
export function writeOp(writer: CborArrayWriter, op: Op): void {
  const kind = must(NUMBERS.get(op.t), "every kind has a number");
  switch (op.t) {
    case "open":
    case "takeover":
      writer.array(3).uint(kind).bytes(op.key).bytes(op.proof);
      return;
    case "limit":
      writer.array(2).uint(kind).uint(op.amount);
      return;
    case "pay":
      writer.array(3).uint(kind).uint(op.amount).text(op.memo);
      return;
    case "prepare":
      writer.array(5).uint(kind).bytes(op.lock.id).uint(op.lock.amount);
      writer.bytes(op.lock.hash).bytes(op.lock.onion);
      return;
    case "fulfil":
      writer.array(3).uint(kind).uint(op.lock).bytes(op.preimage);
      return;
    case "cancel":
      writer.array(3).uint(kind).uint(op.lock).text(op.reason);
      return;
    case "rate":
      writer
        .array(4)
        .uint(kind)
        .bytes(must(fromBase32(op.into), "an id is base32"));
      writer.uint(op.give).uint(op.get);
      return;
    case "checkpoint":
      writer.array(2).uint(kind).bytes(op.signature);
      return;
    case "agree":
      writer.array(3).uint(kind).uint(op.number).bytes(op.signature);
      return;
    case "close":
      writer.array(1).uint(kind);
      return;
  }
}

/** Members of each kind, the kind itself counted. */
const LENGTHS: Readonly<Record<Op["t"], number>> = {
  ...{ open: 3, takeover: 3, limit: 2, pay: 3, prepare: 5, fulfil: 3 },
  ...{ cancel: 3, rate: 4, checkpoint: 2, agree: 3, close: 1 },
};

/** @throws WireError for anything that `writeOp` does not write */
export function readOp(reader: CborArrayReader): Op {
  const count = reader.array(5);
  const t = KINDS[reader.uint(255)];
  if (t === undefined) {
    throw new WireError("version", "An operation of a kind that this version does not know.");
  }
  if (count !== LENGTHS[t]) throw new WireError("malformed", "An operation has other members.");
  switch (t) {
    case "open":
    case "takeover":
      return {
        t,
        key: reader.bytes(KEY_BYTES).slice(),
        proof: reader.bytes(1, PROOF_BYTES_MAX).slice(),
      };
    case "limit":
      return { t, amount: reader.uint(AMOUNT_MAX) };
    case "pay":
      return { t, amount: readAmount(reader), memo: reader.text(MEMO_BYTES_MAX) };
    case "prepare":
      return { t, lock: readLock(reader) };
    case "fulfil":
      return { t, lock: readNumber(reader), preimage: reader.bytes(HASH_BYTES).slice() };
    case "cancel":
      return { t, lock: readNumber(reader), reason: reader.text(REASON_BYTES_MAX) };
    case "rate":
      return readRate(reader);
    case "checkpoint":
      return { t, signature: reader.bytes(SIGNATURE_BYTES).slice() };
    case "agree":
      return { t, number: readNumber(reader), signature: reader.bytes(SIGNATURE_BYTES).slice() };
    case "close":
      return { t };
  }
}

function readLock(reader: CborArrayReader): Extract<Op, { readonly t: "prepare" }>["lock"] {
  const id = reader.bytes(LOCK_ID_BYTES).slice();
  const amount = readAmount(reader);
  const hash = reader.bytes(HASH_BYTES).slice();
  return { id, amount, hash, onion: reader.bytes(0, ONION_BYTES_MAX).slice() };
}

function readRate(reader: CborArrayReader): Op {
  const into = toBase32(reader.bytes(HASH_BYTES));
  const give = reader.uint(AMOUNT_MAX);
  const get = reader.uint(AMOUNT_MAX);
  if ((give === 0) !== (get === 0)) throw new WireError("out-of-range", "A rate has a zero.");
  return { t: "rate", into, give, get };
}

function readAmount(reader: CborArrayReader): number {
  const amount = reader.uint(AMOUNT_MAX);
  if (amount > 0) return amount;
  throw new WireError("out-of-range", "An amount is at least 1.");
}

function readNumber(reader: CborArrayReader): number {
  const number = reader.uint(BATCHES_MAX);
  if (number > 0) return number;
  throw new WireError("out-of-range", "Numbers begin at 1.");
}
