import type { Chain } from "./chain.ts";
import { RatchetError } from "./errors.ts";
import {
  CONTACT_AT,
  contactBytes,
  FRAME_TYPE,
  HINT_AT,
  MESSAGE_HEAD_BYTES,
  SHORT_BIT,
} from "./layout.ts";
import { FRAMES_IN_FLIGHT_MAX, REMEMBERED_PLACES_MAX } from "./limits.ts";
import { type ChannelState, type MissingKey, receivedCount } from "./state.ts";

/** Where a frame belongs in a channel. */
export type Place =
  /** At or after `next` of a chain. */
  | { readonly chain: Chain; readonly place: number; readonly headBytes: number }
  /** One whose key is kept. */
  | { readonly missing: MissingKey; readonly headBytes: number };

/** Finds the key of a frame. @throws RatchetError("not-ours" | "replayed") */
export function findPlace(state: ChannelState, frame: Uint8Array): Place {
  const type = frame[0] ?? 0;
  if ((type & ~SHORT_BIT) === FRAME_TYPE.message && frame.length > MESSAGE_HEAD_BYTES) {
    return byTag(state, readTag(frame));
  }
  const bytes = contactBytes(type);
  if (bytes === undefined || frame.length <= CONTACT_AT + bytes + 1 || state.initiator) {
    throw notOurs();
  }
  return byNumber(state, frame[CONTACT_AT + bytes] ?? 0, CONTACT_AT + bytes + 1);
}

/** The tag of a frame with one. */
export function readTag(frame: Uint8Array): number {
  const high = ((frame[HINT_AT] ?? 0) << 24) | ((frame[HINT_AT + 1] ?? 0) << 16);
  return (high | ((frame[HINT_AT + 2] ?? 0) << 8) | (frame[HINT_AT + 3] ?? 0)) >>> 0;
}

/** One past the last place of a chain of theirs that may be in use. */
export function windowEnd(state: ChannelState, chain: Chain): number {
  const end = receivedCount(state) + FRAMES_IN_FLIGHT_MAX;
  return chain.base === undefined ? FRAMES_IN_FLIGHT_MAX : end - chain.base;
}

function byTag(state: ChannelState, tag: number): Place {
  const headBytes = MESSAGE_HEAD_BYTES;
  const { receiving, before, ended, missing } = state;
  const isNext = receiving.tags.at(receiving.next) === tag;
  if (isNext && receiving.next < windowEnd(state, receiving)) {
    return { chain: receiving, place: receiving.next, headBytes };
  }
  const kept = missing.find((one) => one.tag === tag);
  if (kept !== undefined) return { missing: kept, headBytes };
  for (const chain of before === undefined ? [receiving] : [receiving, before]) {
    const place = chain.tags.find(tag, chain.next, windowEnd(state, chain));
    if (place >= 0) return { chain, place, headBytes };
  }
  const opened = [receiving, before, ended && { tags: ended.tags, next: ended.length }];
  for (const chain of opened) {
    if (chain === undefined) continue;
    const from = Math.max(0, chain.next - REMEMBERED_PLACES_MAX);
    if (chain.tags.find(tag, from, chain.next) >= 0) throw replayed();
  }
  throw notOurs();
}

/** First frames come in the initiator's first chain, whose indexes are its places. */
function byNumber(state: ChannelState, place: number, headBytes: number): Place {
  const kept = state.missing.find((one) => one.step === 1 && one.index === place);
  if (kept !== undefined) return { missing: kept, headBytes };
  const chain = [state.before, state.receiving].find((one) => one?.step === 1);
  if (chain === undefined || place < chain.next) throw replayed();
  if (place >= windowEnd(state, chain)) throw notOurs();
  return { chain, place, headBytes };
}

function replayed(): RatchetError {
  return new RatchetError("replayed", "This message frame was opened before.");
}

function notOurs(): RatchetError {
  return new RatchetError("not-ours", "This message frame does not belong to the channel.");
}
