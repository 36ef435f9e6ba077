import type { Request } from "./types.ts";

const HOUR_MS = 3_600_000;
const DAY_MS: number = 24 * HOUR_MS;

/** Counts what comes into trays and what becomes of it. */
export class SpamMeasures {
  readonly #days: number;
  /** When requests were shown, by whom they reached. */
  readonly #shownAt = new Map<number, number[]>();
  readonly #judgedByEdge = new Map<number, number>();
  readonly #delaysMs: number[] = [];
  readonly #victimDelaysMs: number[] = [];
  spamShown = 0;
  spamJudged = 0;
  judgedLate = 0;
  legitWanted = 0;
  victimWanted = 0;
  intrusions = 0;

  constructor(days: number) {
    this.#days = days;
  }

  shown(request: Request, nowMs: number, isVictim: boolean): void {
    const to = request.path.at(-1) ?? -1;
    const times = this.#shownAt.get(to);
    if (times === undefined) this.#shownAt.set(to, [nowMs]);
    else times.push(nowMs);
    if (request.isSpam) {
      this.spamShown++;
      return;
    }
    this.#delaysMs.push(nowMs - request.wantedAtMs);
    if (isVictim) this.#victimDelaysMs.push(nowMs - request.wantedAtMs);
  }

  judgedSpam(request: Request, nowMs: number): void {
    this.spamJudged++;
    if (nowMs >= (this.#days * DAY_MS) / 2) this.judgedLate++;
    const { attackEdge } = request;
    this.#judgedByEdge.set(attackEdge, (this.#judgedByEdge.get(attackEdge) ?? 0) + 1);
  }

  worstEdgeJudged(): number {
    return Math.max(0, ...this.#judgedByEdge.values());
  }

  /** Most requests shown to one person in one day. */
  mostShownPerDay(): number {
    let most = 0;
    for (const times of this.#shownAt.values()) {
      const perDay = new Map<number, number>();
      for (const atMs of times) {
        const day = Math.floor(atMs / DAY_MS);
        const count = (perDay.get(day) ?? 0) + 1;
        perDay.set(day, count);
        most = Math.max(most, count);
      }
    }
    return most;
  }

  /** Share of honest requests shown within so many hours of being wanted. */
  legitWithin(hours: number): number {
    return share(this.#delaysMs, hours, this.legitWanted);
  }

  victimWithin(hours: number): number {
    return share(this.#victimDelaysMs, hours, this.victimWanted);
  }
}

function share(delaysMs: readonly number[], hours: number, of: number): number {
  if (of === 0) return 1;
  return delaysMs.filter((delayMs) => delayMs <= hours * HOUR_MS).length / of;
}
