import type { Clock, Timed } from "../ports/index.ts";

/** When the first of the rooms has something to do, in monotonic milliseconds; Infinity for never. */
export function earliestMs(rooms: readonly Timed[]): number {
  let next = Number.POSITIVE_INFINITY;
  // Indexed: no iterator for each turn.
  for (let at = 0; at < rooms.length; at++) {
    next = Math.min(next, rooms[at]?.nextDeadlineMs() ?? next);
  }
  return next;
}

/**
 * A deadline later than this after the clock was read last is mostly not the time at which a room was asked for it, in milliseconds:
 * reading the clock for each room costs more than most rooms' answers.
 */
const ASKED_WITHIN_MS = 2;

/**
 * Has the rooms do what is due. Mostly that is one of all: the others are not to look through their tables for it.
 * The clock is read after each deadline that may be the time at which it was asked for.
 */
export function tickDue(rooms: readonly Timed[], clock: Clock): void {
  tickThose(rooms, clock);
}

/** The same, and when the next thing is due after it. Where nothing was due, each room is asked only once. */
export function tickDueMs(rooms: readonly Timed[], clock: Clock): number {
  // What was done may have made something due in any room.
  return tickThose(rooms, clock) ?? earliestMs(rooms);
}

/**
 * When the next thing is due, where nothing was.
 * @param isExact whether the clock is read after each deadline, however long the rooms before took to answer
 */
function tickThose(rooms: readonly Timed[], clock: Clock, isExact = false): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  let wasDue = false;
  let nowMs = clock.monotonicMs();
  for (let at = 0; at < rooms.length; at++) {
    const room = rooms[at];
    if (room === undefined) continue;
    const dueMs = room.nextDeadlineMs();
    const mayBeNow = isExact || dueMs <= nowMs + ASKED_WITHIN_MS;
    if (dueMs > nowMs && mayBeNow) nowMs = clock.monotonicMs();
    if (dueMs <= nowMs) {
      room.tick();
      wasDue = true;
      nowMs = clock.monotonicMs();
    } else next = Math.min(next, dueMs);
  }
  if (wasDue) return undefined;
  return isExact || next > clock.monotonicMs() ? next : tickThose(rooms, clock, true);
}
