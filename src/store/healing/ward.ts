import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import type { Survey } from "../survey.ts";
import type { DeadAfter } from "./absences.ts";
import {
  CLAIM_MAX_MS,
  CLAIMS_HONOURED_MAX,
  DEAD_MAX_MS,
  DEAD_MIN_MS,
  DEAD_UNKNOWN_MS,
  HEAL_RETRY_MAX_MS,
  HEAL_RETRY_MS,
  HEAL_TURN_MS,
} from "./limits.ts";
import { rankOf } from "./order.ts";
import { type KnownPeer, PeerBook } from "./peer-book.ts";
import type { HealingOptions } from "./types.ts";
import { type ObjectShape, type Watched, WatchList } from "./watch-list.ts";
import type { Placed } from "./wire.ts";

/**
 * The objects that this peer watches over: which of their fragments are believed to be somewhere,
 * which objects are sick, and when this peer's turn to heal them is.
 */
export class Ward {
  readonly book: PeerBook;
  readonly list: WatchList;
  readonly #context: StoreContext;
  readonly #options: HealingOptions;
  readonly #isWanted: (root: string) => boolean;
  readonly #sick: Set<Watched> = new Set();

  /** @param isWanted whether somebody wants an object; what nobody wants is never sick */
  constructor(context: StoreContext, options: HealingOptions, isWanted: (root: string) => boolean) {
    this.#isWanted = isWanted;
    const { clock, log, records, suite, ledger } = context;
    this.#context = context;
    this.#options = options;
    this.book = new PeerBook({ clock, log, records, deadAfter: this.#deadAfter });
    this.list = new WatchList(suite, ledger);
  }

  /** Objects that are to be healed. */
  get sick(): ReadonlySet<Watched> {
    return this.#sick;
  }

  /** How long fragments that nobody is known to hold count as being somewhere, in milliseconds. */
  get unknownMs(): number {
    return this.#deadAfter.unknownMs;
  }

  /** Takes in what came to this disk and what left it. */
  refresh(): void {
    this.list.refresh(this.#now() + this.unknownMs);
    for (const entry of this.#sick) {
      if (this.list.get(entry.root) !== entry) this.#sick.delete(entry);
    }
  }

  /** Whether a peer was not caught saying that it has what it has not. */
  isHonest(peer: PeerId): boolean {
    return this.#context.facts.isHonest(peer);
  }

  /** What a peer has of an object, by its own word. */
  report(entry: Watched, peer: KnownPeer, indices: readonly number[]): void {
    const counted = this.isHonest(peer.id) ? indices : [];
    this.list.report(entry, peer.slot, counted, (_, than) => !this.#isCounted(than));
    if (this.#sick.has(entry)) this.judge(entry);
  }

  /**
   * Everybody was asked: who has what, and that nobody else has anything.
   * @returns how many different fragments can be had now
   */
  learn(entry: Watched, survey: Survey): number {
    const has = new Map<PeerId, readonly number[]>();
    const found = new Set<number>();
    for (const { id, indices } of survey.sources()) {
      has.set(id, [...indices]);
      if (id !== this.#context.self && !this.isHonest(id)) continue;
      for (const index of indices) found.add(index);
    }
    entry.unknownUntilMs = this.#now();
    for (const known of this.book.peers()) {
      if (survey.hasAnswered(known.id)) this.report(entry, known, has.get(known.id) ?? []);
    }
    return found.size;
  }

  /**
   * Fragments that nobody is believed to have and that are to be made anew; fragments of the
   * reserve that somebody has stand in for as many.
   */
  lost(entry: Watched): number[] {
    const { n, nMax } = entry.shape ?? { n: 0, nMax: 0 };
    const lost: number[] = [];
    let spare = 0;
    for (let index = 0; index < nMax; index++) {
      const isLost = this.#isLost(entry, index);
      if (index < n && isLost) lost.push(index);
      else if (index >= n && !isLost) spare++;
    }
    return lost.slice(0, Math.max(0, lost.length - spare));
  }

  /** How many more fragments may go before part of the object cannot be read. */
  margin(entry: Watched): number {
    const { n, k } = entry.shape ?? { n: 0, k: 0 };
    return n - this.lost(entry).length - k;
  }

  /** Sees whether an object is to be healed, and when this peer's turn is. */
  judge(entry: Watched): void {
    const { shape } = entry;
    if (shape === undefined) {
      this.list.learnShape(entry, () => this.judge(entry));
    } else if (!this.isSick(entry, shape)) {
      this.#well(entry);
    } else if (!this.#sick.has(entry)) {
      this.#sick.add(entry);
      this.schedule(entry);
    }
  }

  /** Whether so much is gone that it is to be made again, and somebody wants it. */
  isSick(entry: Watched, { n, threshold }: ObjectShape): boolean {
    return n - this.lost(entry).length <= threshold && this.#isWanted(entry.root);
  }

  /** Who holds which fragment elsewhere: as noted, but for those that do not count any more. */
  holdersFor(entry: Watched, noted: readonly (PeerId | undefined)[]): (PeerId | undefined)[] {
    return noted.map((holder, index) => {
      const known = this.book.at(entry.holders[index] ?? 0);
      const isHere = this.#context.ledger.fragment(entry.root, index) !== undefined;
      if (known === undefined || isHere || !this.#isCounted(known.slot)) return holder;
      const before = holder === undefined ? undefined : this.book.get(holder);
      return before !== undefined && this.#isCounted(before.slot) ? holder : known.id;
    });
  }

  /** It is this peer's turn when all that come before it have let theirs pass. */
  schedule(entry: Watched): void {
    const { suite, self, random } = this.#context;
    const { turnMs = HEAL_TURN_MS } = this.#options;
    const agents = new Set<PeerId>();
    for (const slot of entry.holders) {
      const known = slot === 0 ? undefined : this.book.at(slot);
      if (known?.isReachable === true && this.isHonest(known.id)) agents.add(known.id);
    }
    let fromMs = this.#now();
    for (const [peer, untilMs] of entry.claims) {
      if (this.book.get(peer)?.isReachable !== true) continue;
      agents.delete(peer);
      fromMs = Math.max(fromMs, untilMs);
    }
    const rank = rankOf(suite, entry.root, self, agents);
    entry.dueAtMs = fromMs + Math.ceil((rank + random.u32() / 2 ** 34) * turnMs);
  }

  /** Another agent that claimed it is gone: it is somebody else's turn. */
  claimerGone(peer: PeerId): void {
    for (const entry of this.#sick) if (entry.claims.has(peer)) this.schedule(entry);
  }

  /** A healing failed here: the next one is later. */
  failed(entry: Watched): void {
    const { retryMs = HEAL_RETRY_MS } = this.#options;
    const pauseMs = Math.min(HEAL_RETRY_MAX_MS, retryMs * 2 ** entry.failures);
    entry.failures++;
    entry.dueAtMs = this.#now() + pauseMs;
  }

  /**
   * Another agent says that it heals an object: it is left to it for a while, but to each agent
   * only once, and not to one after the other without end.
   * @returns whether it is left to it
   */
  leaveTo(peer: PeerId, entry: Watched, durationMs: number): boolean {
    const isHeard = entry.claims.has(peer) || entry.claims.size >= CLAIMS_HONOURED_MAX;
    if (isHeard || !this.isHonest(peer)) return false;
    entry.claims.set(peer, this.#now() + Math.min(durationMs, CLAIM_MAX_MS));
    if (this.#sick.has(entry)) this.schedule(entry);
    return true;
  }

  /** An agent that claimed it is done or gave up. Its word counts until the holders are asked. */
  believe(peer: PeerId, entry: Watched, placed: readonly Placed[]): void {
    if (!entry.claims.has(peer) || !this.isHonest(peer)) return;
    for (const { index, peer: holder } of placed) this.place(entry, index, holder);
    entry.claims.set(peer, this.#now());
    if (this.#sick.has(entry)) this.schedule(entry);
    this.judge(entry);
  }

  /** A fragment is with this peer now, where nobody better is known to have it. */
  place(entry: Watched, index: number, peer: PeerId): void {
    const known = this.book.get(peer);
    const holder = entry.holders[index] ?? 0;
    if (known === undefined || !known.isReachable || !this.isHonest(peer)) return;
    if (holder === 0 || !this.#isCounted(holder)) entry.holders[index] = known.slot;
  }

  get #deadAfter(): DeadAfter {
    const usual = { minMs: DEAD_MIN_MS, maxMs: DEAD_MAX_MS, unknownMs: DEAD_UNKNOWN_MS };
    return this.#options.deadAfter ?? usual;
  }

  #now(): number {
    return this.#context.clock.monotonicMs();
  }

  #isCounted(slot: number): boolean {
    const known = this.book.at(slot);
    return known !== undefined && !this.book.isDead(slot) && this.isHonest(known.id);
  }

  #isLost(entry: Watched, index: number): boolean {
    if (this.#context.ledger.fragment(entry.root, index) !== undefined) return false;
    const slot = entry.holders[index] ?? 0;
    if (slot !== 0) return !this.#isCounted(slot);
    return this.#now() >= entry.unknownUntilMs || index >= (entry.shape?.n ?? 0);
  }

  #well(entry: Watched): void {
    if (this.#sick.delete(entry)) entry.claims.clear();
    for (const [peer, untilMs] of entry.claims) {
      if (untilMs <= this.#now()) entry.claims.delete(peer);
    }
    entry.dueAtMs = undefined;
    entry.failures = 0;
  }
}
