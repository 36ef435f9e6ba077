import { equalBytes } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { stripeCount } from "./geometry.ts";
import type { Head } from "./head.ts";
import { HASH_BYTES, hashAt, treeRoot } from "./merkle.ts";
import { checkRun, proofHashes, type Run } from "./multiproof.ts";
import type { Answer, Source } from "./source.ts";

/** Leaf hashes of a fragment, checked, from stripe `first` on. */
interface Leaves {
  readonly first: number;
  readonly hashes: Uint8Array;
}

/** Whoever gave something that is not the fragment's, or nothing. */
type Told = (source: Source, index: number, isWrong: boolean) => void;

/**
 * The leaf hashes that a reading checks shards by, and who was asked for them. Where only few of
 * many stripes are wanted, holders are asked for those with the hashes that lead from them to the
 * fragment's root; whole leaf lists come from those that do not give them, and to whoever reads most.
 */
export class LeafKnowledge {
  readonly #suite: CryptoSuite;
  readonly #head: Head;
  readonly #stripes: number;
  /** What all is wanted, where that is few of many. */
  readonly #run: Run | undefined;
  readonly #onRefused: Told;
  readonly #leaves: Map<number, Leaves> = new Map();
  readonly #asked: Map<number, Set<Source>> = new Map();

  /**
   * @param wanted numbers of the stripes that are read, ascending
   * @param onRefused a source gave no leaf hashes for a fragment, or wrong ones
   */
  constructor(suite: CryptoSuite, head: Head, wanted: readonly number[], onRefused: Told) {
    this.#suite = suite;
    this.#head = head;
    this.#stripes = stripeCount(head.manifest);
    this.#run = shortRun(wanted, this.#stripes);
    this.#onRefused = onRefused;
  }

  /** The leaf hash of a fragment in a stripe, or undefined where it is not known; a view. */
  at(index: number, stripe: number): Uint8Array | undefined {
    const leaves = this.#leaves.get(index);
    return leaves && hashAt(leaves.hashes, stripe - leaves.first);
  }

  /** Who owes the leaf hashes of a fragment; undefined: nobody. */
  askedFor(index: number): ReadonlySet<Source> | undefined {
    return this.#asked.get(index);
  }

  /** Asks a source for a fragment's leaf hashes, where they are not known and it does not owe them. */
  want(source: Source, index: number): void {
    const asked = this.#asked.get(index) ?? new Set();
    if (this.#leaves.has(index) || asked.has(source)) return;
    this.#asked.set(index, asked.add(source));
    const run = source.givesPaths ? this.#run : undefined;
    const take: Answer<Uint8Array> = (hashes) => this.#take(source, index, run, hashes);
    if (run === undefined) source.leaves(index, take);
    else source.paths(index, run, take);
  }

  /** A source will not answer any more. */
  forget(source: Source): void {
    for (const index of [...this.#asked.keys()]) this.#noLongerAsked(source, index);
  }

  #take(source: Source, index: number, run: Run | undefined, answer: Uint8Array | undefined): void {
    this.#noLongerAsked(source, index);
    const hashes = answer && this.#check(index, run, answer);
    if (hashes === undefined) this.#onRefused(source, index, answer !== undefined);
    else this.#leaves.set(index, { first: run?.first ?? 0, hashes });
  }

  #check(index: number, run: Run | undefined, answer: Uint8Array): Uint8Array | undefined {
    const root = hashAt(this.#head.fragmentRoots, index);
    if (run !== undefined) return checkRun(this.#suite, root, this.#stripes, run, answer);
    if (answer.length !== this.#stripes * HASH_BYTES) return undefined;
    return equalBytes(treeRoot(this.#suite, answer), root) ? answer : undefined;
  }

  #noLongerAsked(source: Source, index: number): void {
    const asked = this.#asked.get(index);
    asked?.delete(source);
    if (asked?.size === 0) this.#asked.delete(index);
  }
}

/** The stripes as one run, where proving them takes less than half of the hashes of all stripes. */
function shortRun(wanted: readonly number[], stripes: number): Run | undefined {
  const first = wanted[0] ?? 0;
  const run = { first, count: (wanted.at(-1) ?? first) - first + 1 };
  if (2 * run.count >= stripes) return undefined;
  return 2 * proofHashes(stripes, run) < stripes ? run : undefined;
}
