import { equalBytes } from "../base/bytes.ts";
import type { StoreContext } from "./context.ts";
import type { Head } from "./head.ts";
import { HEDGE_MS, READ_AHEAD_STRIPES, SOURCE_REQUESTS_MAX } from "./limits.ts";
import { shardBytes, stripeCount } from "./manifest.ts";
import { HASH_BYTES, hashAt, leafHash, treeRoot } from "./merkle.ts";
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
  readonly shards: Map<number, Uint8Array>;
  readonly asked: Map<number, Asked>;
  /** Fragments that did not yield this stripe, by source. */
  readonly failed: Map<Source, Set<number>>;
}

/** The leaf list of a fragment, or the source that was asked for it. */
interface LeafList {
  leaves: Uint8Array | undefined;
  askedFrom: Source | undefined;
}

/**
 * Gathers k checked shards of every stripe, a few stripes ahead, from many holders at once. Who
 * gives a wrong shard is left; what is missing or late is asked for elsewhere.
 */
export class StripeFetcher {
  readonly #context: StoreContext;
  readonly #survey: Survey;
  readonly #head: Head;
  readonly #onStripe: () => void;
  readonly #window: Gathering[] = [];
  readonly #leafLists: Map<number, LeafList> = new Map();
  readonly #stripes: number;
  #nextStripe = 0;
  #progressAtMs: number;
  #isClosed = false;
  #isPumping = false;
  #pumpAgain = false;

  /** @param onStripe the first stripe of the window may be complete: look with `front` */
  constructor(context: StoreContext, survey: Survey, head: Head, onStripe: () => void) {
    this.#context = context;
    this.#survey = survey;
    this.#head = head;
    this.#onStripe = onStripe;
    this.#stripes = stripeCount(head.manifest);
    this.#progressAtMs = context.clock.monotonicMs();
  }

  /** When the last good shard came, in monotonic time. */
  get progressAtMs(): number {
    return this.#progressAtMs;
  }

  /** Whether a stripe lacks shards and nobody is asked for them. */
  get isStarved(): boolean {
    return this.#window.some((gathering) => !isFull(gathering, this.#k) && this.#lacks(gathering));
  }

  /** The next stripe in order, where k of its shards are there. */
  front():
    | { readonly stripe: number; readonly shards: ReadonlyMap<number, Uint8Array> }
    | undefined {
    const first = this.#window[0];
    return first !== undefined && isFull(first, this.#k) ? first : undefined;
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
    while (this.#pumpAgain && !this.#isClosed) {
      this.#pumpAgain = false;
      while (this.#window.length < READ_AHEAD_STRIPES && this.#nextStripe < this.#stripes) {
        const stripe = this.#nextStripe++;
        this.#window.push({ stripe, shards: new Map(), asked: new Map(), failed: new Map() });
      }
      for (const gathering of this.#window) this.#askFor(gathering);
    }
    this.#isPumping = false;
  }

  close(): void {
    this.#isClosed = true;
    this.#window.length = 0;
  }

  nextDeadlineMs(): number {
    const now = this.#context.clock.monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const gathering of this.#window) {
      if (isFull(gathering, this.#k)) continue;
      for (const { sinceMs } of gathering.asked.values()) {
        if (sinceMs + HEDGE_MS > now) next = Math.min(next, sinceMs + HEDGE_MS);
      }
    }
    return next;
  }

  tick(): void {
    this.pump();
  }

  get #k(): number {
    return this.#head.manifest.k;
  }

  /** How many more shards of a stripe to ask for; late ones do not count as asked. */
  #lacking(gathering: Gathering): number {
    const now = this.#context.clock.monotonicMs();
    let onTheWay = 0;
    for (const { sinceMs } of gathering.asked.values()) if (now < sinceMs + HEDGE_MS) onTheWay++;
    return this.#k - gathering.shards.size - onTheWay;
  }

  #lacks(gathering: Gathering): boolean {
    return gathering.shards.size + gathering.asked.size < this.#k;
  }

  #askFor(gathering: Gathering): void {
    let lacking = this.#lacking(gathering);
    if (lacking <= 0) return;
    for (const source of this.#survey.sources()) {
      for (const index of source.indices) {
        if (lacking <= 0 || this.#isClosed) return;
        if (source.outstanding >= SOURCE_REQUESTS_MAX) break;
        if (this.#mayAsk(gathering, source, index)) {
          lacking--;
          this.#ask(gathering, source, index);
        }
      }
    }
  }

  #mayAsk(gathering: Gathering, source: Source, index: number): boolean {
    if (index >= this.#head.manifest.n) return false;
    if (gathering.shards.has(index) || gathering.asked.has(index)) return false;
    if (gathering.failed.get(source)?.has(index) === true) return false;
    const list = this.#leafLists.get(index);
    // Until the leaf list is here, only its source may be asked: it answers in order.
    return list?.askedFrom === undefined || list.askedFrom === source;
  }

  #ask(gathering: Gathering, source: Source, index: number): void {
    if (!this.#leafLists.has(index)) this.#askLeaves(source, index);
    const asked = { source, sinceMs: this.#context.clock.monotonicMs() };
    gathering.asked.set(index, asked);
    source.shard(index, gathering.stripe, (shard) => {
      if (this.#isClosed) return;
      if (gathering.asked.get(index) === asked) gathering.asked.delete(index);
      if (shard === undefined) {
        markFailed(gathering, source, index);
        this.pump();
      } else {
        this.#take(gathering, source, index, shard);
      }
    });
  }

  #askLeaves(source: Source, index: number): void {
    const list: LeafList = { leaves: undefined, askedFrom: source };
    this.#leafLists.set(index, list);
    source.leaves(index, (leaves) => {
      list.askedFrom = undefined;
      if (leaves !== undefined && this.#isCommitted(index, leaves)) {
        list.leaves = leaves;
        return;
      }
      this.#leafLists.delete(index);
      source.indices.delete(index);
      if (leaves !== undefined) this.#blame(source);
    });
  }

  #isCommitted(index: number, leaves: Uint8Array): boolean {
    if (leaves.length !== this.#stripes * HASH_BYTES) return false;
    const committed = hashAt(this.#head.fragmentRoots, index);
    return equalBytes(treeRoot(this.#context.suite, leaves), committed);
  }

  #take(gathering: Gathering, source: Source, index: number, shard: Uint8Array): void {
    const leaves = this.#leafLists.get(index)?.leaves;
    if (leaves === undefined) {
      markFailed(gathering, source, index);
    } else if (!this.#isGood(gathering.stripe, leaves, shard)) {
      markFailed(gathering, source, index);
      this.#blame(source);
    } else if (!isFull(gathering, this.#k)) {
      gathering.shards.set(index, shard);
      this.#progressAtMs = this.#context.clock.monotonicMs();
    }
    this.pump();
    if (this.front() !== undefined) this.#onStripe();
  }

  #isGood(stripe: number, leaves: Uint8Array, shard: Uint8Array): boolean {
    if (shard.length !== shardBytes(this.#head.manifest, stripe)) return false;
    return equalBytes(leafHash(this.#context.suite, shard), hashAt(leaves, stripe));
  }

  /** Wrong bytes from a peer: it is left for this job. The disk here only loses the fragment. */
  #blame(source: Source): void {
    if (source.id === this.#context.self) return;
    this.#context.counters.badShards++;
    this.#context.log.warn("holder gave wrong bytes", { peer: source.id });
    for (const gathering of this.#window) forget(gathering, source);
    for (const [index, list] of this.#leafLists) {
      if (list.askedFrom === source) this.#leafLists.delete(index);
    }
    this.#survey.drop(source);
  }
}

function isFull(gathering: Gathering, k: number): boolean {
  return gathering.shards.size >= k;
}

/** A source that comes back is another one, so that it is asked again. */
function markFailed(gathering: Gathering, source: Source, index: number): void {
  const indices = gathering.failed.get(source) ?? new Set<number>();
  gathering.failed.set(source, indices.add(index));
}

/** What a dropped source was asked for will not come: others are asked instead. */
function forget(gathering: Gathering, source: Source): void {
  for (const [index, asked] of gathering.asked) {
    if (asked.source === source) gathering.asked.delete(index);
  }
}
