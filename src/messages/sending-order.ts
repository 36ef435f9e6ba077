import type { FramesUnderWay } from "./frames-under-way.ts";
import type { Entry } from "./outbox.ts";

/** What is known of entries on a stream. */
export interface SendingState {
  /** Whether it has gone out on this stream. */
  isSent(entry: Entry): boolean;
  /** Whether it is sealed in a channel that lives: only such frames may leave. */
  isSealed(entry: Entry): boolean;
}

/**
 * The letter that goes out next: of the oldest letter's channel the frame with the lowest index. Both
 * are mostly the same. Where letters of a channel that was given up were sealed anew behind younger
 * ones, however, the device could acknowledge nothing before it has those: it tells how far it is
 * without gaps.
 * @param entries what waits, oldest first
 * @param underWay frames that have gone out and are not acknowledged, besides these; those of `entries` are added
 */
export function nextLetter(
  entries: readonly Entry[],
  { isSent, isSealed }: SendingState,
  underWay: FramesUnderWay,
): Entry | undefined {
  let next: Entry | undefined;
  for (const entry of entries) {
    const { sealed, number } = entry;
    // Letters are sealed in their order: behind the first that never was, none is.
    if (sealed === undefined || underWay.isFull) break;
    if (number === 0) continue;
    if (isSent(entry)) underWay.add(entry.frameBytes);
    else if (next === undefined) next = isSealed(entry) ? entry : undefined;
    else if (next.sealed?.channelId === sealed.channelId && sealed.index < next.sealed.index) {
      next = entry;
    }
  }
  return next !== undefined && underWay.hasRoomFor(next.frameBytes) ? next : undefined;
}
