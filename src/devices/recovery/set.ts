import { concatBytes, equalBytes, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES, SIGNATURE_BYTES } from "../../crypto/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { DevicesError } from "../errors.ts";
import { FRIENDS_MAX, FRIENDS_NEEDED_MIN, SET_BYTES_MAX } from "../limits.ts";
import type { Signer } from "../log/op.ts";

/** Bytes of a set's id. */
export const SET_ID_BYTES = 16;
/** Bytes of a share of a person's entropy. */
export const SHARE_BYTES = 33;

const SET_LABEL = utf8("peernet recovery set v1");
const SHARE_LABEL = utf8("peernet recovery share v1");
const HASH_BYTES = 32;

const setSchema = schema.record({
  v: schema.literal(1),
  c: schema.list(schema.bytes(HASH_BYTES), FRIENDS_MAX),
  i: schema.bytes(SET_ID_BYTES),
  k: schema.bytes(KEY_BYTES),
  n: schema.integer(FRIENDS_NEEDED_MIN, FRIENDS_MAX),
  q: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** What a person signed about the shares of their words. */
export interface RecoverySet {
  /** The person's sign key, 32 bytes. */
  readonly person: Uint8Array;
  readonly id: Uint8Array;
  /** Of two sets of a person, the one with the larger number replaces the other. */
  readonly version: number;
  /** So many shares give the words back. */
  readonly need: number;
  /** A hash of each share; the one with x has place x - 1. */
  readonly commitments: readonly Uint8Array[];
  /** The encoded, signed form. */
  readonly bytes: Uint8Array;
}

/** Canonical CBOR and the person's signature over label and CBOR. */
export function makeSet(
  suite: CryptoSuite,
  root: Signer,
  terms: { readonly id: Uint8Array; readonly version: number; readonly need: number },
  shares: readonly Uint8Array[],
): RecoverySet {
  const { id, version, need } = terms;
  const commitments = shares.map((share) => commitmentOf(suite, id, share));
  const body = encodeCbor({ v: 1, c: commitments, i: id, k: root.publicKey, n: need, q: version });
  const bytes = concatBytes(body, root.sign(concatBytes(SET_LABEL, body)));
  return { person: root.publicKey, id, version, need, commitments, bytes };
}

/**
 * Reads a set and verifies that the person it names signed it.
 * @throws DevicesError("bad-set")
 */
export function readSet(suite: CryptoSuite, bytes: Uint8Array): RecoverySet {
  const own = new Uint8Array(bytes);
  const border = own.length - SIGNATURE_BYTES;
  if (border <= 0 || own.length > SET_BYTES_MAX) throw badSet();
  const body = own.subarray(0, border);
  try {
    const { c, i, k, n, q } = setSchema(decodeCbor(body), "set");
    const isSigned = suite.verify(k, concatBytes(SET_LABEL, body), own.subarray(border));
    if (!isSigned || n > c.length) throw badSet();
    return { person: k, id: i, version: q, need: n, commitments: c, bytes: own };
  } catch (cause) {
    if (cause instanceof DevicesError || !(cause instanceof TypedError)) throw cause;
    throw badSet(cause);
  }
}

/** Whether a share is one of those that the person made. */
export function isShareOf(suite: CryptoSuite, set: RecoverySet, share: Uint8Array): boolean {
  if (share.length !== SHARE_BYTES) return false;
  const commitment = set.commitments[(share[SHARE_BYTES - 1] ?? 0) - 1];
  return commitment !== undefined && equalBytes(commitment, commitmentOf(suite, set.id, share));
}

/** A share has 256 bits that nobody can guess, so its hash tells nothing of it. */
function commitmentOf(suite: CryptoSuite, id: Uint8Array, share: Uint8Array): Uint8Array {
  return suite.sha256(SHARE_LABEL, id, share);
}

function badSet(cause?: unknown): DevicesError {
  return new DevicesError("bad-set", "What came about shares was not signed by their person.", {
    cause,
  });
}
