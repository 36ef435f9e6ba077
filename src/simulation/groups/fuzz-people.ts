import { fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite, SigningKey } from "../../crypto/index.ts";
import {
  type Body,
  type GroupLog,
  joinSigned,
  type Op,
  type OpId,
  signOp,
  type Vouching,
} from "../../groups/log/index.ts";

const ID_BYTES = 16;

/** A device of somebody, with its key. */
export interface FuzzDevice {
  readonly person: string;
  readonly key: SigningKey;
  readonly keyHex: string;
  readonly proof: Uint8Array;
}

/** Proofs that are the person's id and nothing else: who may act for whom is not what is tried here. */
export const FUZZ_VOUCHING: Vouching = {
  personOf: (_device, proof) => (proof.length === ID_BYTES ? toHex(proof) : undefined),
};

/** A device whose keys follow from the words. */
export function fuzzDevice(suite: CryptoSuite, person: string, device: string): FuzzDevice {
  const id = suite.sha256(utf8(`person ${person}`)).subarray(0, ID_BYTES);
  const key = suite.signingKey(suite.sha256(utf8(`device ${person} ${device}`)));
  return { person: toHex(id), key, keyHex: toHex(key.publicKey), proof: id };
}

/** How an operation of an evil device differs from what an honest one would write. */
export interface Twist {
  readonly deps?: readonly OpId[];
  readonly seq?: number;
}

/** An operation as the device would write it on what this log holds, or twisted. */
export function written(
  suite: CryptoSuite,
  log: GroupLog,
  device: FuzzDevice,
  body: Body,
  twist: Twist = {},
): Op {
  const who = { key: device.keyHex, person: device.person, proof: device.proof };
  const also = body.t === "join" ? [body.invite] : [];
  const terms = log.nextTerms(who, body, also);
  const seq = twist.seq ?? terms.seq;
  const proof = seq === 1 ? device.proof : new Uint8Array(0);
  return signOp(suite, device.key, { ...terms, proof, seq, deps: twist.deps ?? terms.deps });
}

/** A join by an invite whose key follows from its id's words. */
export function joinBody(
  log: GroupLog,
  device: FuzzDevice,
  invite: OpId,
  inviteKey: SigningKey,
): Body {
  const signature = inviteKey.sign(joinSigned(log.id, invite, device.keyHex));
  return { t: "join", invite, label: "guest", signature };
}

/** The key of the invites that a person makes: anybody who has the link has it. */
export function inviteKeyOf(suite: CryptoSuite, person: string): SigningKey {
  return suite.signingKey(suite.sha256(utf8(`invite ${person}`)));
}

/** An id of 32 bytes that is no operation's. */
export function noOp(suite: CryptoSuite, words: string): OpId {
  return toHex(suite.sha256(must(fromHex(toHex(utf8(words))), "hexadecimal")));
}
