import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { ClientError } from "../../../src/api/client/index.ts";
import { LOOK_LAYERS_MAX, SLIDER_REST_MS } from "../limits.ts";
import { say } from "../words/language.ts";
import { ConsoleError, wordsOf } from "./errors.ts";
import { type Depth, depthWords, survivorWords } from "./layer-words.ts";

/** Something of an object that is ready to be shown. */
export interface Sight extends Depth {
  /** Equal where two sights look the same. */
  readonly print: string;
  /** Gives back what the browser keeps for it; called once. */
  release(): void;
}

/** What the peer is asked for. */
export interface LookWish {
  /** At most so many layers; undefined: all that can be had. */
  readonly layers?: number;
  /** As if only so many fragments had survived; undefined: all that are there. */
  readonly survivors?: number;
}

/** Asks the peer and makes the answer ready to be shown, a picture decoded. */
export type Ask<S extends Sight> = (wish: LookWish, signal: AbortSignal) => Promise<S>;

/** How a look at an object stands. */
export interface LookState<S extends Sight> {
  /**
   * "sharpening": shown, and the next layer is asked for. "asking": shown, and what the slider
   * says is asked for. "still": nothing more comes. "bare": nothing can be shown, `words` say why.
   */
  readonly phase: "loading" | "sharpening" | "asking" | "still" | "bare";
  /** Stays while the next one is on its way. */
  readonly sight: S | undefined;
  /** Which layer one sees, or why there is none. */
  readonly words: string;
  /** Where the slider stands. */
  readonly survivors: number;
}

/**
 * A look at one object: asks for one layer, then two, and so on to the last, and keeps what is
 * shown until the next is ready. The slider asks what would be left of it.
 */
export class Look<S extends Sight> {
  readonly #ask: Ask<S>;
  readonly #n: number;
  readonly #state: Signal<LookState<S>>;
  readonly #held = new Set<S>();
  /** The sharpest so far, with all fragments. */
  #best: S | undefined;
  /** What is known to be all that the first layer shows. */
  #softPrint: string | undefined;
  #running = new AbortController();
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** @param n fragments of the object: the right end of the slider */
  constructor(ask: Ask<S>, n: number) {
    this.#ask = ask;
    this.#n = n;
    const words = say().look.asking;
    this.#state = signal({ phase: "loading", sight: undefined, words, survivors: n });
  }

  /** How it stands. */
  get state(): ReadonlySignal<LookState<S>> {
    return this.#state;
  }

  /** Begins, or begins anew after a failure. */
  async start(): Promise<void> {
    const life = this.#restart();
    const phase = this.#best === undefined ? "loading" : "sharpening";
    this.#set({ phase, survivors: this.#n });
    try {
      await this.#sharpen(life);
      if (!life.aborted) this.#settle(undefined);
    } catch (error) {
      if (life.aborted) return;
      if (this.#best === undefined) {
        this.#set({ phase: "bare", sight: undefined, words: wordsOf(error) });
      } else this.#settle(error);
    }
  }

  /** What would be left if only so many fragments had survived; asked for when the slider rests. */
  survive(survivors: number): void {
    if (survivors >= this.#n) {
      void this.start();
      return;
    }
    const life = this.#restart();
    const phase = this.#state.peek().sight === undefined ? "loading" : "asking";
    this.#set({ survivors, phase });
    this.#rest = setTimeout(() => void this.#survive(survivors, life), SLIDER_REST_MS);
  }

  /** Ends it; nothing is shown any more. */
  close(): void {
    this.#restart();
    this.#best = undefined;
    this.#set({ sight: undefined });
  }

  async #sharpen(life: AbortSignal): Promise<void> {
    let total = Math.min(this.#best?.total ?? LOOK_LAYERS_MAX, LOOK_LAYERS_MAX);
    for (let layers = (this.#best?.shown ?? 0) + 1; layers <= total; layers += 1) {
      const sight = await this.#getLayers(layers, life);
      if (sight === undefined) return;
      total = Math.min(sight.total, LOOK_LAYERS_MAX);
      if (this.#isSharper(sight)) this.#best = sight;
      if (sight.shown === 1) this.#softPrint = sight.print;
      layers = Math.max(layers, sight.shown);
      const phase = layers < total ? "sharpening" : "still";
      this.#set({ phase, sight: this.#best, words: depthWords(this.#best ?? sight) });
    }
  }

  /** A first layer that shows nothing by itself may still do so with all others. */
  async #getLayers(layers: number, life: AbortSignal): Promise<S | undefined> {
    try {
      return await this.#get({ layers }, life);
    } catch (error) {
      const isMute = error instanceof ClientError && error.code === "bad-request";
      if (!isMute || this.#best !== undefined || life.aborted) throw error;
      return await this.#get({}, life);
    }
  }

  #isSharper(sight: S): boolean {
    const best = this.#best;
    if (best === undefined) return true;
    const isWhole = sight.shown >= sight.total;
    return sight.shown > best.shown && (isWhole || sight.print !== best.print);
  }

  async #survive(survivors: number, life: AbortSignal): Promise<void> {
    this.#set({ words: survivorWords(survivors, this.#n, "asking") });
    try {
      const sight = await this.#get({ survivors }, life);
      if (sight === undefined) return;
      const isSoft = sight.print === this.#softPrint && sight.shown < sight.total;
      const left = isSoft ? { ...sight, shown: 1 } : sight;
      this.#set({ phase: "still", sight, words: survivorWords(survivors, this.#n, left) });
    } catch (error) {
      if (life.aborted) return;
      // With a cause it is the peer that cannot be reached, not the object that cannot be read.
      const isRefused = error instanceof ClientError && error.cause === undefined;
      const isLost = isRefused && error.code === "unavailable";
      const words = isLost ? survivorWords(survivors, this.#n, undefined) : wordsOf(error);
      this.#set({ phase: "bare", sight: undefined, words });
    }
  }

  /** Asks; undefined where nobody waits for the answer any more. */
  async #get(wish: LookWish, life: AbortSignal): Promise<S | undefined> {
    const sight = await this.#ask(wish, life);
    this.#held.add(sight);
    if (!life.aborted) return sight;
    this.#sweep();
    return undefined;
  }

  /** Nothing more comes: what there is stays. @param error why, where something failed */
  #settle(error: unknown): void {
    const best = this.#best;
    if (best === undefined) return;
    const words = depthWords(best);
    const why = error instanceof ConsoleError ? error.message : say().look.noMore;
    const isWhole = best.shown >= best.total;
    this.#set({ phase: "still", sight: best, words: isWhole ? words : `${words}. ${why}` });
  }

  #set(change: Partial<LookState<S>>): void {
    this.#state.value = { ...this.#state.peek(), ...change };
    this.#sweep();
  }

  /** Releases what is neither shown nor kept for later. */
  #sweep(): void {
    const { sight: shown } = this.#state.peek();
    for (const sight of this.#held) {
      if (sight === shown || sight === this.#best) continue;
      this.#held.delete(sight);
      sight.release();
    }
  }

  #restart(): AbortSignal {
    this.#running.abort();
    clearTimeout(this.#rest);
    this.#running = new AbortController();
    return this.#running.signal;
  }
}
