import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import { rulesFor, spreadCandidates } from "./candidates.ts";
import type { StoreContext } from "./context.ts";
import type { Head } from "./head.ts";
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  FULL_PAUSE_MS,
  SETTLE_MS,
  SPREAD_PLANS_PER_TICK,
  SPREAD_STREAMS_MAX,
} from "./limits.ts";
import { idealHolders } from "./placement.ts";
import { Push, type PushResult } from "./push.ts";
import type { ObjectEntry } from "./records.ts";
import type { StoreProgress } from "./types.ts";

/** What spreading tells the store. */
export interface SpreadEvents {
  onProgress(root: string, progress: Omit<StoreProgress, "link">): void;
  onObjectChanged(root: string): void;
  /** None of the fragments here is to be moved now. */
  onSettled(root: string): void;
}

/** How a peer took fragments lately. */
interface Manners {
  failures: number;
  /** No offers before this monotonic time. */
  pauseUntilMs: number;
}

/**
 * Moves the fragments of this peer's objects to the peers that should keep them. Placement is a
 * function of who is within reach, so it needs no memory but one: over how many peers an object
 * was spread before. Only growth beyond that moves fragments again; a peer that comes and goes
 * moves nothing.
 */
export class Spreader {
  readonly #context: StoreContext;
  readonly #events: SpreadEvents;
  /** Objects that may have fragments to move. */
  readonly #dirty: Set<string> = new Set();
  readonly #pushes: Set<Push> = new Set();
  readonly #manners: Map<PeerId, Manners> = new Map();
  readonly #jobs: Map<string, string> = new Map();
  #dueAtMs: number = Number.POSITIVE_INFINITY;
  #isChanged = false;
  #isHeld = false;

  constructor(context: StoreContext, events: SpreadEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** An object was put or repaired: look at it now. */
  add(root: string): void {
    this.#dirty.add(root);
    this.#dueBy(this.#now());
  }

  /** An object is not this peer's any more: nothing of it is moved. */
  drop(root: string): void {
    for (const push of [...this.#pushes]) if (push.root === root) push.abandon();
    this.#dirty.delete(root);
  }

  /** The neighbourhood changed: look at every object that has fragments here. */
  neighbourhoodChanged(): void {
    this.#isChanged = true;
    this.#dueBy(this.#now() + SETTLE_MS);
  }

  /** Begins nothing more, or does again; what is on its way is finished. */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (!isHeld) this.neighbourhoodChanged();
  }

  peerReachable(peer: PeerId): void {
    const manners = this.#manners.get(peer);
    if (manners !== undefined && manners.failures > 0) this.#manners.delete(peer);
    this.neighbourhoodChanged();
  }

  peerUnreachable(peer: PeerId): void {
    for (const push of [...this.#pushes]) if (push.peer === peer) push.abandon();
  }

  /** Fragments of an object here that some other peer should keep; alone, all of them. */
  waiting(root: string): number {
    const object = this.#context.ledger.object(root);
    const here = this.#here(root);
    if (object === undefined || here.length === 0) return 0;
    const candidates = this.#candidates();
    if (candidates.length === 1) return object.spreadOver > 1 ? 0 : here.length;
    return this.#plan(object, here, candidates).length;
  }

  nextDeadlineMs(): number {
    let next = this.#dueAtMs;
    for (const push of this.#pushes) next = Math.min(next, push.nextDeadlineMs());
    return next;
  }

  tick(): void {
    for (const push of [...this.#pushes]) push.tick();
    if (this.#now() < this.#dueAtMs) return;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    if (!this.#isHeld) this.#work();
  }

  #now(): number {
    return this.#context.clock.monotonicMs();
  }

  #dueBy(atMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, atMs);
  }

  /** Own fragments here; what others brought stays where they brought it. */
  #here(root: string): number[] {
    const { ledger } = this.#context;
    return ledger.indices(root).filter((i) => ledger.fragment(root, i)?.from === undefined);
  }

  /** This peer and the nearest others that are not to be left alone for now. */
  #candidates(): PeerId[] {
    const now = this.#now();
    const { routing, self, facts } = this.#context;
    const isLeftAlone = (peer: PeerId): boolean =>
      (this.#manners.get(peer)?.pauseUntilMs ?? 0) > now;
    return spreadCandidates(self, routing.routes(), facts, isLeftAlone);
  }

  /** Who should get which of the fragments that are here. */
  #plan(
    object: ObjectEntry,
    here: readonly number[],
    candidates: readonly PeerId[],
  ): { readonly index: number; readonly peer: PeerId }[] {
    const { suite, self, ledger, routing, facts } = this.#context;
    if (candidates.length <= Math.max(1, object.spreadOver)) return [];
    const root = must(fromHex(object.root), "roots are hexadecimal");
    const free = new Set(here);
    const placed = object.holders.map((holder, index) => {
      if (free.has(index)) return undefined;
      return ledger.fragment(object.root, index) === undefined ? holder : self;
    });
    const rules = rulesFor(object, self, routing.routes(), facts);
    const ideal = idealHolders(suite, root, candidates, object.n, placed, rules);
    const moves: { index: number; peer: PeerId }[] = [];
    for (const index of here) {
      const peer = ideal[index];
      if (peer !== undefined && peer !== self) moves.push({ index, peer });
    }
    return moves;
  }

  #work(): void {
    const candidates = this.#candidates();
    if (this.#isChanged) this.#markAll(candidates.length);
    let plans = 0;
    for (const root of this.#dirty) {
      if (this.#pushes.size >= SPREAD_STREAMS_MAX) return;
      if (plans++ === SPREAD_PLANS_PER_TICK) {
        this.#dueBy(this.#now() + 1);
        return;
      }
      this.#dirty.delete(root);
      this.#spread(root, candidates);
    }
    this.#wakeAfterPauses();
  }

  /** Only objects that were spread over fewer peers can have anything to move. */
  #markAll(peers: number): void {
    this.#isChanged = false;
    for (const { root, spreadOver } of this.#context.ledger.objects()) {
      if (spreadOver < peers && this.#here(root).length > 0) this.#dirty.add(root);
    }
  }

  #spread(root: string, candidates: readonly PeerId[]): void {
    const object = this.#context.ledger.object(root);
    const here = this.#here(root);
    if (object === undefined) return;
    const flying = this.#flying(root);
    if (here.length === 0) {
      if (flying.size === 0) this.#events.onSettled(root);
      return;
    }
    const moves = this.#plan(object, here, candidates);
    if (moves.length === 0 && flying.size === 0) {
      this.#settled(object, candidates.length);
      return;
    }
    const byPeer = new Map<PeerId, { readonly index: number }[]>();
    for (const move of moves) byPeer.set(move.peer, [...(byPeer.get(move.peer) ?? []), move]);
    for (const push of flying) byPeer.delete(push.peer);
    if (byPeer.size === 0) return;
    this.#context.ledger.head(root, (head) => {
      // It may have been let go while the head was read.
      if (head === undefined || this.#context.ledger.object(root) === undefined) return;
      for (const [peer, ofPeer] of byPeer) this.#offer(peer, head, ofPeer);
      // Other objects may have taken the streams while the head was read.
      if (this.#pushes.size >= SPREAD_STREAMS_MAX) this.#dirty.add(root);
    });
  }

  /** Pushes what nobody else is getting already; what finds no free stream is planned again. */
  #offer(peer: PeerId, head: Head, moves: readonly { readonly index: number }[]): void {
    const flying = this.#flying(head.rootHex);
    if (this.#pushes.size >= SPREAD_STREAMS_MAX) return;
    if ([...flying].some((push) => push.peer === peer)) return;
    const indices = moves
      .map(({ index }) => index)
      .filter((index) => ![...flying].some((push) => push.indices.includes(index)));
    if (indices.length > 0) this.#push(peer, head, indices);
  }

  #flying(root: string): Set<Push> {
    const flying = new Set<Push>();
    for (const push of this.#pushes) if (push.root === root) flying.add(push);
    return flying;
  }

  /** Nothing of it is to be moved among this many peers; remember that. */
  #settled(object: ObjectEntry, peers: number): void {
    this.#jobs.delete(object.root);
    if (peers <= Math.max(1, object.spreadOver)) return;
    this.#context.ledger.update({ ...object, spreadOver: peers });
    this.#events.onObjectChanged(object.root);
    this.#events.onSettled(object.root);
  }

  #push(peer: PeerId, head: Head, indices: readonly number[]): void {
    const root = head.rootHex;
    const push = new Push(this.#context, peer, head, indices, {
      onStored: (index) => this.#moved(root, index, peer),
      onDamaged: (index) => this.#context.ledger.setAside(root, index),
      onEnd: (result) => {
        this.#pushes.delete(push);
        this.#note(peer, result);
        this.#dirty.add(root);
        this.#dueBy(this.#now());
      },
    });
    this.#pushes.add(push);
    push.start();
  }

  #moved(root: string, index: number, peer: PeerId): void {
    const { ledger, counters, log } = this.#context;
    ledger.moveOut(root, index, peer, (error) => {
      if (error !== undefined) {
        log.warn("moved fragment not noted, it stays here too", { reason: error.code });
        return;
      }
      counters.movedFragments++;
      const object = ledger.object(root);
      if (object === undefined) return;
      const job = this.#jobs.get(root) ?? toHex(this.#context.random.bytes(16));
      this.#jobs.set(root, job);
      const done = object.holders.filter((holder) => holder !== undefined).length;
      this.#events.onProgress(root, { job, kind: "spread", done, total: object.n });
      this.#events.onObjectChanged(root);
    });
  }

  #note(peer: PeerId, result: PushResult): void {
    if (result === "done") {
      const pauseUntilMs = this.#manners.get(peer)?.pauseUntilMs ?? 0;
      this.#manners.delete(peer);
      // Another offer to it had failed: what was planned without it meanwhile is planned again.
      if (pauseUntilMs > this.#now()) this.neighbourhoodChanged();
      return;
    }
    const failures = (this.#manners.get(peer)?.failures ?? 0) + (result === "full" ? 0 : 1);
    const backOffMs = Math.min(BACKOFF_FIRST_MS * 2 ** Math.max(0, failures - 1), BACKOFF_MAX_MS);
    const pauseMs = result === "full" ? FULL_PAUSE_MS : backOffMs;
    this.#manners.set(peer, { failures, pauseUntilMs: this.#now() + pauseMs });
    this.#context.log.debug("peer took no fragments", { peer, result, pauseMs });
  }

  /** When a pause is over, the objects that could use that peer are looked at again. */
  #wakeAfterPauses(): void {
    const now = this.#now();
    for (const [peer, { pauseUntilMs }] of this.#manners) {
      if (pauseUntilMs > now) {
        this.#dueBy(pauseUntilMs);
      } else if (this.#context.routing.route(peer) === undefined) {
        this.#manners.delete(peer);
      }
    }
    if (this.#pausedEnded(now)) this.neighbourhoodChanged();
  }

  #pausedEnded(now: number): boolean {
    let isEnded = false;
    for (const manners of this.#manners.values()) {
      if (manners.pauseUntilMs > 0 && manners.pauseUntilMs <= now) {
        manners.pauseUntilMs = 0;
        isEnded = true;
      }
    }
    return isEnded;
  }
}
