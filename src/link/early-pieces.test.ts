import { beforeEach, describe, expect, test } from "vitest";
import { EarlyPieces, type PieceRow } from "./early-pieces.ts";
import type { ReassemblyBudget } from "./fragments.ts";
import {
  EARLY_PIECE_BYTES_MAX,
  EARLY_PIECES_MAX,
  EARLY_PIECES_MS,
  REPEAT_ASKS_MAX,
} from "./limits.ts";

const NEVER = Number.POSITIVE_INFINITY;

describe("pieces that come before their head", () => {
  let budget: ReassemblyBudget;
  let pieces: EarlyPieces;

  beforeEach(() => {
    budget = { usedBytes: 0, maxBytes: 10_000 };
    pieces = new EarlyPieces(budget);
  });

  const row = (token: number, count = 1, bytes = 10): PieceRow => ({
    ...{
      token,
      index: 3,
      count,
      pieceBytes: bytes,
      bytes: new Uint8Array(count * bytes).fill(token),
    },
  });

  test("are given to their train once, with all that was said of them", () => {
    const mine = row(1, 2);
    pieces.keep(mine, 100);
    pieces.keep(row(2), 110);
    pieces.keep(row(1), 120);
    mine.bytes.fill(9);
    expect([pieces.isEmpty, budget.usedBytes]).toEqual([false, 40]);
    expect(pieces.takeOf(3)).toEqual([]);
    expect(pieces.takeOf(1)).toMatchObject([
      { ...row(1, 2), atMs: 100 },
      { ...row(1), atMs: 120 },
    ]);
    expect([pieces.takeOf(1), budget.usedBytes, pieces.isEmpty]).toEqual([[], 10, false]);
    pieces.clear();
    expect([budget.usedBytes, pieces.isEmpty, pieces.deadlineMs()]).toEqual([0, true, NEVER]);
  });

  test("are kept for their time and not longer", () => {
    pieces.keep(row(1), 100);
    pieces.keep(row(2), 101);
    expect(pieces.deadlineMs()).toBe(100 + EARLY_PIECES_MS);
    pieces.expire(100 + EARLY_PIECES_MS - 1);
    expect(budget.usedBytes).toBe(20);
    pieces.expire(100 + EARLY_PIECES_MS);
    expect([budget.usedBytes, pieces.deadlineMs()]).toEqual([10, 101 + EARLY_PIECES_MS]);
    pieces.expire(1e9);
    expect([budget.usedBytes, pieces.isEmpty]).toEqual([0, true]);
    pieces.expire(1e9);
  });

  test("are as many as allowed; of one more the oldest row goes", () => {
    budget = { usedBytes: 0, maxBytes: 1 << 20 };
    pieces = new EarlyPieces(budget);
    pieces.keep(row(1, EARLY_PIECES_MAX - 1), 1);
    pieces.keep(row(2), 2);
    expect(budget.usedBytes).toBe(10 * EARLY_PIECES_MAX);
    pieces.keep(row(3), 3);
    expect(budget.usedBytes).toBe(20);
    expect([pieces.takeOf(1).length, pieces.takeOf(2).length]).toEqual([0, 1]);
    pieces.keep(row(4, EARLY_PIECES_MAX + 1), 4);
    expect(pieces.takeOf(4)).toEqual([]);
    pieces.keep(row(5, EARLY_PIECES_MAX), 5);
    expect([pieces.takeOf(3).length, pieces.takeOf(5).length]).toEqual([0, 1]);
  });

  test("are as large as allowed, and no more than memory is left for", () => {
    pieces.keep(row(1, 1, EARLY_PIECE_BYTES_MAX), 1);
    pieces.keep(row(2, 1, EARLY_PIECE_BYTES_MAX + 1), 1);
    expect(budget.usedBytes).toBe(EARLY_PIECE_BYTES_MAX);
    budget.usedBytes = 9_990;
    pieces.keep(row(3, 1, 11), 1);
    expect(pieces.takeOf(3)).toEqual([]);
    pieces.keep(row(4), 1);
    expect(pieces.takeOf(4)).toHaveLength(1);
  });

  test("tell when the oldest of the young ones came", () => {
    expect(pieces.oldestMs(0, 50)).toBe(NEVER);
    pieces.keep(row(1), 100);
    pieces.keep(row(2), 120);
    expect([149, 150, 169, 170].map((nowMs) => pieces.oldestMs(nowMs, 50))).toEqual([
      ...[100, 120, 120, NEVER],
    ]);
  });

  describe("ask for the head of their train", () => {
    const times = { toleranceMs: 20, retryMs: 40, lifeMs: 400 };
    /** Tokens asked for at this time, and when it is time again. */
    const ask = (nowMs: number, isRoom = true): [number[], number] => {
      const asked: number[] = [];
      const nextMs = pieces.askHeads({ nowMs, ...times }, (token) => {
        asked.push(token);
        return isRoom;
      });
      return [asked, nextMs];
    };

    test("once for each train when it is late, and again where nothing comes, at most so often", () => {
      expect(ask(0)).toEqual([[], NEVER]);
      pieces.keep(row(1), 100);
      pieces.keep(row(1), 101);
      pieces.keep(row(2), 110);
      expect(ask(119)).toEqual([[], 120]);
      expect(ask(120)).toEqual([[1], 130]);
      expect(ask(130)).toEqual([[2], 160]);
      let nowMs = 160;
      for (let asks = 1; asks < REPEAT_ASKS_MAX; asks++, nowMs += 40) {
        expect(ask(nowMs)).toEqual([[1], nowMs + 10]);
        expect(ask(nowMs + 10)[0]).toEqual([2]);
      }
      expect(ask(nowMs)).toEqual([[], NEVER]);
    });

    test("not any more once that is in vain", () => {
      pieces.keep(row(1), 100);
      expect(ask(499)[0]).toEqual([1]);
      pieces.clear();
      pieces.keep(row(1), 100);
      expect(ask(500)).toEqual([[], NEVER]);
    });

    test("later where there is no room now", () => {
      pieces.keep(row(1), 100);
      pieces.keep(row(2), 130);
      expect(ask(120, false)).toEqual([[1], 150]);
    });
  });
});
