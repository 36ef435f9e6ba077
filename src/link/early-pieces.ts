import type { ReassemblyBudget } from "./fragments.ts";
import type { AskTimes } from "./gaps.ts";
import {
  EARLY_PIECE_BYTES_MAX,
  EARLY_PIECES_MAX,
  EARLY_PIECES_MS,
  REPEAT_ASKS_MAX,
} from "./limits.ts";

/** Pieces of one train that follow each other. */
export interface PieceRow {
  readonly token: number;
  /** Number of the first one. */
  readonly index: number;
  readonly count: number;
  /** Bytes of each but the last. */
  readonly pieceBytes: number;
  readonly bytes: Uint8Array;
}

/** Such pieces, with the time at which they came. */
export interface WaitingRow extends PieceRow {
  readonly atMs: number;
}

interface EarlyRow extends WaitingRow {
  asks: number;
  askedMs: number;
}

/** Pieces whose head has not come: nothing vouches for them, so little is kept for a short time. */
export class EarlyPieces {
  readonly #budget: ReassemblyBudget;
  #rows: EarlyRow[] = [];
  #count = 0;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Keeps pieces, as far as there is room. */
  keep({ token, index, count, pieceBytes, bytes }: PieceRow, nowMs: number): void {
    if (pieceBytes > EARLY_PIECE_BYTES_MAX || count > EARLY_PIECES_MAX) return;
    while (this.#count + count > EARLY_PIECES_MAX) this.#drop(this.#rows.slice(0, 1));
    if (this.#budget.usedBytes + bytes.length > this.#budget.maxBytes) return;
    this.#budget.usedBytes += bytes.length;
    this.#count += count;
    const copy = bytes.slice();
    const fate = { atMs: nowMs, asks: 0, askedMs: 0 };
    this.#rows.push({ token, index, count, pieceBytes, bytes: copy, ...fate });
  }

  /** Gives away those of one train. */
  takeOf(token: number): readonly WaitingRow[] {
    if (this.isEmpty) return [];
    const mine = this.#rows.filter((row) => row.token === token);
    this.#drop(mine);
    return mine;
  }

  /** Those that have waited too long are given up. */
  expire(nowMs: number): void {
    if (this.isEmpty) return;
    this.#drop(this.#rows.filter(({ atMs }) => nowMs - atMs >= EARLY_PIECES_MS));
  }

  /** When the oldest of those came that are younger than this; Infinity: there is none. */
  oldestMs(nowMs: number, ageMs: number): number {
    const young = this.#rows.find(({ atMs }) => atMs + ageMs > nowMs);
    return young?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** When the oldest has waited too long; Infinity: there is none. */
  deadlineMs(): number {
    const [oldest] = this.#rows;
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.atMs + EARLY_PIECES_MS;
  }

  /**
   * Calls `ask` for the token of each train whose head is due to be asked for; false from it: not
   * now. Monotonic time at which the next one will be.
   */
  askHeads(
    { nowMs, toleranceMs, retryMs, lifeMs }: AskTimes,
    ask: (token: number) => boolean,
  ): number {
    let nextMs = Number.POSITIVE_INFINITY;
    if (this.isEmpty) return nextMs;
    const looked = new Set<number>();
    for (const row of this.#rows) {
      if (looked.has(row.token)) continue;
      looked.add(row.token);
      if (row.asks >= REPEAT_ASKS_MAX || nowMs - row.atMs >= lifeMs) continue;
      const dueMs = row.asks === 0 ? row.atMs + toleranceMs : row.askedMs + retryMs;
      if (dueMs <= nowMs) {
        row.asks++;
        row.askedMs = nowMs;
        if (!ask(row.token)) continue;
      }
      nextMs = Math.min(nextMs, dueMs <= nowMs ? nowMs + retryMs : dueMs);
    }
    return nextMs;
  }

  /** Gives all of them up. */
  clear(): void {
    this.#drop(this.#rows);
  }

  #drop(rows: readonly EarlyRow[]): void {
    if (rows.length === 0) return;
    this.#rows = this.#rows.filter((row) => !rows.includes(row));
    for (const { bytes, count } of rows) {
      this.#budget.usedBytes -= bytes.length;
      this.#count -= count;
    }
  }
}
