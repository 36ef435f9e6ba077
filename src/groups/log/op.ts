import { concatBytes, fromHex, NO_BYTES, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import {
  type CryptoSuite,
  KEY_BYTES,
  SIGNATURE_BYTES,
  type SigningKey,
} from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { readBody, writeBody } from "./body.ts";
import { DEPS_MAX, OP_BYTES_MAX, OPS_PER_DEVICE_MAX } from "./limits.ts";
import type { Body, Op, OpId } from "./types.ts";

const LABEL = utf8("peernet group operation v1");
const JOIN_LABEL = utf8("peernet group join v1");
const VERSION = 1;
const MEMBERS = 7;
const HASH_BYTES = 32;
/** Bytes of a group's id. */
export const GROUP_ID_BYTES = 16;
/** Bytes of the longest proof that a device's first operation carries. */
const PROOF_BYTES_MAX = 512;

/** What an operation is made of. */
export interface OpTerms {
  /** Empty for the genesis. */
  readonly group: string;
  readonly seq: number;
  readonly deps: readonly OpId[];
  readonly proof: Uint8Array;
  readonly body: Body;
}

/** The id of the group that begins with this operation. */
export function groupIdOf(genesis: OpId): string {
  return genesis.slice(0, 2 * GROUP_ID_BYTES);
}

/** Signs an operation: a canonical CBOR array and the device's signature over it. */
export function signOp(suite: CryptoSuite, device: SigningKey, terms: OpTerms): Op {
  const { group, seq, deps, proof, body } = terms;
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(hexBytes(group));
  writer.bytes(device.publicKey).uint(seq).array(deps.length);
  for (const dep of deps) writer.bytes(hexBytes(dep));
  writer.bytes(proof);
  writeBody(writer, body);
  const content = writer.done();
  const signature = device.sign(concatBytes(LABEL, content));
  return decodeOp(suite, concatBytes(content, signature));
}

/**
 * Reads an operation; its signature is `isSigned`'s to check.
 * @param knownId its id, where a disk of ours has kept it beside the bytes
 * @throws WireError
 */
export function decodeOp(suite: CryptoSuite, bytes: Uint8Array, knownId?: OpId): Op {
  if (bytes.length > OP_BYTES_MAX) throw new WireError("too-large", "An operation is too long.");
  if (bytes.length <= SIGNATURE_BYTES) throw new WireError("truncated", "An operation is cut.");
  const reader = new CborArrayReader(bytes, bytes.length - SIGNATURE_BYTES);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "An operation of another version. Please update Peernet.");
  }
  const group = sameText(GROUPS, reader.hex(0, GROUP_ID_BYTES));
  const author = sameText(AUTHORS, reader.hex(KEY_BYTES));
  const seq = reader.uint(OPS_PER_DEVICE_MAX);
  const count = reader.array(DEPS_MAX);
  const deps: string[] = [];
  for (let i = 0; i < count; i++) deps.push(reader.hex(HASH_BYTES));
  const proof = reader.bytes(0, PROOF_BYTES_MAX);
  const body = readBody(reader);
  reader.end();
  if (seq === 0 || (seq === 1) === (proof.length === 0) || hasTwice(deps)) {
    throw new WireError("malformed", "An operation has no number, no proof or repeats itself.");
  }
  if (group !== "" && group.length !== 2 * GROUP_ID_BYTES) {
    throw new WireError("out-of-range", "A group's id has another length.");
  }
  if ((body.t === "genesis") !== (group === "") || (group !== "" && count === 0)) {
    throw new WireError("malformed", "An operation belongs to no group.");
  }
  const id = knownId ?? toHex(suite.sha256(bytes));
  return { id, group, author, seq, deps, proof: proof.length > 0 ? proof : NO_BYTES, body, bytes };
}

/** Texts that come again and again: one of each is kept by whoever keeps operations. */
const GROUPS: string[] = [];
const AUTHORS: string[] = [];
const TEXTS_MAX = 1_024;

/** The same text as lately where it is there: logs hold it a thousand times. */
function sameText(lately: string[], hex: string): string {
  const place = Number.parseInt(hex.slice(0, 4), 16) % TEXTS_MAX || 0;
  const known = lately[place];
  if (known === hex) return known;
  lately[place] = hex;
  return hex;
}

function hasTwice(deps: readonly OpId[]): boolean {
  for (let at = 1; at < deps.length; at++) {
    if (deps.indexOf(deps[at] ?? "") < at) return true;
  }
  return false;
}

/** Whether the author's device has signed it. */
export function isSigned(suite: CryptoSuite, { bytes, author }: Op): boolean {
  const border = bytes.length - SIGNATURE_BYTES;
  const signed = concatBytes(LABEL, bytes.subarray(0, border));
  return suite.verify(hexBytes(author), signed, bytes.subarray(border));
}

/** What the key of an invite signs for a device (64 hexadecimal digits) that joins. */
export function joinSigned(group: string, invite: OpId, author: string): Uint8Array {
  return concatBytes(JOIN_LABEL, hexBytes(group), hexBytes(invite), hexBytes(author));
}

function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids and keys are hexadecimal");
}
