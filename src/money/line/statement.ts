import { fromBase32 } from "../../base/base32.ts";
import { concatBytes, fromHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite, SigningKey } from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { BATCHES_MAX } from "./limits.ts";
import type { LineState } from "./state.ts";
import type { LineTerms } from "./types.ts";

const LABEL = utf8("peernet money statement v1");
const VERSION = 1;
const MEMBERS = 17;

/** How far a half-log goes, and the hash of its last batch. */
export interface Head {
  readonly count: number;
  readonly hash: Uint8Array;
}

/**
 * What a line says at two heads, as bytes: the same for both sides whatever they heard when. The account that both
 * sign.
 */
export function statementOf(
  terms: LineTerms,
  heads: readonly [Head, Head],
  state: LineState,
): Uint8Array {
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(terms.idBytes);
  writer.bytes(must(fromBase32(terms.currency), "an id is base32"));
  for (const person of terms.people) writer.bytes(must(fromHex(person), "an id is hexadecimal"));
  for (const { count, hash } of heads) writer.uint(count).bytes(hash);
  writer.uint(Math.max(0, state.debt)).uint(Math.max(0, 0 - state.debt));
  for (const half of state.halves) {
    writer
      .uint(half.limit)
      .uint(half.isClosing ? 1 : 0)
      .uint(half.locked);
  }
  return writer.done();
}

/** What a statement says, for people: amounts in the smallest unit. */
export interface StatementFacts {
  /** More than 0: side 0 owes side 1. */
  readonly debt: number;
  readonly counts: readonly [number, number];
  readonly limits: readonly [number, number];
  readonly locked: readonly [number, number];
}

/** @throws WireError where the bytes are no statement */
export function readStatement(bytes: Uint8Array): StatementFacts {
  const reader = new CborArrayReader(bytes);
  reader.array(MEMBERS);
  reader.uint(VERSION);
  reader.bytes(16);
  reader.bytes(32);
  for (let side = 0; side < 2; side++) reader.bytes(16);
  const count = (): number => {
    const read = reader.uint(BATCHES_MAX);
    reader.bytes(32);
    return read;
  };
  const counts: [number, number] = [count(), count()];
  const debt = reader.uint(AMOUNT_MAX) - reader.uint(AMOUNT_MAX);
  const half = (): readonly [number, number] => {
    const limit = reader.uint(AMOUNT_MAX);
    reader.uint(1);
    return [limit, reader.uint(AMOUNT_MAX)];
  };
  const [one, other] = [half(), half()];
  reader.end();
  return { debt, counts, limits: [one[0], other[0]], locked: [one[1], other[1]] };
}

/** A side's signature under a statement. */
export function signStatement(key: SigningKey, statement: Uint8Array): Uint8Array {
  return key.sign(concatBytes(LABEL, statement));
}

/** Whether the holder of this key has signed a statement: anybody can check it. */
export function isStatementSigned(
  suite: CryptoSuite,
  key: Uint8Array,
  statement: Uint8Array,
  signature: Uint8Array,
): boolean {
  return suite.verify(key, concatBytes(LABEL, statement), signature);
}
