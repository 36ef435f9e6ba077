import { assert } from "../../base/errors.ts";
import { CryptoError, type CryptoSuite } from "../../crypto/index.ts";
import { after, type Chain, messageKey, nextChainKey, ratchetKey, stepRoot } from "./chain.ts";
import { RatchetError } from "./errors.ts";
import { findPlace, windowEnd } from "./finding.ts";
import { type Inner, malformed, readInner } from "./inner.ts";
import { FRAMES_IN_FLIGHT_MAX } from "./limits.ts";
import { openFrame } from "./seal.ts";
import {
  type ChannelState,
  type Draft,
  draftOf,
  type MissingKey,
  type Offer,
  openedEnd,
  receivedCount,
  sealedCount,
} from "./state.ts";
import type { RatchetKit } from "./types.ts";

/** What a frame gave. */
export interface OpenedBody {
  readonly body: Uint8Array;
  readonly index: number;
  readonly next: ChannelState;
}

/** Keys passed over on the way to a place; the base of the chain may not be known yet. */
interface Walked {
  readonly key: Uint8Array;
  readonly passed: readonly { readonly place: number; readonly key: Uint8Array }[];
  /** The chain after that place. */
  readonly chain: Chain;
}

/** Opens a frame; `Channel.open` says what is thrown. */
export function openBody(
  kit: RatchetKit,
  state: ChannelState,
  frame: Uint8Array,
  nowMs: number,
): OpenedBody {
  const { suite } = kit;
  const found = findPlace(state, frame);
  if ("missing" in found) {
    const { missing, headBytes } = found;
    const inner = unseal(suite, missing.key, frame, headBytes);
    const draft = draftOf(state);
    draft.missing = state.missing.filter((one) => one !== missing);
    return finish(kit, draft, inner, missing, nowMs);
  }
  const walked = walk(suite, found.chain, found.place);
  const inner = unseal(suite, walked.key, frame, found.headBytes);
  const draft = draftOf(state);
  const chain = setBase(suite, draft, walked, inner);
  const index = (chain.base ?? 0) + found.place;
  assert(index >= openedEnd(state), "what is not missing is new");
  draft.acknowledged = readAcknowledged(state, inner);
  return finish(kit, draft, inner, { index, step: found.chain.step }, nowMs);
}

function unseal(suite: CryptoSuite, key: Uint8Array, frame: Uint8Array, headBytes: number): Inner {
  const plaintext = openFrame(suite, key, frame, headBytes);
  if (plaintext !== undefined) return readInner(plaintext);
  throw new RatchetError("forged", "A message frame was altered on its way, or made up.");
}

/** From `next` to a place of a chain. */
function walk(suite: CryptoSuite, chain: Chain, place: number): Walked {
  const passed = [];
  let chainKey = chain.key;
  for (let at = chain.next; at < place; at++) {
    passed.push({ place: at, key: messageKey(suite, chainKey) });
    chainKey = nextChainKey(suite, chainKey);
  }
  const key = messageKey(suite, chainKey);
  return { key, passed, chain: after(chain, nextChainKey(suite, chainKey), place + 1) };
}

/** Sets the chain, and keeps the keys of what was passed over; ends the chain before a new one. */
function setBase(suite: CryptoSuite, draft: Draft, { chain, passed }: Walked, inner: Inner): Chain {
  const { before } = draft;
  if (chain.step === before?.step) {
    draft.before = chain;
    addMissing(draft, chain, passed);
    return chain;
  }
  if (chain.base !== undefined) {
    draft.receiving = chain;
    addMissing(draft, chain, passed);
    return chain;
  }
  assert(before?.base !== undefined, "a chain without base has one with a base before it");
  const length = inner.lastLength;
  if (length === undefined || length < before.next) {
    throw malformed("It begins a chain and does not say where the one before ended.");
  }
  const begun = { ...chain, base: before.base + length };
  if (begun.base + chain.next > receivedCount(draft) + FRAMES_IN_FLIGHT_MAX) {
    const text = "A message frame is farther ahead than frames may be; it is refused.";
    throw new RatchetError("too-far", text);
  }
  if (length > before.next) addMissing(draft, before, walk(suite, before, length).passed);
  addMissing(draft, begun, passed);
  draft.receiving = begun;
  draft.before = undefined;
  draft.ended = { step: before.step, tags: before.tags, length };
  return begun;
}

function addMissing(draft: Draft, chain: Chain, passed: Walked["passed"]): void {
  if (passed.length === 0) return;
  const { step, tags, base = 0 } = chain;
  const added = passed.map(
    ({ place, key }): MissingKey => ({ step, index: base + place, tag: tags.at(place), key }),
  );
  draft.missing = draft.missing.concat(added);
}

/** How many of ours have arrived, by a frame that is newer than all that were opened. */
function readAcknowledged(state: ChannelState, inner: Inner): number {
  const count = state.acknowledged + ((inner.acknowledged - state.acknowledged) & 0xff);
  if (count <= sealedCount(state)) return count;
  const text =
    "The other device has frames that this one has not sealed: this is an old copy. Begin a new channel.";
  throw new RatchetError("clone", text);
}

/** Takes what a frame says about ratchet keys. */
function finish(
  kit: RatchetKit,
  draft: Draft,
  inner: Inner,
  from: { readonly index: number; readonly step: number },
  nowMs: number,
): OpenedBody {
  draft.contact = undefined;
  draft.owes = true;
  draft.sinceStep++;
  if (inner.known && draft.offer?.chain.step === from.step + 1) switchChain(draft, draft.offer);
  if (inner.ratchetKey !== undefined) {
    takeTheirKey(kit, draft, inner.ratchetKey, inner.known ? from.step : -1, nowMs);
  }
  return { body: inner.body, index: from.index, next: draft };
}

/** From now on we seal in the chain that the other device has acknowledged. */
function switchChain(draft: Draft, offer: Offer): void {
  const { sending } = draft;
  const base = sealedCount(draft);
  draft.sending = { ...offer.chain, base };
  draft.lastLength = sending.next;
  draft.offer = undefined;
}

/** @param step of the chain in which the key was offered; negative where they know none of ours */
function takeTheirKey(
  kit: RatchetKit,
  draft: Draft,
  theirKey: Uint8Array,
  step: number,
  nowMs: number,
): void {
  if (step < 0 || draft.step < step + 1) throw malformed("It has a ratchet key out of turn.");
  if (draft.step > step + 1) return;
  const { suite } = kit;
  try {
    const ours = draft.ourKey ?? ratchetKey(suite, draft.ourSecret);
    const stepped = stepRoot(suite, draft.root, ours.dh(theirKey), step + 2);
    draft.root = stepped.root;
    draft.step = step + 2;
    draft.theirKey = theirKey.slice();
    draft.before = draft.receiving;
    draft.receiving = stepped.chain;
    draft.sinceStep = 0;
    draft.steppedAtMs = nowMs;
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw malformed("Its ratchet key gives no secrecy.", cause);
  }
}

/** The tags of all frames that would open, the next ones first. */
export function expectedTags(state: ChannelState, max: number): number[] {
  const { before, receiving } = state;
  const tags = state.missing.slice(0, max).map((one) => one.tag);
  for (const chain of before === undefined ? [receiving] : [before, receiving]) {
    const end = windowEnd(state, chain);
    for (let place = chain.next; place < end && tags.length < max; place++) {
      tags.push(chain.tags.at(place));
    }
  }
  return tags;
}
