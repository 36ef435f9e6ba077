import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { COALESCE_MS } from "../limits.ts";
import { wordsOf } from "./errors.ts";

/** What a view knows of one answer of the peer. */
export interface Loaded<T> {
  /** The last good answer; stays while the peer does not answer. */
  readonly data: T | undefined;
  /** Why the last fetch failed, in words. */
  readonly error: string | undefined;
}

/** One answer of the peer, fetched while somebody looks at it, and again when told it changed. */
export class Resource<T> {
  readonly #fetch: () => Promise<T>;
  readonly #everyMs: number;
  readonly #state: Signal<Loaded<T>> = signal({ data: undefined, error: undefined });
  #watchers = 0;
  #stale = true;
  #text = "";
  #running = false;
  #again = false;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;

  /** @param everyMs how often it is fetched anew while watched on a visible page */
  constructor(fetch: () => Promise<T>, everyMs: number) {
    this.#fetch = fetch;
    this.#everyMs = everyMs;
  }

  /** What is known. */
  get state(): ReadonlySignal<Loaded<T>> {
    return this.#state;
  }

  /** Keeps it fresh until the returned function is called. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      this.#poll = setInterval(() => {
        if (!document.hidden) void this.refresh();
      }, this.#everyMs);
    }
    if (this.#stale) void this.refresh();
    return () => {
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      clearInterval(this.#poll);
      this.#stale = true;
    };
  }

  /** Tells that the peer has something newer; fetched soon if watched, else at the next look. */
  invalidate(): void {
    this.#stale = true;
    if (this.#watchers === 0 || this.#soon !== undefined) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      void this.refresh();
    }, COALESCE_MS);
  }

  /** Changes what is known before the peer confirms it. */
  amend(change: (data: T) => T): void {
    const { data } = this.#state.peek();
    if (data === undefined) return;
    this.#text = "";
    this.#state.value = { data: change(data), error: undefined };
  }

  /** Fetches now; calls while one is under way lead to exactly one more. */
  async refresh(): Promise<void> {
    this.#again = this.#running;
    if (this.#running) return;
    this.#running = true;
    do {
      this.#again = false;
      this.#stale = false;
      await this.#load();
    } while (this.#again);
    this.#running = false;
  }

  async #load(): Promise<void> {
    try {
      const data = await this.#fetch();
      const text = JSON.stringify(data);
      const known = this.#state.peek();
      if (text === this.#text && known.error === undefined) return;
      this.#text = text;
      this.#state.value = { data, error: undefined };
    } catch (error) {
      this.#stale = true;
      this.#state.value = { data: this.#state.peek().data, error: wordsOf(error) };
    }
  }
}
