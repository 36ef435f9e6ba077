import { WindowedLeast } from "../base/windowed-least.ts";
import {
  COST_MAX,
  COST_ROUND_TRIP_MS,
  COST_ROUND_TRIPS,
  PROBES_OUTSTANDING_MAX,
  YOUNG_PROBE_MS,
  YOUNG_PROBES,
} from "./limits.ts";

/** What a hop costs before anything else, in the unit of one millisecond of round trip. */
const HOP_COST = 24;
/** Weight of the newest probe in the delivery ratio: by the time it stands for, within bounds. */
const RATIO_GAIN_MAX = 1 / 8;
const RATIO_GAIN_MIN = 1 / 64;
const RATIO_MEMORY_MS = 40_000;
/** What the reckoning of a handshake may have added to its round trip, in milliseconds. */
const HANDSHAKE_RECKONING_MS = 20;
/** The first probes, of which each tells much about how likely the next one is to arrive. */
const TELLING_PROBES = 2 * YOUNG_PROBES;
/** Probes closer than that are a burst: what one of them met, the next one mostly meets as well. */
const BURST_MS = YOUNG_PROBE_MS / 2;
/** Steps of the cost scale per doubling: neighbouring values are 9 % apart. */
const STEPS_PER_DOUBLING = 8;

/**
 * What a link is worth, learned from probes: round trip after RFC 6298, delivery ratio as a
 * moving average over probes.
 *
 * cost = (24 + shortest of the last round trips in ms) / delivery ratio, then rounded to the nearest 2^(k/8).
 * The last ones are eight, and all of a minute or two: a queue that traffic makes is no longer way,
 * and a network whose costs follow its load moves traffic to and fro for ever.
 * The division is the expected number of transmissions (ETX, De Couto 2003: a probe and its
 * echo must both arrive); the constant makes one hop on a quiet LAN 24, so that a millisecond
 * never makes two hops look better than one. Values: LAN 25, 50 ms 76, 300 ms 332.
 */
export class LinkEstimator {
  #smoothedMs = Number.NaN;
  #varianceMs = 0;
  #guessed = false;
  /** For the cost, before there is a sample. */
  #assumedMs = 0;
  #ratio = 1;
  #livingRatio = 1;
  /** What the living ratio was before the suspicion that stands. */
  #earlierRatio = 1;
  /** When the last suspicion ended; Infinity while one stands. */
  #resumedAtMs = Number.NEGATIVE_INFINITY;
  /** Probes that left earlier met a neighbour that was gone, so that they say nothing of losses. */
  #livingFromMs = Number.NEGATIVE_INFINITY;
  /** The round trip and its deviation before samples that a suspicion may have made long. */
  #certainMs = Number.NaN;
  #certainVarianceMs = Number.NaN;
  readonly #gains: Float64Array = new Float64Array(PROBES_OUTSTANDING_MAX);
  readonly #livingGains: Float64Array = new Float64Array(PROBES_OUTSTANDING_MAX);
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  readonly #ids: Float64Array = new Float64Array(PROBES_OUTSTANDING_MAX).fill(-1);
  readonly #sentAtMs: Float64Array = new Float64Array(PROBES_OUTSTANDING_MAX);
  #nextId = 0;
  #settled = 0;
  readonly #recentMs: Float64Array = new Float64Array(COST_ROUND_TRIPS).fill(Number.NaN);
  #samples = 0;
  readonly #lately: WindowedLeast = new WindowedLeast(COST_ROUND_TRIP_MS);
  /** The cost before it is rounded to steps, and after, as it was asked for last. */
  #rawCost = Number.NaN;
  #steppedCost = 0;

  /** Smoothed round trip; NaN before the first sample. */
  get roundTripMs(): number {
    return this.#smoothedMs;
  }

  /** Share of probes answered lately, 0 … 1. */
  get deliveryRatio(): number {
    return this.#ratio;
  }

  /** The same without what was lost while the neighbour was gone: what a single probe may hope for. */
  get livingRatio(): number {
    return this.#livingRatio;
  }

  /** When the last suspicion ended; Infinity while one stands. Earlier probes may have been held up. */
  get resumedAtMs(): number {
    return this.#resumedAtMs;
  }

  /** Probes whose outcome is known. */
  get probesSettled(): number {
    return this.#settled;
  }

  /** Whether something, but so little is known that a lower cost than before is news, not a change. */
  get isYoung(): boolean {
    return this.#samples > 0 && this.#settled <= YOUNG_PROBES;
  }

  /** Round trip for waits: the smoothed one, or 0 where none is known. */
  get knownRoundTripMs(): number {
    return Number.isNaN(this.#smoothedMs) ? 0 : this.#smoothedMs;
  }

  /** Mean deviation of the round trip; 0 before the first sample. */
  get varianceMs(): number {
    return this.#varianceMs;
  }

  /** When to believe that something sent is lost, 50 … 2,000 ms. */
  get retransmitMs(): number {
    if (Number.isNaN(this.#smoothedMs)) return 250;
    const wait = this.#smoothedMs + Math.max(10, 4 * this.#varianceMs);
    return Math.min(2_000, Math.max(50, wait));
  }

  /** Cost of the link, 1 … 4095. */
  get cost(): number {
    const raw = (HOP_COST + this.#shortestMs) / Math.max(this.#ratio, 0.01);
    // It is asked for at each look at a neighbour, and powers take longer than all the rest.
    if (raw === this.#rawCost) return this.#steppedCost;
    const step = Math.round(Math.log2(raw) * STEPS_PER_DOUBLING) / STEPS_PER_DOUBLING;
    this.#rawCost = raw;
    this.#steppedCost = Math.max(1, Math.min(COST_MAX, Math.round(2 ** step)));
    return this.#steppedCost;
  }

  /**
   * Takes a first guess, from the handshake: its reckoning is in it, so one sample replaces it. It stays
   * a bound for the cost: a link in use from its start on has no round trip without a queue.
   */
  guess(roundTripMs: number, nowMs: number): void {
    this.#take(roundTripMs);
    this.#guessed = true;
    this.#assumedMs = Math.max(0, roundTripMs - HANDSHAKE_RECKONING_MS);
    this.#lately.add(roundTripMs, nowMs);
  }

  /** The link takes the place of an earlier one along the same way: what is known of that goes on. */
  continueFrom(earlier: LinkEstimator): void {
    if (earlier.#samples === 0) return;
    this.#smoothedMs = earlier.#smoothedMs;
    this.#varianceMs = earlier.#varianceMs;
    this.#guessed = earlier.#guessed;
    this.#ratio = earlier.#ratio;
    const isSuspect = earlier.#resumedAtMs === Number.POSITIVE_INFINITY;
    this.#livingRatio = isSuspect ? earlier.#earlierRatio : earlier.#livingRatio;
    this.#settled = earlier.#settled;
    this.#recentMs.set(earlier.#recentMs);
    this.#samples = earlier.#samples;
    this.#lately.copy(earlier.#lately);
  }

  /** Takes one measured round trip. */
  sample(roundTripMs: number, nowMs: number): void {
    this.#weigh(roundTripMs, nowMs - roundTripMs < this.#resumedAtMs);
    this.#recentMs[this.#samples % COST_ROUND_TRIPS] = roundTripMs;
    this.#samples += 1;
    this.#lately.add(roundTripMs, nowMs);
    this.#take(roundTripMs);
  }

  /** The neighbour counts as silent: what is under way may be held up until that ends. */
  suspected(): void {
    this.#earlierRatio = this.#livingRatio;
    this.#resumedAtMs = Number.POSITIVE_INFINITY;
  }

  /** It is heard again; `wasGone`: it was not only slow to answer. */
  resumed(nowMs: number, wasGone: boolean): void {
    this.#resumedAtMs = nowMs;
    if (!wasGone) return;
    this.#livingRatio = this.#earlierRatio;
    this.#livingFromMs = nowMs;
  }

  /** The neighbour is somewhere else: what the way took before says little of it. */
  moved(): void {
    this.#lately.reset();
  }

  /** For the cost: rises only once all of the last round trips have been longer. */
  get #shortestMs(): number {
    if (this.#samples === 0) return this.#assumedMs;
    let shortestMs = this.#lately.least;
    for (const each of this.#recentMs) if (each < shortestMs) shortestMs = each;
    return shortestMs === Number.POSITIVE_INFINITY ? 0 : shortestMs;
  }

  /**
   * A probe that was under way through a suspicion tells of a longer way, or that the system kept
   * it while the cable was out (its neighbour discovery does). The first one after it shows which.
   */
  #weigh(roundTripMs: number, isDoubtful: boolean): void {
    if (isDoubtful && Number.isNaN(this.#certainMs)) {
      this.#certainMs = this.#smoothedMs;
      this.#certainVarianceMs = this.#varianceMs;
    }
    if (isDoubtful || Number.isNaN(this.#certainMs)) return;
    if (roundTripMs < this.#smoothedMs / 2) {
      this.#smoothedMs = this.#certainMs;
      this.#varianceMs = this.#certainVarianceMs;
    }
    this.#certainMs = Number.NaN;
  }

  #take(roundTripMs: number): void {
    if (this.#guessed || Number.isNaN(this.#smoothedMs)) {
      this.#guessed = false;
      this.#smoothedMs = roundTripMs;
      this.#varianceMs = roundTripMs / 2;
      return;
    }
    const off = Math.abs(this.#smoothedMs - roundTripMs);
    this.#varianceMs = 0.75 * this.#varianceMs + 0.25 * off;
    this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * roundTripMs;
  }

  /** Number for a probe that leaves now; probes never answered count as lost. */
  probeSent(nowMs: number): number {
    const patienceMs = Math.max(1_000, 4 * this.knownRoundTripMs);
    for (let slot = 0; slot < PROBES_OUTSTANDING_MAX; slot++) {
      const waiting = (this.#ids[slot] ?? -1) >= 0;
      if (waiting && nowMs - (this.#sentAtMs[slot] ?? 0) >= patienceMs) this.#settle(slot, 0);
    }
    const id = this.#nextId;
    this.#nextId = (id + 1) % 0x1_0000_0000;
    const slot = id % PROBES_OUTSTANDING_MAX;
    if ((this.#ids[slot] ?? -1) >= 0) this.#settle(slot, 0);
    this.#ids[slot] = id;
    this.#sentAtMs[slot] = nowMs;
    // Many probes in a short time say little more than one, so each of them weighs less.
    const sinceMs = nowMs - this.#lastSentAtMs;
    const share = sinceMs / RATIO_MEMORY_MS;
    const gain = Math.min(RATIO_GAIN_MAX, Math.max(RATIO_GAIN_MIN, share));
    this.#gains[slot] = gain;
    const isTelling = this.#settled < TELLING_PROBES && sinceMs >= BURST_MS;
    this.#livingGains[slot] = isTelling ? RATIO_GAIN_MAX : gain;
    this.#lastSentAtMs = nowMs;
    return id;
  }

  /** The echo of a probe came back: when it was sent; unknown numbers change nothing. */
  echoed(id: number, nowMs: number): number | undefined {
    const slot = id % PROBES_OUTSTANDING_MAX;
    if (this.#ids[slot] !== id) return undefined;
    this.#settle(slot, 1);
    const sentAtMs = this.#sentAtMs[slot] ?? nowMs;
    this.sample(nowMs - sentAtMs, nowMs);
    return sentAtMs;
  }

  #settle(slot: number, outcome: 0 | 1): void {
    this.#ids[slot] = -1;
    this.#settled += 1;
    this.#ratio += (this.#gains[slot] ?? 0) * (outcome - this.#ratio);
    if ((this.#sentAtMs[slot] ?? 0) < this.#livingFromMs) return;
    this.#livingRatio += (this.#livingGains[slot] ?? 0) * (outcome - this.#livingRatio);
  }
}
