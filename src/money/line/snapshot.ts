import { fromBase32, toBase32 } from "../../base/base32.ts";
import { NO_BYTES } from "../../base/bytes.ts";
import { assert, must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { decodeBatch } from "./batch.ts";
import type { LineCore } from "./core.ts";
import type { LineCoreBeginning, OwnStatement, Unseen } from "./core-types.ts";
import {
  BATCH_BYTES_MAX,
  BATCHES_MAX,
  LOCKS_OPEN_MAX,
  ONION_BYTES_MAX,
  RATES_MAX,
  STATEMENTS_WAITING_MAX,
  UNSEEN_OPS_MAX,
} from "./limits.ts";
import { HASH_BYTES, LOCK_ID_BYTES } from "./op-codec.ts";
import { type Half, LineState } from "./state.ts";

const VERSION = 1;
const MEMBERS = 11;
const STATEMENT_BYTES_MAX = 512;
/** More than can be unseen: releases of locks go on where payments do not. */
const UNSEEN_MAX = 4 * UNSEEN_OPS_MAX;

/**
 * A line as it is when no operation waits for a signature, so that a start need not read all that was ever written.
 * For this peer's own disk; canonical CBOR.
 */
export function encodeSnapshot(core: LineCore): Uint8Array {
  assert(core.drafts.count === 0, "a snapshot is of what is signed");
  const writer = new CborArrayWriter(4_096).array(MEMBERS).uint(VERSION);
  writer.uint(core.seen).bytes(core.seenHash).uint(core.theirs.count).bytes(core.theirs.head);
  writer.bytes(core.ourKey ?? NO_BYTES).bytes(core.theirKey ?? NO_BYTES);
  const statements = [...core.statements()];
  writer.array(statements.length);
  for (const [number, { statement, signature }] of statements) {
    writer.array(3).uint(number).bytes(statement).bytes(signature);
  }
  const unseen = core.unseen();
  writer.array(unseen.length);
  for (const { batch, hash } of unseen) writer.array(2).bytes(batch.bytes).bytes(hash);
  const { debt, halves } = core.judged;
  writer
    .array(2)
    .uint(Math.max(0, debt))
    .uint(Math.max(0, 0 - debt));
  writer.array(2);
  for (const half of halves) writeHalf(writer, half);
  return writer.done();
}

/** @throws WireError where the bytes are damaged */
export function decodeSnapshot(
  suite: Pick<CryptoSuite, "sha256">,
  bytes: Uint8Array,
  side: 0 | 1,
): LineCoreBeginning {
  const reader = new CborArrayReader(bytes);
  reader.array(MEMBERS);
  reader.uint(VERSION);
  const seen = reader.uint(BATCHES_MAX);
  const seenHash = reader.bytes(HASH_BYTES).slice();
  const theirCount = reader.uint(BATCHES_MAX);
  const theirHead = reader.bytes(HASH_BYTES).slice();
  const ourKey = readKey(reader);
  const theirKey = readKey(reader);
  const statements = new Map<number, OwnStatement>();
  for (let left = reader.array(STATEMENTS_WAITING_MAX); left > 0; left--) {
    reader.array(3);
    const number = reader.uint(BATCHES_MAX);
    const statement = reader.bytes(1, STATEMENT_BYTES_MAX).slice();
    statements.set(number, { statement, signature: reader.bytes(64).slice() });
  }
  const unseen: Unseen[] = [];
  for (let left = reader.array(UNSEEN_MAX); left > 0; left--) {
    reader.array(2);
    const batch = decodeBatch(reader.bytes(1, BATCH_BYTES_MAX).slice());
    unseen.push({ batch, hash: reader.bytes(HASH_BYTES).slice() });
  }
  reader.array(2);
  const debt = reader.uint(AMOUNT_MAX) - reader.uint(AMOUNT_MAX);
  reader.array(2);
  const judged = new LineState(suite);
  const full = new LineState(suite);
  judged.debt = debt;
  full.debt = debt;
  for (const at of [0, 1] as const) readHalf(reader, judged.halves[at], full.halves[at]);
  reader.end();
  for (const { batch } of unseen) for (const op of batch.ops) full.apply(side, op);
  return {
    full,
    judged,
    seen,
    seenHash,
    theirCount,
    theirHead,
    ourKey,
    theirKey,
    statements,
    unseen,
  };
}

function readKey(reader: CborArrayReader): Uint8Array | undefined {
  const key = reader.bytes(0, 32);
  return key.length === 0 ? undefined : key.slice();
}

function writeHalf(writer: CborArrayWriter, half: Half): void {
  writer
    .array(5)
    .uint(half.limit)
    .uint(half.isClosing ? 1 : 0)
    .uint(half.prepared);
  writer.array(half.locks.size);
  for (const [number, { id, amount, hash, onion }] of half.locks) {
    writer.array(5).uint(number).bytes(id).uint(amount).bytes(hash).bytes(onion);
  }
  writer.array(half.rates.size);
  for (const [into, { give, get }] of half.rates) {
    writer
      .array(3)
      .bytes(must(fromBase32(into), "an id is base32"))
      .uint(give)
      .uint(get);
  }
}

function readHalf(reader: CborArrayReader, ...halves: readonly Half[]): void {
  reader.array(5);
  const limit = reader.uint(AMOUNT_MAX);
  const isClosing = reader.uint(1) === 1;
  const prepared = reader.uint(BATCHES_MAX);
  for (const half of halves) {
    half.limit = limit;
    half.isClosing = isClosing;
    half.prepared = prepared;
  }
  for (let left = reader.array(LOCKS_OPEN_MAX); left > 0; left--) {
    reader.array(5);
    const number = reader.uint(BATCHES_MAX);
    const id = reader.bytes(LOCK_ID_BYTES).slice();
    const amount = reader.uint(AMOUNT_MAX);
    const hash = reader.bytes(HASH_BYTES).slice();
    const onion = reader.bytes(0, ONION_BYTES_MAX).slice();
    for (const half of halves) half.addLock({ id, amount, hash, onion }, number);
  }
  for (let left = reader.array(RATES_MAX); left > 0; left--) {
    reader.array(3);
    const into = toBase32(reader.bytes(HASH_BYTES));
    const rate = { give: reader.uint(AMOUNT_MAX), get: reader.uint(AMOUNT_MAX) };
    for (const half of halves) half.rates.set(into, rate);
  }
}
