import { assert } from "../../base/errors.ts";
import { CryptoError, type CryptoSuite } from "../../crypto/index.ts";
import { type Chain, messageKey, nextChainKey, stepRoot } from "./chain.ts";
import { RatchetError } from "./errors.ts";
import { findPlace, windowEnd } from "./finding.ts";
import { type Inner, malformed, readInner } from "./inner.ts";
import { FRAMES_IN_FLIGHT_MAX } from "./limits.ts";
import { openFrame } from "./seal.ts";
import {
  type ChannelState,
  type MissingKey,
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
    const left = state.missing.filter((one) => one !== missing);
    return finish(kit, state, { missing: left }, inner, missing, nowMs);
  }
  const walked = walk(suite, found.chain, found.place);
  const inner = unseal(suite, walked.key, frame, found.headBytes);
  const { chain, changes } = withBase(suite, state, walked, inner);
  const index = (chain.base ?? 0) + found.place;
  assert(index >= openedEnd(state), "what is not missing is new");
  const acknowledged = readAcknowledged(state, inner);
  const from = { index, step: found.chain.step };
  return finish(kit, state, { ...changes, acknowledged }, inner, from, nowMs);
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
  const after = { ...chain, key: nextChainKey(suite, chainKey), next: place + 1 };
  return { key, passed, chain: after };
}

/** What changes: the chain, and the keys of what was passed over; ends the chain before a new one. */
function withBase(
  suite: CryptoSuite,
  state: ChannelState,
  { chain, passed }: Walked,
  inner: Inner,
): { readonly chain: Chain; readonly changes: Partial<ChannelState> } {
  const toMissing = (all: Walked["passed"], one: Chain): MissingKey[] =>
    all.map(({ place, key }) => {
      return { step: one.step, index: (one.base ?? 0) + place, tag: one.tags.at(place), key };
    });
  if (chain.step === state.before?.step) {
    const missing = state.missing.concat(toMissing(passed, chain));
    return { chain, changes: { before: chain, missing } };
  }
  if (chain.base !== undefined) {
    const missing =
      passed.length === 0 ? state.missing : state.missing.concat(toMissing(passed, chain));
    return { chain, changes: { receiving: chain, missing } };
  }
  const { before } = state;
  assert(before?.base !== undefined, "a chain without base has one with a base before it");
  const length = inner.lastLength;
  if (length === undefined || length < before.next) {
    throw malformed("It begins a chain and does not say where the one before ended.");
  }
  const begun = { ...chain, base: before.base + length };
  if (begun.base + chain.next > receivedCount(state) + FRAMES_IN_FLIGHT_MAX) {
    const text = "A message frame is farther ahead than frames may be; it is refused.";
    throw new RatchetError("too-far", text);
  }
  const rest = length > before.next ? walk(suite, before, length) : undefined;
  const missing = [
    ...state.missing,
    ...toMissing(rest?.passed ?? [], before),
    ...toMissing(passed, begun),
  ];
  const ended = { step: before.step, tags: before.tags, length };
  return { chain: begun, changes: { receiving: begun, before: undefined, ended, missing } };
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
  state: ChannelState,
  changes: Partial<ChannelState>,
  inner: Inner,
  from: { readonly index: number; readonly step: number },
  nowMs: number,
): OpenedBody {
  let next: ChannelState = {
    ...state,
    ...changes,
    contact: undefined,
    owes: true,
    sinceStep: state.sinceStep + 1,
  };
  if (inner.known && next.offer?.chain.step === from.step + 1) next = withSwitch(next);
  if (inner.ratchetKey !== undefined) {
    next = withTheirKey(kit, next, inner.ratchetKey, inner.known ? from.step : -1, nowMs);
  }
  return { body: inner.body, index: from.index, next };
}

/** From now on we seal in the chain that the other device has acknowledged. */
function withSwitch(state: ChannelState): ChannelState {
  const { offer, sending } = state;
  if (offer === undefined) return state;
  return {
    ...state,
    sending: { ...offer.chain, base: sealedCount(state) },
    lastLength: sending.next,
    offer: undefined,
  };
}

/** @param step of the chain in which the key was offered; negative where they know none of ours */
function withTheirKey(
  kit: RatchetKit,
  state: ChannelState,
  theirKey: Uint8Array,
  step: number,
  nowMs: number,
): ChannelState {
  if (step < 0 || state.step < step + 1) throw malformed("It has a ratchet key out of turn.");
  if (state.step > step + 1) return state;
  const { suite } = kit;
  try {
    const ours = state.ourKey ?? suite.dhKey(state.ourSecret);
    const stepped = stepRoot(suite, state.root, ours.dh(theirKey), step + 2);
    return {
      ...state,
      root: stepped.root,
      step: step + 2,
      theirKey: theirKey.slice(),
      receiving: stepped.chain,
      before: state.receiving,
      sinceStep: 0,
      steppedAtMs: nowMs,
    };
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
