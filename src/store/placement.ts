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

/** What is known of the peers among which fragments are placed; without it all are equal. */
export interface PlacementRules {
  /** How much more a peer with a larger one is given, above 0. */
  weight(peer: PeerId): number;
  /** What a peer may fail together with. */
  groups(peer: PeerId): readonly string[];
  /** Fragments that may fail together, where there are groups enough. */
  readonly groupMax: number;
  /** Peers near to this one, this one among them, that should have `nearMin` together. */
  readonly near: ReadonlySet<PeerId>;
  readonly nearMin: number;
}

/** A place where a fragment could go. */
interface Pair {
  readonly score: number;
  readonly weight: number;
  /** Position among the sorted peers. */
  readonly peer: number;
  readonly fragment: number;
}

/** How strictly a round of placing goes by its bounds. */
interface Round {
  /** Times the even share that a peer may have. */
  readonly share: number;
  readonly isCapped: boolean;
  /** Only near peers, until they have enough. */
  readonly isNear?: boolean;
  /** What may fail together has what it may have in even shares, so that nobody of it goes without. */
  readonly isEven?: boolean;
  /** Only peers that have nothing yet. */
  readonly isFirst?: boolean;
}

const EQUAL_ROUNDS: readonly Round[] = [
  { share: 1, isCapped: false },
  { share: Number.POSITIVE_INFINITY, isCapped: false },
];
/**
 * Even shares and groups within bounds; then uneven shares; then groups beyond theirs, those of them
 * first who have nothing.
 */
const ROUNDS: readonly Round[] = [
  { share: 1, isCapped: true, isNear: true, isEven: true },
  { share: 1, isCapped: true, isEven: true },
  { share: 1, isCapped: true, isNear: true },
  { share: 1, isCapped: true },
  { share: 2, isCapped: true },
  { share: 1, isCapped: false, isFirst: true },
  ...EQUAL_ROUNDS,
];

/**
 * The ideal holder of every fragment: rendezvous hashing with bounded load, so that of N peers
 * each gets floor(n/N) or one more. Pairs of peer and fragment are taken from the highest weight
 * down; a pair counts when the fragment is free and the peer, and every group it belongs to, have
 * room. The peers of a group first get equal parts of what it may have. Where groups are too few or too unlike in size for that, some peers get up to twice their
 * share, and only what is left then goes over a group's bound.
 * @param placed holders of fragments that stay where they are; they count as load of their peer
 * @param rules what is known of the peers; weighted as in Schindelhauer and Schomaker 2005
 * @returns the holder of fragment i at position i; depends only on peers, `placed` and `rules`
 */
export function idealHolders(
  suite: CryptoSuite,
  root: Uint8Array,
  peers: readonly PeerId[],
  n: number,
  placed: readonly (PeerId | undefined)[] = [],
  rules?: PlacementRules,
): PeerId[] {
  const sorted = [...new Set(peers)].sort();
  const pairs = rankedPairs(suite, root, sorted, n, rules);
  const placing = new Placing(sorted, n, placed, rules);
  for (const round of rules === undefined ? EQUAL_ROUNDS : ROUNDS) {
    for (const pair of pairs) placing.offer(pair, round);
  }
  return placing.holders.map((holder) =>
    must(holder, "all peers together have room for all fragments"),
  );
}

/** Fragments that find their holders, one pair after the other. */
class Placing {
  readonly holders: (PeerId | undefined)[];
  readonly #sorted: readonly PeerId[];
  readonly #rules: PlacementRules | undefined;
  readonly #load: number[];
  readonly #groups: readonly (readonly string[])[];
  readonly #groupLoad = new Map<string, number>();
  readonly #groupSizes = new Map<string, number>();
  readonly #groupMax: number;
  readonly #least: number;
  #extras: number;
  #nearLoad = 0;

  constructor(
    sorted: readonly PeerId[],
    n: number,
    placed: readonly (PeerId | undefined)[],
    rules: PlacementRules | undefined,
  ) {
    this.#sorted = sorted;
    this.#rules = rules;
    this.holders = Array.from({ length: n }, (_, index) => placed[index]);
    this.#load = sorted.map((peer) => placed.filter((holder) => holder === peer).length);
    this.#least = Math.floor(n / sorted.length);
    this.#extras = (n % sorted.length) - this.#load.filter((held) => held > this.#least).length;
    this.#groups = sorted.map((peer) => rules?.groups(peer) ?? []);
    for (const group of this.#groups.flat()) {
      this.#groupSizes.set(group, (this.#groupSizes.get(group) ?? 0) + 1);
    }
    this.#groupMax = Math.max(rules?.groupMax ?? n, Math.ceil(n / countApart(this.#groups)));
    for (const holder of this.holders) if (holder !== undefined) this.#count(holder);
  }

  /** Takes a pair where it fits. */
  offer({ peer, fragment }: Pair, round: Round): void {
    const holder = this.#sorted[peer];
    if (holder === undefined || this.holders[fragment] !== undefined) return;
    if (!this.#hasRoom(peer, round.share)) return;
    if (round.isCapped && this.#isOverCap(peer)) return;
    if (round.isEven === true && this.#hasEvenShare(peer)) return;
    if (round.isFirst === true && (this.#load[peer] ?? 0) > 0) return;
    if (round.isNear === true && !this.#isNearWanted(holder)) return;
    const held = this.#load[peer] ?? 0;
    if (held === this.#least) this.#extras--;
    this.#load[peer] = held + 1;
    this.holders[fragment] = holder;
    this.#count(holder);
  }

  #hasRoom(peer: number, share: number): boolean {
    const held = this.#load[peer] ?? 0;
    if (share > 1) return held < share * (this.#least + 1);
    return held < this.#least || (held === this.#least && this.#extras > 0);
  }

  #isOverCap(peer: number): boolean {
    const groups = this.#groups[peer] ?? [];
    return groups.some((group) => (this.#groupLoad.get(group) ?? 0) >= this.#groupMax);
  }

  #hasEvenShare(peer: number): boolean {
    const held = this.#load[peer] ?? 0;
    const groups = this.#groups[peer] ?? [];
    return groups.some((group) => {
      return held >= Math.floor(this.#groupMax / (this.#groupSizes.get(group) ?? 1));
    });
  }

  #isNearWanted(holder: PeerId): boolean {
    const { near, nearMin } = this.#rules ?? { near: new Set<PeerId>(), nearMin: 0 };
    return this.#nearLoad < nearMin && near.has(holder);
  }

  #count(holder: PeerId): void {
    if (this.#rules?.near.has(holder) === true) this.#nearLoad++;
    for (const group of this.#rules?.groups(holder) ?? []) {
      this.#groupLoad.set(group, (this.#groupLoad.get(group) ?? 0) + 1);
    }
  }
}

/**
 * How many peers there are at least of which no two may fail together. Not how many groups: those
 * may have peers in common, as a person and a network have.
 */
function countApart(groups: readonly (readonly string[])[]): number {
  const taken = new Set<string>();
  let count = 0;
  for (const ofPeer of groups) {
    if (ofPeer.some((group) => taken.has(group))) continue;
    for (const group of ofPeer) taken.add(group);
    count++;
  }
  return Math.max(1, count);
}

/** All pairs, highest score first; ties by peer, then by fragment. */
function rankedPairs(
  suite: CryptoSuite,
  root: Uint8Array,
  sorted: readonly PeerId[],
  n: number,
  rules: PlacementRules | undefined,
): Pair[] {
  const pairs: Pair[] = [];
  for (const [peer, id] of sorted.entries()) {
    const share = rules?.weight(id) ?? 1;
    for (const [fragment, weight] of peerWeights(suite, root, id, n).entries()) {
      const score = Math.log((weight + 0.5) / 2 ** 32) / share;
      pairs.push({ score, weight, peer, fragment });
    }
  }
  return pairs.sort(
    (a, b) =>
      b.score - a.score || b.weight - a.weight || a.peer - b.peer || a.fragment - b.fragment,
  );
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
