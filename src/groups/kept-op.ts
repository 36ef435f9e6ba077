import { concatBytes, fromHex, toHexOf } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PersonId } from "../identity/index.ts";
import { GroupsError } from "./errors.ts";
import { decodeOp, type GroupLog, type Op } from "./log/index.ts";

/** Bytes of an operation's id and its author's person before it in its record: a start need not hash. */
const ID_BYTES = 32;
const HEAD_BYTES = ID_BYTES + 16;

/** An operation, and whose it is. */
export interface KeptOp {
  readonly op: Op;
  readonly person: PersonId;
}

/** An operation as the disk keeps it. */
export function encodeKeptOp({ op, person }: KeptOp): Uint8Array {
  return concatBytes(must(fromHex(op.id + person), "ids are hexadecimal"), op.bytes);
}

/** The operation's own bytes in its record, lent. */
export function keptOpBytes(record: Uint8Array): Uint8Array {
  return record.subarray(HEAD_BYTES);
}

/**
 * Takes up what the disk has of an operation, as whose it is kept.
 * @param isDoubted whether it is checked as if it came from somebody else
 * @throws WireError or GroupsError where it is damaged
 */
export function takeKeptOp(
  suite: CryptoSuite,
  log: GroupLog,
  record: Uint8Array,
  isDoubted: boolean,
): void {
  const id = toHexOf(record, 0, ID_BYTES);
  const person = toHexOf(record, ID_BYTES, HEAD_BYTES);
  const bytes = keptOpBytes(record);
  if (!isDoubted) {
    log.add(decodeOp(suite, bytes, id), person);
    return;
  }
  const entry = log.add(decodeOp(suite, bytes));
  if (entry?.op.id === id && entry.person === person) return;
  throw new GroupsError("bad-op", "An operation on disk is not the one that was kept.");
}
