import type { Timeline } from "./timeline.ts";
import type { Request, Scheme } from "./types.ts";

const DAY_MS = 86_400_000;
/** Messages under way or unwanted that an edge may be in debt by (Ostra's L). */
const LIMIT = 3;
/** Share of a debt that goes every day (Ostra's d). */
const DECAY = 0.1;
/** A message that nobody judges is paid back after this long. */
const TIMEOUT_MS: number = 7 * DAY_MS;

interface Balance {
  debt: number;
  atMs: number;
}

/**
 * Ostra (Mislove, Post, Druschel and Gummadi, NSDI 2008) with its published settings L = 3 and
 * d = 10 % a day: a message takes one credit on every edge of its path, an unwanted one keeps it,
 * debts decay. The one whom it is for sees it at once.
 */
export class OstraScheme implements Scheme {
  readonly #timeline: Timeline;
  readonly #onShown: (request: Request) => void;
  readonly #balances = new Map<string, Balance>();
  readonly #open = new Set<Request>();
  spamBytes = 0;

  constructor(timeline: Timeline, onShown: (request: Request) => void) {
    this.#timeline = timeline;
    this.#onShown = onShown;
  }

  load(from: number, to: number): number | undefined {
    const balance = this.#balances.get(`${from}>${to}`);
    if (balance === undefined) return 0;
    const { debt } = this.#decayed(balance);
    return debt + 1 <= LIMIT ? debt : undefined;
  }

  isStrained(): boolean {
    return false;
  }

  isTainted(): boolean {
    return false;
  }

  begin(request: Request): void {
    for (const name of edgesOf(request.path)) this.#add(name, 1);
    this.#open.add(request);
    this.#timeline.after(TIMEOUT_MS, () => this.judge(request, false));
    this.#onShown(request);
  }

  judge(request: Request, isUnwanted: boolean): void {
    if (!this.#open.delete(request) || isUnwanted) return;
    for (const name of edgesOf(request.path)) this.#add(name, -1);
  }

  remake(): void {
    // Nothing is forgotten: both sides keep the balance of the edge.
  }

  intrude(): boolean {
    return false;
  }

  #add(name: string, change: number): void {
    const balance = this.#balances.get(name) ?? { debt: 0, atMs: this.#timeline.monotonicMs() };
    this.#decayed(balance).debt = Math.max(0, balance.debt + change);
    this.#balances.set(name, balance);
  }

  #decayed(balance: Balance): Balance {
    const nowMs = this.#timeline.monotonicMs();
    balance.debt *= (1 - DECAY) ** ((nowMs - balance.atMs) / DAY_MS);
    balance.atMs = nowMs;
    return balance;
  }
}

function edgesOf(path: readonly number[]): readonly string[] {
  return path.slice(1).map((to, at) => `${path[at]}>${to}`);
}
