import { LOCKED_PART } from "../line/limits.ts";
import type { LineView } from "../line-desk.ts";
import { lentOf } from "../payments/lending.ts";
import type { OwnLine } from "../routing/types.ts";

/** The most that a line's partner could lock for us now. */
export function canTakeIn(line: LineView): number {
  const { balance, limitOfOurs, limitOfTheirs, lockedIn, state } = line;
  if (state !== "open") return 0;
  const room = limitOfTheirs - balance - lockedIn;
  const cap = Math.floor((limitOfOurs + limitOfTheirs) / LOCKED_PART) - lockedIn;
  return Math.max(0, Math.min(room, cap));
}

/** A line as its own people use it. */
export function ownLine(line: LineView): OwnLine {
  return { partner: line.partner, out: line.canPrepare, in: canTakeIn(line) };
}

/**
 * A line as others may use it: whoever is in between lends to one other line only a share of what could be
 * locked (`Hop`), so more than that is not told. Where others asked for the rest lately it is less.
 */
export function lentLine(line: LineView, isHidden: boolean): OwnLine {
  const { lockedIn, lockedOut, canPrepare: out } = line;
  const back = canTakeIn(line);
  return {
    partner: line.partner,
    out: Math.min(out, lentOf(out + lockedOut, 0)),
    in: Math.min(back, lentOf(back + lockedIn, 0)),
    isHidden,
  };
}
