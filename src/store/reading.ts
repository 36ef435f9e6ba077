import type { PeerId } from "../identity/index.ts";
import type { StoreContext } from "./context.ts";
import { StoreError } from "./errors.ts";
import { StripeFetcher } from "./fetch.ts";
import { fullK } from "./geometry.ts";
import type { Head } from "./head.ts";
import { Survey } from "./survey.ts";

/** What a reading tells its job. */
export interface ReadingEvents {
  /**
   * The head is here, before the first stripe; `alive` are the fragments found so far.
   * @returns numbers of the stripes that are wanted, ascending
   */
  onHead(head: Head, alive: ReadonlySet<number>): readonly number[];
  /** The next wanted stripe, with its k checked shards by fragment index. */
  onStripe(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void;
  /** All wanted stripes were handed over; without it, that is the end. */
  onWhole?(): void;
  /** All wanted stripes were handed over (undefined), or it cannot go on. Called once, last. */
  onEnd(error: StoreError | undefined): void;
}

/** What is to be read. */
export interface ReadingOptions {
  readonly root: string;
  readonly locateId: string;
  /** How long to wait for enough fragments when nothing moves, in milliseconds. */
  readonly patienceMs: number;
  /**
   * For a repair: ask everybody before the first stripe, to know which fragments are missing, and
   * ask nobody twice for what is only late.
   */
  readonly isRepair: boolean;
  /** Whether somebody waits for the first bytes of a part of the file. */
  readonly isPart?: boolean;
  /** Fragments that are used; all of them without it. */
  readonly only?: ReadonlySet<number> | undefined;
  /** Whom another reading of the object has found, which is over. */
  readonly survey?: Survey | undefined;
}

/** Finds the holders of an object and gathers its stripes in order: common to get and repair. */
export class Reading {
  readonly #context: StoreContext;
  readonly #options: ReadingOptions;
  readonly #events: ReadingEvents;
  readonly #survey: Survey;
  #fetcher: StripeFetcher | undefined;
  readonly #isBegun: boolean;
  #lastWanted = -1;
  #movedAtMs: number;
  #isPaused = false;
  #isDelivering = false;
  #isOver = false;

  constructor(context: StoreContext, options: ReadingOptions, events: ReadingEvents) {
    this.#context = context;
    this.#options = options;
    this.#events = events;
    this.#movedAtMs = context.clock.monotonicMs();
    const { root, locateId } = options;
    this.#isBegun = options.survey !== undefined;
    this.#survey = options.survey ?? new Survey(context, root, locateId, () => {});
    this.#survey.follow(() => this.#onChange());
  }

  start(): void {
    if (this.#isBegun) this.#onChange();
    else this.#survey.start();
  }

  /** Gives up like `close`, but those that were found are somebody else's now. */
  handOver(): Survey {
    this.#isOver = true;
    this.#fetcher?.close();
    this.#survey.follow(() => {});
    return this.#survey;
  }

  /** Who was found to hold which fragments. */
  get survey(): Survey {
    return this.#survey;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#movedAtMs = this.#context.clock.monotonicMs();
    this.#deliver();
  }

  /** Gives up; no event follows. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#fetcher?.close();
    this.#survey.close();
  }

  peerReachable(peer: PeerId): void {
    this.#survey.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#survey.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    const own = this.#fetcher?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY;
    const patience = this.#isStarved() ? this.#patienceEndsAtMs() : Number.POSITIVE_INFINITY;
    return Math.min(own, patience, this.#survey.nextDeadlineMs(this.#isLacking()));
  }

  tick(): void {
    if (this.#isOver) return;
    this.#survey.tick(this.#isLacking());
    this.#onChange();
    if (this.#isOver || !this.#isStarved()) return;
    if (this.#context.clock.monotonicMs() >= this.#patienceEndsAtMs()) this.#giveUp();
  }

  #onChange(): void {
    const { head } = this.#survey;
    if (this.#isOver || head === undefined) return;
    if (this.#fetcher === undefined) {
      if (this.#options.isRepair && !this.#survey.isQuiet) return;
      const wanted = this.#events.onHead(head, this.#survey.available());
      // The job may have ended the reading just now, because nothing is left to do.
      if (this.#isOver) return;
      if (wanted.length === 0) {
        this.#end(undefined);
        return;
      }
      this.#lastWanted = wanted.at(-1) ?? -1;
      this.#movedAtMs = this.#context.clock.monotonicMs();
      const deliver = (): void => this.#deliver();
      const { only, isPart = false, isRepair: isPatient } = this.#options;
      const how = { wanted, only, isPart, isPatient };
      this.#fetcher = new StripeFetcher(this.#context, this.#survey, head, how, deliver);
    }
    this.#fetcher.pump();
    this.#deliver();
  }

  #deliver(): void {
    const fetcher = this.#fetcher;
    if (this.#isDelivering || fetcher === undefined) return;
    this.#isDelivering = true;
    for (;;) {
      const front = this.#isPaused || this.#isOver ? undefined : fetcher.front();
      if (front === undefined) break;
      this.#movedAtMs = this.#context.clock.monotonicMs();
      this.#events.onStripe(front.stripe, front.shards);
      if (this.#isOver) break;
      if (front.stripe !== this.#lastWanted) fetcher.shift();
      else if (this.#events.onWhole === undefined) this.#end(undefined);
      else this.#events.onWhole();
    }
    this.#isDelivering = false;
  }

  /** Whether more holders are wanted. */
  #isLacking(): boolean {
    return !this.#isPaused && (this.#fetcher?.isLacking ?? true);
  }

  /** Whether there is nothing left to wait for but more holders. */
  #isStarved(): boolean {
    return !this.#isPaused && (this.#fetcher?.isStarved ?? true);
  }

  #patienceEndsAtMs(): number {
    const progressAtMs = this.#fetcher?.progressAtMs ?? 0;
    return Math.max(this.#movedAtMs, progressAtMs) + this.#options.patienceMs;
  }

  #giveUp(): void {
    const within = this.#fetcher?.withinReach() ?? this.#withoutFetcher();
    const { needed } = within;
    const found = within.found.size;
    const counts = { found, needed };
    const silent = this.#survey.withSilentHolders();
    if (needed > 0 && new Set([...within.found, ...silent]).size >= needed) {
      const message =
        `Peers that have what is missing are within reach but do not answer: only ${found} of ` +
        `the ${needed} fragments that it takes can be had now. Please try again in a while.`;
      this.#end(new StoreError("stalled", message, { counts }));
      return;
    }
    const what =
      needed === 0
        ? "No peer within reach has anything of this object now."
        : `Only ${found} of the ${needed} fragments that it takes were found within reach now.`;
    const message = `${what} Please try again when more peers are around.`;
    this.#end(new StoreError("not-enough-fragments", message, { counts }));
  }

  #withoutFetcher(): { readonly found: ReadonlySet<number>; readonly needed: number } {
    const { head } = this.#survey;
    return {
      found: this.#survey.available(),
      needed: head === undefined ? 0 : fullK(head.manifest),
    };
  }

  #end(error: StoreError | undefined): void {
    this.close();
    this.#events.onEnd(error);
  }
}
