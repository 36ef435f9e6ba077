import type { LineId } from "../line-desk.ts";
import { ASKED_LIFE_MS, ASKED_MAX, KEPT_LEAST_PART, KEPT_MOST_PART } from "./limits.ts";
import { pairName } from "./pair-name.ts";

/** How much longer something is kept for that is worth a note. */
const NOTED_MS = 1_000;

interface Asked {
  readonly lineIn: LineId;
  readonly lineOut: LineId;
  readonly amount: number;
  readonly untilMs: number;
}

/**
 * What of a line one other line may have locked: all but what is kept for the others. Kept is as much as any of
 * them asked for lately, but an eighth at least and half at most: half in any case, as before, cost a third of the
 * volume, and a flood still leaves regular users what they asked for (ADR 26).
 * @param total what may be locked on the line, with what is locked already
 * @param asked what another line asked for at most
 */
export function lentOf(total: number, asked: number): number {
  const kept = Math.max(asked, Math.ceil(total / KEPT_LEAST_PART));
  return Math.max(0, total - Math.min(kept, Math.ceil(total / KEPT_MOST_PART)));
}

/** Who lately asked to go out by which line, and for how much: so much of it nobody else can use up. */
export class Lending {
  /** The oldest first. */
  readonly #asked = new Map<string, Asked>();
  /** By the line out: names of what is in `#asked`. */
  readonly #byOut = new Map<LineId, Set<string>>();

  /** Pairs of lines that are remembered. */
  get size(): number {
    return this.#asked.size;
  }

  /** Somebody wants so much to go on by a line, whether it can or not. */
  note(lineIn: LineId, lineOut: LineId, amount: number, nowMs: number): void {
    const name = pairName(lineIn, lineOut);
    const before = this.#asked.get(name);
    const isFresh = before !== undefined && before.untilMs > nowMs;
    // What was more still counts until its own time is over, and so does what keeps coming.
    const untilMs = isFresh && before.amount > amount ? before.untilMs : nowMs + ASKED_LIFE_MS;
    // Said a moment ago: that it is kept for as much longer is not worth a note.
    const isNew =
      before === undefined || amount > before.amount || before.untilMs + NOTED_MS < untilMs;
    if (isFresh && !isNew) return;
    const most = isFresh ? Math.max(before.amount, amount) : amount;
    this.#asked.delete(name);
    this.#asked.set(name, { lineIn, lineOut, amount: most, untilMs });
    const names = this.#byOut.get(lineOut) ?? new Set();
    this.#byOut.set(lineOut, names.add(name));
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > ASKED_MAX && oldest !== undefined) this.#forget(oldest);
  }

  /** The most that one line other than this one asked for lately. */
  byOthers(lineIn: LineId, lineOut: LineId, nowMs: number): number {
    let most = 0;
    for (const name of this.#byOut.get(lineOut) ?? []) {
      const asked = this.#asked.get(name);
      if (asked === undefined || asked.untilMs <= nowMs) this.#forget(name);
      else if (asked.lineIn !== lineIn) most = Math.max(most, asked.amount);
    }
    return most;
  }

  #forget(name: string): void {
    const asked = this.#asked.get(name);
    this.#asked.delete(name);
    const names = asked && this.#byOut.get(asked.lineOut);
    names?.delete(name);
    if (asked !== undefined && names?.size === 0) this.#byOut.delete(asked.lineOut);
  }
}
