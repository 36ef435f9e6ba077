import { NO_BYTES, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite, DhKey } from "../../crypto/index.ts";
import { hkdfSha256 } from "../../crypto/index.ts";
import { ChainTags } from "./chain-tags.ts";

const KEY = 32;
const MESSAGE = Uint8Array.of(1);
const CHAIN = Uint8Array.of(2);
const BEGIN = utf8("peernet ratchet begin v1");
const STEP = utf8("peernet ratchet step v1");

/** Frames of one direction between two ratchet keys. */
export interface Chain {
  /** Number of the ratchet key that it comes from: even ones are the responder's. */
  readonly step: number;
  /** 32 bytes from which the key at `next` and the key of the chain after it are made. */
  readonly key: Uint8Array;
  readonly tags: ChainTags;
  /** Index of its first frame in its direction; undefined while the sender has not told. */
  readonly base: number | undefined;
  /** The first place whose key was not made yet. */
  readonly next: number;
}

/** What a step makes: a new root key and a chain of whoever made the step. */
export interface Stepped {
  readonly root: Uint8Array;
  readonly chain: Chain;
}

/** The root key and both first chains, from the secret that the first contact made. */
export function beginChains(
  suite: CryptoSuite,
  secret: Uint8Array,
): { readonly root: Uint8Array; readonly responders: Chain; readonly initiators: Chain } {
  const output = hkdfSha256(suite, NO_BYTES, secret, 5 * KEY, BEGIN);
  const part = (at: number) => output.slice(at * KEY, (at + 1) * KEY);
  return {
    root: part(0),
    responders: newChain(suite, 0, part(1), part(2), 0),
    initiators: newChain(suite, 1, part(3), part(4), 0),
  };
}

/** KDF_RK of the double ratchet (Perrin and Marlinspike, 2016, section 5.2), with a key for tags. */
export function stepRoot(
  suite: CryptoSuite,
  root: Uint8Array,
  shared: Uint8Array,
  step: number,
): Stepped {
  const output = hkdfSha256(suite, root, shared, 3 * KEY, STEP);
  const part = (at: number) => output.slice(at * KEY, (at + 1) * KEY);
  return { root: part(0), chain: newChain(suite, step, part(1), part(2), undefined) };
}

/** A chain as it begins, or as it was saved. */
export function newChain(
  suite: CryptoSuite,
  step: number,
  key: Uint8Array,
  tagKey: Uint8Array,
  base: number | undefined,
  next = 0,
): Chain {
  return { step, key, tags: new ChainTags(suite, tagKey), base, next };
}

/** The chain from a place on. */
export function after({ step, tags, base }: Chain, key: Uint8Array, next: number): Chain {
  return { step, key, tags, base, next };
}

/** A ratchet key of a 32-byte secret: it exchanges once or twice, so no pair is made where that takes longer. */
export function ratchetKey(suite: CryptoSuite, secret: Uint8Array): DhKey {
  const { dhOnce } = suite;
  if (dhOnce === undefined) return suite.dhKey(secret);
  return { publicKey: dhOnce.publicOf(secret), dh: (theirs) => dhOnce.exchange(secret, theirs) };
}

/** KDF_CK of the double ratchet (section 5.2): the key of the message at `next`. */
export function messageKey(suite: CryptoSuite, chainKey: Uint8Array): Uint8Array {
  return suite.hmacSha256(chainKey, MESSAGE);
}

/** The same: the key of the chain from the place after `next` on. It does not lead back. */
export function nextChainKey(suite: CryptoSuite, chainKey: Uint8Array): Uint8Array {
  return suite.hmacSha256(chainKey, CHAIN);
}
