import { equalBytes } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type PersonId, personOfProof } from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter } from "../../wire/index.ts";
import { decodeBatch, hashOfBatch, isBatchSigned, type Place } from "./batch.ts";
import { BATCH_BYTES_MAX, PROOF_BYTES_MAX } from "./limits.ts";
import { LINE_ID_BYTES } from "./terms.ts";

const VERSION = 1;
const HASH_BYTES = 32;

/** One of two stories: a signed batch, and where its author put it. */
export interface Story {
  readonly place: Place;
  readonly bytes: Uint8Array;
}

/** Two batches of one number in one half-log, signed by one device of a person. */
export interface ForkProof {
  readonly line: Uint8Array;
  /** The device that told both, and what shows for whom it acts. */
  readonly key: Uint8Array;
  readonly proof: Uint8Array;
  readonly stories: readonly [Story, Story];
}

/** The proof as bytes that anybody can check who has never heard of the line. */
export function encodeForkProof({ line, key, proof, stories }: ForkProof): Uint8Array {
  const writer = new CborArrayWriter(512).array(5).uint(VERSION).bytes(line).bytes(key);
  writer.bytes(proof).array(2);
  for (const { place, bytes } of stories) {
    writer.array(3).bytes(place.previous).bytes(place.seenHash).bytes(bytes);
  }
  return writer.done();
}

/** @throws WireError where the bytes are no proof */
export function decodeForkProof(bytes: Uint8Array): ForkProof {
  const reader = new CborArrayReader(bytes);
  reader.array(5);
  reader.uint(VERSION);
  const line = reader.bytes(LINE_ID_BYTES).slice();
  const key = reader.bytes(32).slice();
  const proof = reader.bytes(1, PROOF_BYTES_MAX).slice();
  reader.array(2);
  const story = (): Story => {
    reader.array(3);
    const previous = reader.bytes(HASH_BYTES).slice();
    const seenHash = reader.bytes(HASH_BYTES).slice();
    return { place: { line, previous, seenHash }, bytes: reader.bytes(1, BATCH_BYTES_MAX).slice() };
  };
  const stories = [story(), story()] as const;
  reader.end();
  return { line, key, proof, stories };
}

/** Who is shown to have told two stories; undefined where the proof proves nothing. @throws WireError */
export function forkedPerson(suite: CryptoSuite, fork: ForkProof): PersonId | undefined {
  const [one, other] = fork.stories.map(({ place, bytes }) => {
    const batch = decodeBatch(bytes);
    const hash = hashOfBatch(suite, place, batch.content);
    const isSigned = isBatchSigned(suite, fork.key, hash, batch.signature);
    return { number: batch.number, hash, isSigned };
  });
  if (one === undefined || other === undefined || one.number !== other.number) return undefined;
  if (!one.isSigned || !other.isSigned || equalBytes(one.hash, other.hash)) return undefined;
  return personOfProof(suite, fork.key, fork.proof);
}
