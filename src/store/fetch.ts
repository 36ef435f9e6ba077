import { equalBytes } from "../base/bytes.ts";
import type { StoreContext } from "./context.ts";
import { kOf, shardBytes } from "./geometry.ts";
import type { Head } from "./head.ts";
import { LeafKnowledge } from "./leaf-knowledge.ts";
import { HEDGE_MS, READ_AHEAD_STRIPES, REPAIR_HEDGE_MS, SOURCE_REQUESTS_MAX } from "./limits.ts";
import { leafHash } from "./merkle.ts";
import type { Source } from "./source.ts";
import type { Survey } from "./survey.ts";

/** A shard that was asked for. */
interface Asked {
  readonly source: Source;
  readonly sinceMs: number;
}

/** A stripe whose shards are being gathered. */
interface Gathering {
  readonly stripe: number;
  /** Shards that it takes. */
  readonly k: number;
  readonly shards: Map<number, Uint8Array>;
  readonly asked: Map<number, Asked>;
  /** Fragments that did not yield this stripe, by source. */
  readonly failed: Map<Source, Set<number>>;
}

/** What is gathered, and how. */
export interface FetchOptions {
  /** Numbers of the stripes, in the order in which they are wanted. */
  readonly wanted: readonly number[];
  /** Fragments that are used; undefined: all of them. */
  readonly only: ReadonlySet<number> | undefined;
  /** Somebody waits for the first bytes of a part: they do not share the line with what comes later. */
  readonly isPart: boolean;
  /** Nobody waits: what is late is asked for elsewhere only after long. */
  readonly isPatient: boolean;
}

const NOBODY: ReadonlySet<Source> = new Set();

/**
 * Gathers k checked shards of every stripe, a few stripes ahead, from many holders at once. Who
 * gives a wrong shard is left; what is missing or late is asked for elsewhere. A source answers
 * in the order of the questions, so others alone can stand in for what one is late with.
 */
export class StripeFetcher {
  readonly #context: StoreContext;
  readonly #survey: Survey;
  readonly #head: Head;
  readonly #onStripe: () => void;
  readonly #window: Gathering[] = [];
  readonly #leaves: LeafKnowledge;
  readonly #wanted: readonly number[];
  readonly #isPatient: boolean;
  /** Stripes that are gathered at a time. */
  #windowStripes: number;
  readonly #only: ReadonlySet<number> | undefined;
  #next = 0;
  /** When it was last seen who is late: what was due before that has had its turn. */
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #progressAtMs: number;
  #isLacking = false;
  #isStarved = false;
  #isClosed = false;
  #isPumping = false;
  #pumpAgain = false;

  /**
   * @param onStripe the first stripe of the window may be complete: look with `front`
   */
  constructor(
    context: StoreContext,
    survey: Survey,
    head: Head,
    options: FetchOptions,
    onStripe: () => void,
  ) {
    this.#context = context;
    this.#survey = survey;
    this.#head = head;
    this.#onStripe = onStripe;
    this.#wanted = options.wanted;
    this.#leaves = new LeafKnowledge(
      context.suite,
      head,
      options.wanted,
      (source, index, isWrong) => {
        source.indices.delete(index);
        if (isWrong) this.#blame(source);
      },
    );
    this.#isPatient = options.isPatient;
    this.#windowStripes = options.isPart ? 1 : READ_AHEAD_STRIPES;
    this.#only = options.only;
    this.#progressAtMs = context.clock.monotonicMs();
  }

  /** When the last good shard came, in monotonic time. */
  get progressAtMs(): number {
    return this.#progressAtMs;
  }

  /** Whether some stripe cannot be had from the sources that are not stalled. */
  get isLacking(): boolean {
    return this.#isLacking;
  }

  /** Whether some stripe cannot be had even if all sources gave all that they owe and have. */
  get isStarved(): boolean {
    return this.#isStarved;
  }

  /** The next stripe in order, where k of its shards are there. */
  front():
    | { readonly stripe: number; readonly shards: ReadonlyMap<number, Uint8Array> }
    | undefined {
    const first = this.#window[0];
    return first !== undefined && isFull(first) ? first : undefined;
  }

  /** The first stripe is dealt with; its shards go and a later stripe moves in. */
  shift(): void {
    this.#window.shift();
    this.pump();
  }

  /** Asks for what is missing; call it whenever sources have changed. */
  pump(): void {
    // Answers from the disk here or a closed stream may come while asking: then go round again.
    this.#pumpAgain = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#lookedAtMs = this.#context.clock.monotonicMs();
    while (this.#pumpAgain && !this.#isClosed) {
      this.#pumpAgain = false;
      this.#fillWindow();
      const stalled = this.#stalled();
      for (const gathering of this.#window) this.#askFor(gathering, stalled);
    }
    this.#isPumping = false;
    this.#judge();
  }

  #fillWindow(): void {
    const [first] = this.#window;
    // Half of its shards are still under way, so the line does not fall idle meanwhile.
    if (first !== undefined && 2 * first.shards.size >= first.k)
      this.#windowStripes = READ_AHEAD_STRIPES;
    while (this.#window.length < this.#windowStripes) {
      const stripe = this.#wanted[this.#next];
      if (stripe === undefined) return;
      this.#next++;
      const k = kOf(this.#head.manifest, stripe);
      this.#window.push({ stripe, k, shards: new Map(), asked: new Map(), failed: new Map() });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#window.length = 0;
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    // Whoever asks does so also when it is due: what is past counts until somebody has looked.
    const consider = (atMs: number): void => {
      if (atMs > this.#lookedAtMs) next = Math.min(next, atMs);
    };
    for (const gathering of this.#window) {
      if (isFull(gathering)) continue;
      for (const { sinceMs } of gathering.asked.values()) consider(sinceMs + this.#hedgeMs);
    }
    for (const source of this.#isPatient ? [] : this.#survey.sources()) {
      consider(source.stallsAtMs());
    }
    return next;
  }

  tick(): void {
    this.pump();
  }

  get #hedgeMs(): number {
    return this.#isPatient ? REPAIR_HEDGE_MS : HEDGE_MS;
  }

  /** Sources that owe answers and have been silent for a while. */
  #stalled(): ReadonlySet<Source> {
    // Who stays silent is left by its own clock; only readers pass it over before that.
    if (this.#isPatient) return NOBODY;
    const now = this.#context.clock.monotonicMs();
    const stalled = new Set<Source>();
    for (const source of this.#survey.sources()) {
      if (source.stallsAtMs() <= now) stalled.add(source);
    }
    return stalled;
  }

  #counts(index: number): boolean {
    return index < this.#head.manifest.nMax && (this.#only?.has(index) ?? true);
  }

  /** What the first stripe that lacks some has or can get, and how many fragments it takes. */
  withinReach(): { readonly found: ReadonlySet<number>; readonly needed: number } {
    for (const gathering of this.#window) {
      const found = this.#withinReachOf(gathering, NOBODY);
      if (found.size < gathering.k) return { found, needed: gathering.k };
    }
    const found = new Set([...this.#survey.available()].filter((index) => this.#counts(index)));
    return { found, needed: this.#window[0]?.k ?? 0 };
  }

  /** Sees whether the sources suffice for every stripe. */
  #judge(): void {
    const stalled = this.#stalled();
    const cannot = (without: ReadonlySet<Source>): boolean =>
      this.#window.some((each) => this.#withinReachOf(each, without).size < each.k);
    this.#isLacking = cannot(stalled);
    this.#isStarved = this.#isLacking && cannot(NOBODY);
  }

  /** Fragments that a stripe has or can get from others than these; stops counting at k. */
  #withinReachOf(gathering: Gathering, without: ReadonlySet<Source>): ReadonlySet<number> {
    const found = new Set(gathering.shards.keys());
    for (const [index, { source }] of gathering.asked) if (!without.has(source)) found.add(index);
    for (const source of this.#survey.sources()) {
      if (found.size >= gathering.k) break;
      if (without.has(source)) continue;
      const failed = gathering.failed.get(source);
      for (const index of source.indices) {
        if (this.#counts(index) && failed?.has(index) !== true) found.add(index);
      }
    }
    return found;
  }

  #askFor(gathering: Gathering, stalled: ReadonlySet<Source>): void {
    if (isFull(gathering)) return;
    forgetFailures(gathering);
    const late = this.#late(gathering, stalled);
    let onTheWay = 0;
    for (const { source } of gathering.asked.values()) if (!late.has(source)) onTheWay++;
    this.#askSome(gathering, late, false, gathering.k - gathering.shards.size - onTheWay);
    this.#askSome(
      gathering,
      late,
      true,
      gathering.k - gathering.shards.size - gathering.asked.size,
    );
  }

  /** Sources that others should stand in for. */
  #late(gathering: Gathering, stalled: ReadonlySet<Source>): ReadonlySet<Source> {
    const now = this.#context.clock.monotonicMs();
    const late = new Set(stalled);
    for (const { source, sinceMs } of gathering.asked.values()) {
      if (now >= sinceMs + this.#hedgeMs) late.add(source);
    }
    return late;
  }

  /** Asks for up to `count` shards, those that are late or all that are not. */
  #askSome(gathering: Gathering, late: ReadonlySet<Source>, isLate: boolean, count: number): void {
    let lacking = count;
    for (const source of this.#survey.sources()) {
      if (late.has(source) !== isLate) continue;
      for (const index of source.indices) {
        if (lacking <= 0 || this.#isClosed) return;
        if (source.outstanding >= SOURCE_REQUESTS_MAX) break;
        if (this.#mayAsk(gathering, source, index, late)) {
          lacking--;
          this.#ask(gathering, source, index);
        }
      }
    }
  }

  #mayAsk(gathering: Gathering, source: Source, index: number, late: ReadonlySet<Source>): boolean {
    if (!this.#counts(index) || gathering.shards.has(index)) return false;
    if (gathering.failed.get(source)?.has(index) === true) return false;
    const asked = gathering.asked.get(index)?.source;
    if (asked !== undefined && (late.has(source) || !late.has(asked))) return false;
    const leavesFrom = this.#leaves.askedFor(index);
    if (leavesFrom === undefined || leavesFrom.has(source)) return true;
    // Until the leaf hashes are here, only its source may be asked, for that answers in order.
    for (const other of leavesFrom) if (!late.has(other)) return false;
    return true;
  }

  #ask(gathering: Gathering, source: Source, index: number): void {
    this.#leaves.want(source, index);
    const asked = { source, sinceMs: this.#context.clock.monotonicMs() };
    gathering.asked.set(index, asked);
    source.shard(index, gathering.stripe, (shard) => {
      if (this.#isClosed) return;
      if (gathering.asked.get(index) === asked) gathering.asked.delete(index);
      if (shard === undefined) {
        markFailed(gathering, source, index);
        this.#survey.seek();
        this.pump();
      } else {
        this.#take(gathering, source, index, shard);
      }
    });
  }

  #take(gathering: Gathering, source: Source, index: number, shard: Uint8Array): void {
    const leaf = this.#leaves.at(index, gathering.stripe);
    if (leaf === undefined) {
      markFailed(gathering, source, index);
    } else if (!this.#isGood(gathering.stripe, leaf, shard)) {
      markFailed(gathering, source, index);
      this.#blame(source);
    } else if (!isFull(gathering)) {
      gathering.shards.set(index, shard);
      this.#progressAtMs = this.#context.clock.monotonicMs();
    }
    this.pump();
    if (this.front() !== undefined) this.#onStripe();
  }

  #isGood(stripe: number, leaf: Uint8Array, shard: Uint8Array): boolean {
    if (shard.length !== shardBytes(this.#head.manifest, stripe)) return false;
    return equalBytes(leafHash(this.#context.suite, shard), leaf);
  }

  /** Wrong bytes from a peer: it is left for this job. The disk here only loses the fragment. */
  #blame(source: Source): void {
    if (source.id === this.#context.self) return;
    this.#context.counters.badShards++;
    this.#context.log.warn("holder gave wrong bytes", { peer: source.id });
    for (const gathering of this.#window) forget(gathering, source);
    this.#leaves.forget(source);
    this.#survey.drop(source);
  }
}

function isFull(gathering: Gathering): boolean {
  return gathering.shards.size >= gathering.k;
}

/** A source that comes back is another one, so that it is asked again. */
function markFailed(gathering: Gathering, source: Source, index: number): void {
  const indices = gathering.failed.get(source) ?? new Set<number>();
  gathering.failed.set(source, indices.add(index));
}

/** What a source no longer says that it has may come back to it and be asked for again. */
function forgetFailures(gathering: Gathering): void {
  for (const [source, indices] of gathering.failed) {
    for (const index of indices) if (!source.indices.has(index)) indices.delete(index);
  }
}

/** What a dropped source was asked for will not come: others are asked instead. */
function forget(gathering: Gathering, source: Source): void {
  for (const [index, asked] of gathering.asked) {
    if (asked.source === source) gathering.asked.delete(index);
  }
}
