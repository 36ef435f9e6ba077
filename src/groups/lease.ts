import { concatBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { type CryptoSuite, KEY_BYTES, SIGNATURE_BYTES, type SigningKey } from "../crypto/index.ts";
import type { PersonId } from "../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../wire/index.ts";
import { GROUP_ID_BYTES, type Vouching } from "./log/index.ts";
import { PROOF_BYTES, PROOF_BYTES_MAX } from "./proof.ts";

const LABEL = utf8("peernet group lease v1");
const VERSION = 1;
const MEMBERS = 6;
const EPOCH_BYTES = 32;
/** Bytes of a statement with the longest proof, and room to spare. */
export const LEASE_BYTES_MAX = 640;

/** A member's word that at some time it knew of no more removals than those of an epoch. */
export interface Lease {
  readonly person: PersonId;
  /** 64 hexadecimal digits. */
  readonly epoch: string;
  /** Wall-clock time of who says so, milliseconds since 1970. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** Signs such a word. */
export function signLease(
  device: SigningKey,
  proof: Uint8Array,
  terms: { readonly group: string; readonly epoch: string; readonly atMs: number },
): Uint8Array {
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(hexBytes(terms.group));
  writer.bytes(device.publicKey).bytes(proof).bytes(hexBytes(terms.epoch)).uint(terms.atMs);
  const content = writer.done();
  return concatBytes(content, device.sign(concatBytes(LABEL, content)));
}

/**
 * Reads and checks one of this group.
 * @throws WireError, also where it is signed by nobody who is vouched for
 */
export function readLease(
  suite: CryptoSuite,
  vouching: Vouching,
  group: string,
  bytes: Uint8Array,
): Lease {
  const border = bytes.length - SIGNATURE_BYTES;
  if (border <= 0 || bytes.length > LEASE_BYTES_MAX) {
    throw new WireError("out-of-range", "A statement of another length.");
  }
  const reader = new CborArrayReader(bytes.subarray(0, border));
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "A statement of another version.");
  }
  const about = toHex(reader.bytes(GROUP_ID_BYTES));
  const device = reader.bytes(KEY_BYTES);
  const person = vouching.personOf(device, reader.bytes(PROOF_BYTES, PROOF_BYTES_MAX));
  const epoch = toHex(reader.bytes(EPOCH_BYTES));
  const atMs = reader.uint(Number.MAX_SAFE_INTEGER);
  reader.end();
  const signed = concatBytes(LABEL, bytes.subarray(0, border));
  if (about !== group || person === undefined) {
    throw new WireError("malformed", "A statement by a stranger or about another group.");
  }
  if (!suite.verify(device, signed, bytes.subarray(border))) {
    throw new WireError("malformed", "A statement that its author did not sign.");
  }
  return { person, epoch, atMs, bytes: bytes.slice() };
}

function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids are hexadecimal");
}
