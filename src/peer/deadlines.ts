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
 * Has the rooms do what is due. Mostly that is one of all: the others are not to look through their tables for it.
 * The clock is read after each deadline, which may be the time at which it was asked for.
 */
export function tickDue(rooms: readonly Timed[], clock: Clock): void {
  for (let at = 0; at < rooms.length; at++) {
    const room = rooms[at];
    if (room !== undefined && room.nextDeadlineMs() <= clock.monotonicMs()) room.tick();
  }
}

/** The same, and when the next thing is due after it. Where nothing was due, each room is asked only once. */
export function tickDueMs(rooms: readonly Timed[], clock: Clock): number {
  let next = Number.POSITIVE_INFINITY;
  let wasDue = false;
  for (let at = 0; at < rooms.length; at++) {
    const room = rooms[at];
    if (room === undefined) continue;
    const dueMs = room.nextDeadlineMs();
    if (dueMs <= clock.monotonicMs()) {
      room.tick();
      wasDue = true;
    } else next = Math.min(next, dueMs);
  }
  // What was done may have made something due in any room.
  return wasDue ? earliestMs(rooms) : next;
}
