import { fromHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";

const LABEL = utf8("peernet place v1");
/** Fragments by which peers are ranked while an object's own number is not known yet. */
export const RANKED_FRAGMENTS = 40;

/** Weights in one hash of 32 bytes. */
const WEIGHTS_PER_HASH = 8;

/**
 * Highest-random-weight values (Thaler and Ravishankar 1998) of a peer for the fragments 0 to
 * n-1 of an object: the same for everybody who computes them.
 */
export function peerWeights(
  suite: CryptoSuite,
  root: Uint8Array,
  peer: PeerId,
  n: number,
): Uint32Array {
  const seed = suite.sha256(LABEL, root, fromHex(peer) ?? utf8(peer));
  const weights = new Uint32Array(n);
  for (let start = 0; start < n; start += WEIGHTS_PER_HASH) {
    const hash = suite.sha256(seed, Uint8Array.of(start / WEIGHTS_PER_HASH));
    const view = new DataView(hash.buffer, hash.byteOffset, hash.length);
    for (let i = 0; i < WEIGHTS_PER_HASH && start + i < n; i++) {
      weights[start + i] = view.getUint32(4 * i);
    }
  }
  return weights;
}

/** A place where a fragment could go. */
interface Pair {
  readonly weight: number;
  /** Position among the sorted peers. */
  readonly peer: number;
  readonly fragment: number;
}

/**
 * The ideal holder of every fragment: rendezvous hashing with bounded load, so that of N peers
 * each gets floor(n/N) or one more. Pairs of peer and fragment are taken from the highest weight
 * down; a pair counts when the fragment is free and the peer has room.
 * @param placed holders of fragments that stay where they are; they count as load of their peer
 * @returns the holder of fragment i at position i; depends only on the set of peers and `placed`
 */
export function idealHolders(
  suite: CryptoSuite,
  root: Uint8Array,
  peers: readonly PeerId[],
  n: number,
  placed: readonly (PeerId | undefined)[] = [],
): PeerId[] {
  const sorted = [...new Set(peers)].sort();
  const load = sorted.map((peer) => placed.filter((holder) => holder === peer).length);
  const least = Math.floor(n / sorted.length);
  let extras = (n % sorted.length) - load.filter((held) => held > least).length;
  const holders = Array.from({ length: n }, (_, index) => placed[index]);
  for (const { peer, fragment } of rankedPairs(suite, root, sorted, n)) {
    const held = load[peer] ?? 0;
    if (holders[fragment] !== undefined || held > least || (held === least && extras <= 0)) {
      continue;
    }
    if (held === least) extras--;
    load[peer] = held + 1;
    holders[fragment] = sorted[peer];
  }
  return holders.map((holder) => must(holder, "all peers together have room for all fragments"));
}

/** All pairs, highest weight first; ties by peer, then by fragment. */
function rankedPairs(
  suite: CryptoSuite,
  root: Uint8Array,
  sorted: readonly PeerId[],
  n: number,
): Pair[] {
  const pairs: Pair[] = [];
  for (const [peer, id] of sorted.entries()) {
    const weights = peerWeights(suite, root, id, n);
    for (const [fragment, weight] of weights.entries()) pairs.push({ weight, peer, fragment });
  }
  return pairs.sort((a, b) => b.weight - a.weight || a.peer - b.peer || a.fragment - b.fragment);
}

/** Peers in the order in which they are likely to hold fragments of an object. */
export function likelyHolders(
  suite: CryptoSuite,
  root: Uint8Array,
  peers: readonly PeerId[],
  n: number,
): PeerId[] {
  const best = (peer: PeerId): number =>
    peerWeights(suite, root, peer, n).reduce((most, weight) => Math.max(most, weight), 0);
  return peers
    .map((peer) => ({ peer, weight: best(peer) }))
    .sort((a, b) => b.weight - a.weight || (a.peer < b.peer ? -1 : 1))
    .map(({ peer }) => peer);
}
