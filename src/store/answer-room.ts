import type { PeerId } from "../identity/index.ts";
import { MESSAGE_BYTES_MAX, SERVED_UNREAD_BYTES_MAX } from "./limits.ts";

/** A stream on which answers are on their way. */
export interface AnsweredStream {
  readonly from: PeerId;
  /** Bytes written and not acknowledged. */
  readonly unreadBytes: number;
}

/**
 * Whether the next answer may be put together for a peer: what all answers on their way take is bounded, and
 * each peer may have as much of that as is free (dynamic thresholds, as `session/held-memory.ts`), so that those who ask
 * and do not read leave something to others.
 */
export function hasAnswerRoom(streams: Iterable<AnsweredStream>, from: PeerId): boolean {
  let allBytes = 0;
  let peerBytes = 0;
  for (const stream of streams) {
    const { unreadBytes } = stream;
    allBytes += unreadBytes;
    if (stream.from === from) peerBytes += unreadBytes;
  }
  return peerBytes + MESSAGE_BYTES_MAX <= SERVED_UNREAD_BYTES_MAX - allBytes;
}
