import { concatBytes, utf8 } from "../../base/bytes.ts";
import { type CryptoSuite, SIGNATURE_BYTES, type SigningKey } from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { BATCH_BYTES_MAX, BATCHES_MAX, OPS_PER_BATCH_MAX } from "./limits.ts";
import { readOp, writeOp } from "./op-codec.ts";
import type { Batch, Op } from "./types.ts";

const VERSION = 1;
const MEMBERS = 5;
const HASH_LABEL = utf8("peernet money batch v1");
const SIGN_LABEL = utf8("peernet money batch signature v1");
const AT_S_MAX: number = 2 ** 40;

/** Before the first batch of a half-log. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

/**
 * Where a batch stands. It is signed without being in the batch: whoever has the logs knows it, and 64 bytes less go
 * over a slow radio link.
 */
export interface Place {
  /** The line's id, 16 bytes. */
  readonly line: Uint8Array;
  /** Hash of the author's batch before, and of the partner's batch `seen`; 32 zero bytes for none. */
  readonly previous: Uint8Array;
  readonly seenHash: Uint8Array;
}

/** What an author says in a batch. */
export type BatchTerms = Pick<Batch, "number" | "seen" | "atS" | "ops">;

/** Signs a batch. @returns it and its hash, which the next one is about */
export function signBatch(
  suite: CryptoSuite,
  key: SigningKey,
  place: Place,
  terms: BatchTerms,
): { readonly batch: Batch; readonly hash: Uint8Array } {
  const { number, seen, atS, ops } = terms;
  const writer = new CborArrayWriter(ops.length * 24 + 64).array(MEMBERS).uint(VERSION);
  writer.uint(number).uint(seen).uint(atS).array(ops.length);
  for (const op of ops) writeOp(writer, op);
  const content = writer.done();
  const hash = hashOfBatch(suite, place, content);
  const signature = key.sign(concatBytes(SIGN_LABEL, hash));
  const bytes = concatBytes(content, signature);
  return { batch: { number, seen, atS, ops, content, signature, bytes }, hash };
}

/** Names a batch and all that is before it in both logs. */
export function hashOfBatch(
  suite: Pick<CryptoSuite, "sha256">,
  { line, previous, seenHash }: Place,
  content: Uint8Array,
): Uint8Array {
  return suite.sha256(HASH_LABEL, line, previous, seenHash, content);
}

/** Whether the holder of this key has signed the batch with this hash. */
export function isBatchSigned(
  suite: CryptoSuite,
  key: Uint8Array,
  hash: Uint8Array,
  signature: Uint8Array,
): boolean {
  return suite.verify(key, concatBytes(SIGN_LABEL, hash), signature);
}

/** Reads a batch; its signature is to be checked where its place is known. @throws WireError */
export function decodeBatch(bytes: Uint8Array): Batch {
  if (bytes.length > BATCH_BYTES_MAX) throw new WireError("too-large", "A batch is too long.");
  if (bytes.length <= SIGNATURE_BYTES) throw new WireError("truncated", "A batch is cut.");
  const border = bytes.length - SIGNATURE_BYTES;
  const content = bytes.subarray(0, border);
  const reader = new CborArrayReader(content);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "A batch of another version. Please update Peernet.");
  }
  const number = reader.uint(BATCHES_MAX);
  const seen = reader.uint(BATCHES_MAX);
  const atS = reader.uint(AT_S_MAX);
  const count = reader.array(OPS_PER_BATCH_MAX);
  const ops: Op[] = [];
  for (let at = 0; at < count; at++) ops.push(readOp(reader));
  reader.end();
  if (number === 0 || count === 0) throw new WireError("malformed", "A batch says nothing.");
  return { number, seen, atS, ops, content, signature: bytes.subarray(border), bytes };
}
