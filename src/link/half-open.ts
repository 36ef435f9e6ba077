import type { NoiseHandshake } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { Endpoint, Transport } from "../ports/index.ts";
import type { Link } from "./link.ts";

/** A handshake that this peer has begun. */
export interface Opening {
  readonly transport: Transport;
  /** The endpoint as it was asked for. */
  readonly endpoint: Endpoint;
  /** Who alone may answer; anybody, where undefined. */
  readonly expected: PeerId | undefined;
  readonly localIndex: number;
  readonly noise: NoiseHandshake;
  readonly bornAtMs: number;
  /** What was sent last and is repeated. */
  frame: Uint8Array;
  sends: number;
  firstSentAtMs: number;
  /** When that was sent last. */
  sentAtMs: number;
  nextSendMs: number;
  /** After message 2: the link, which waits for the other side's welcome. */
  link: Link | undefined;
  /** The channel id that message 3 carried. */
  ownChannel: Uint8Array;
}

/** A handshake that somebody else has begun. */
export interface Answering {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly noise: NoiseHandshake;
  readonly bornAtMs: number;
  /** Message 1 as received: its repetition gets the same answer. */
  readonly openFrame: Uint8Array;
  readonly answerFrame: Uint8Array;
  answers: number;
}
