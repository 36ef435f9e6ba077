import { byteName } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import { RunKeys } from "./layer-keys.ts";
import { ONION_RUN_MS, ONION_RUN_USES_MAX, ONION_RUNS_MAX } from "./limits.ts";
import { type OnionHop, wayKey, wrapMarkedOnion, wrapOnion } from "./onion.ts";

const MARKS = 256;

/** A key that is used again for a while. */
interface Run {
  readonly publicKey: Uint8Array;
  readonly secrets: readonly Uint8Array[];
  readonly untilMs: number;
  /** Once it was used again. */
  keys: readonly RunKeys[] | undefined;
  readonly used: Set<number>;
}

/**
 * Wraps onions of payments that follow each other over one way with one key, so that neither the payer nor any hop
 * computes X25519 for each. Hops on that way can tell that these are of one payer: for ONION_RUN_MS and
 * ONION_RUN_USES_MAX payments, not beyond. Over two ways there is never one key.
 */
export class OnionRuns {
  readonly #suite: CryptoSuite;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #runs = new Map<string, Run>();

  constructor(suite: CryptoSuite, random: Random, clock: Clock) {
    this.#suite = suite;
    this.#random = random;
    this.#clock = clock;
  }

  /**
   * An onion as of `wrapOnion`, or as of `wrapMarkedOnion` where the way was used a moment ago.
   * @param isApart with a key of its own: where one of a run may be what somebody on the way cannot read
   */
  wrap(hops: readonly OnionHop[], isApart: boolean): Uint8Array {
    const [suite, random] = [this.#suite, this.#random];
    if (isApart) return wrapOnion(suite, random, hops);
    const way = hops.map(({ dhKey }) => byteName(dhKey)).join("");
    const run = this.#runs.get(way);
    const nowMs = this.#clock.monotonicMs();
    this.#forgetOver(nowMs);
    if (run !== undefined && nowMs < run.untilMs && run.used.size < ONION_RUN_USES_MAX - 1) {
      run.keys ??= run.secrets.map((shared) => new RunKeys(suite, shared));
      return wrapMarkedOnion(run.publicKey, run.keys, this.#freshMark(run), hops);
    }
    const key = wayKey(suite, random, hops);
    this.#keep(way, { ...key, untilMs: nowMs + ONION_RUN_MS, keys: undefined, used: new Set() });
    return wrapOnion(suite, random, hops, key);
  }

  /** Drawn, not counted: it shall not say how many there were before. */
  #freshMark({ used }: Run): number {
    let mark = (this.#random.bytes(1)[0] ?? 0) % MARKS;
    while (used.has(mark)) mark = (mark + 1) % MARKS;
    used.add(mark);
    return mark;
  }

  /** The secrets of runs that are over are of no more use; the oldest come first. */
  #forgetOver(nowMs: number): void {
    for (const [way, { untilMs }] of this.#runs) {
      if (nowMs < untilMs) return;
      this.#runs.delete(way);
    }
  }

  #keep(way: string, run: Run): void {
    this.#runs.delete(way);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size >= ONION_RUNS_MAX && oldest !== undefined) this.#runs.delete(oldest);
    this.#runs.set(way, run);
  }
}
