import { concatBytes, fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import {
  type CryptoSuite,
  KEY_BYTES,
  SIGNATURE_BYTES,
  type SigningKey,
} from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { GROUP_ID_BYTES, limits, type OpId, type Vouching } from "../log/index.ts";
import { PROOF_BYTES, PROOF_BYTES_MAX } from "../proof.ts";
import { CHECKPOINT_HEADS_MAX, WORD_BYTES_MAX } from "./limits.ts";

const LABEL = utf8("peernet group checkpoint v1");
const STATE_LABEL = utf8("peernet group state v1");
const VERSION = 1;
const MEMBERS = 7;
const HASH_BYTES = 32;

/** What a word is about: some operations with all before them, and what they say. */
export interface WordTerms {
  /** The group: 32 hexadecimal digits. */
  readonly group: string;
  /** Ids of the last of the operations that are meant, sorted. */
  readonly heads: readonly OpId[];
  /** How many operations that makes. */
  readonly count: number;
  /** 64 hexadecimal digits, see `stateDigest`. */
  readonly digest: string;
}

/** A person's word that operations are in their log, checked one by one, and say just this. */
export interface Word extends WordTerms {
  readonly person: PersonId;
  readonly bytes: Uint8Array;
}

/** What a skeleton is known by. */
export function stateDigest(suite: CryptoSuite, skeleton: Uint8Array): string {
  return toHex(suite.sha256(STATE_LABEL, skeleton));
}

/** Signs such a word. */
export function signWord(device: SigningKey, proof: Uint8Array, terms: WordTerms): Uint8Array {
  const { group, heads, count, digest } = terms;
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(hexBytes(group));
  writer.bytes(device.publicKey).bytes(proof).array(heads.length);
  for (const head of heads) writer.bytes(hexBytes(head));
  const content = writer.uint(count).bytes(hexBytes(digest)).done();
  return concatBytes(content, device.sign(concatBytes(LABEL, content)));
}

/**
 * Reads and checks a word about this group; whether its author is an owner is the caller's.
 * @throws WireError, also where it is signed by nobody who is vouched for
 */
export function readWord(
  suite: CryptoSuite,
  vouching: Vouching,
  group: string,
  bytes: Uint8Array,
): Word {
  const border = bytes.length - SIGNATURE_BYTES;
  if (border <= 0 || bytes.length > WORD_BYTES_MAX) {
    throw new WireError("out-of-range", "A word on a checkpoint of another length.");
  }
  const reader = new CborArrayReader(bytes.subarray(0, border));
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "A word on a checkpoint of another version.");
  }
  const about = toHex(reader.bytes(GROUP_ID_BYTES));
  const device = reader.bytes(KEY_BYTES);
  const person = vouching.personOf(device, reader.bytes(PROOF_BYTES, PROOF_BYTES_MAX));
  const heads: string[] = [];
  for (let left = reader.array(CHECKPOINT_HEADS_MAX); left > 0; left--) {
    heads.push(toHex(reader.bytes(HASH_BYTES)));
  }
  const count = reader.uint(limits.OPS_MAX);
  const digest = toHex(reader.bytes(HASH_BYTES));
  reader.end();
  if (about !== group || person === undefined || heads.length === 0) {
    throw new WireError("malformed", "A word by a stranger, about nothing or another group.");
  }
  const signed = concatBytes(LABEL, bytes.subarray(0, border));
  if (!suite.verify(device, signed, bytes.subarray(border))) {
    throw new WireError("malformed", "A word that its author did not sign.");
  }
  return { person, group, heads, count, digest, bytes: bytes.slice() };
}

function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids and keys are hexadecimal");
}
