import type { DhKey } from "../../crypto/index.ts";
import type { Chain } from "./chain.ts";
import type { ChainTags } from "./chain-tags.ts";

/** The key of a frame that is missing while later ones are here. */
export interface MissingKey {
  /** That of its chain. */
  readonly step: number;
  readonly index: number;
  readonly tag: number;
  readonly key: Uint8Array;
}

/** A chain of theirs that is over: only to recognize its frames when they come again. */
export interface EndedChain {
  readonly step: number;
  readonly tags: ChainTags;
  readonly length: number;
}

/** A ratchet key of ours that the other device has not acknowledged. */
export interface Offer {
  readonly publicKey: Uint8Array;
  /** Place in the chain that we seal in of the first frame that carries it. */
  readonly fromPlace: number;
  readonly chain: Chain;
}

/** Everything a channel remembers. Never written into: what changes is a new one. */
export interface ChannelState {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly generation: number;
  readonly initiator: boolean;
  /** Whether a secret by ML-KEM-768 went into the first root key. */
  readonly hybrid: boolean;
  readonly theirDhKey: Uint8Array;
  /** Hint and first contact, as long as they go with every frame. */
  readonly contact: Uint8Array | undefined;

  /** Root key after `step`. */
  readonly root: Uint8Array;
  /** Number of the newest ratchet key that both the root and we know; odd ones are the initiator's. */
  readonly step: number;
  /** The secret of our newest ratchet key, 32 bytes. */
  readonly ourSecret: Uint8Array;
  /** The same ready for use, where it was made in this run. */
  readonly ourKey: DhKey | undefined;
  /** Their newest ratchet key, 32 bytes. */
  readonly theirKey: Uint8Array;

  /** Its `base` is defined. */
  readonly sending: Chain;
  /** How many frames our chain before `sending` had. */
  readonly lastLength: number;
  readonly offer: Offer | undefined;
  readonly acknowledged: number;

  /** Their newest chain. */
  readonly receiving: Chain;
  /** Their chain before it, while `receiving` has not begun. Its `base` is defined. */
  readonly before: Chain | undefined;
  readonly ended: EndedChain | undefined;
  /** In the order of their indexes, at most FRAMES_IN_FLIGHT_MAX. */
  readonly missing: readonly MissingKey[];

  readonly owes: boolean;
  /** Messages sealed and opened since the newest ratchet key. */
  readonly sinceStep: number;
  readonly steppedAtMs: number;
}

/** A state in the making: nobody else has it yet. */
export type Draft = { -readonly [K in keyof ChannelState]: ChannelState[K] };

/** A state like this one, to be changed. Copied at once: a copy with changes among its members takes V8 many times as long. */
export function draftOf(state: ChannelState): Draft {
  return { ...state };
}

/** Index of the next frame to seal. */
export function sealedCount(state: ChannelState): number {
  return (state.sending.base ?? 0) + state.sending.next;
}

/** One past the highest index that was opened. */
export function openedEnd(state: ChannelState): number {
  const { receiving, before } = state;
  if (receiving.base !== undefined) return receiving.base + receiving.next;
  return (before?.base ?? 0) + (before?.next ?? 0);
}

/** All frames below this were opened. */
export function receivedCount(state: ChannelState): number {
  return state.missing[0]?.index ?? openedEnd(state);
}

/** Whether the newest ratchet key is theirs, so that the next one is ours. */
export function isOurTurn(state: ChannelState): boolean {
  return (state.step % 2 === 1) !== state.initiator;
}
