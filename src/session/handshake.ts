import { concatBytes, equalBytes, toHex, utf8 } from "../base/bytes.ts";
import { type AeadKey, CryptoError, type CryptoSuite, NoiseHandshake } from "../crypto/index.ts";
import {
  decodePeerRecord,
  IdentityError,
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
  peerIdToBytes,
} from "../identity/index.ts";
import type { Random } from "../ports/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { encodeHello, encodeWelcome } from "./packet.ts";
import { type HelloPace, type HelloWays, PLAIN_PACE } from "./paths/hello-ways.ts";

/** Bytes of a boot id: drawn anew whenever a peer starts, so that others notice a restart. */
export const BOOT_ID_BYTES = 8;
const PROLOGUE = utf8("peernet session v1");

/** What a finished handshake yields. */
export interface HandshakeResult {
  readonly peer: PeerRecord;
  /** The other side's boot id in hexadecimal. */
  readonly bootId: string;
  /** The index that the other side wants to see in packets. */
  readonly remoteIndex: number;
  readonly send: AeadKey;
  readonly receive: AeadKey;
}

/** What both sides of a handshake bring. */
export interface HandshakeSelf {
  readonly suite: CryptoSuite;
  readonly identity: LocalIdentity;
  readonly random: Random;
  readonly bootId: Uint8Array;
  /** This peer's newest own record, signed. */
  readonly record: Uint8Array;
  /** A record that was verified before, so that its signatures need not be looked at again. */
  known(id: PeerId): PeerRecord | undefined;
}

/** A handshake that this peer began: Noise IK towards a peer whose record is known. */
export class Initiation {
  readonly peer: PeerRecord;
  /** The index under which the answer and the session's packets will come. */
  readonly localIndex: number;
  readonly startedMs: number;
  readonly #noise: NoiseHandshake;
  readonly #hello: Uint8Array;
  readonly #pace: HelloPace;
  /** By which ways the first message goes. */
  ways: HelloWays | undefined;
  #attempts = 0;
  #nextMs: number;

  constructor(
    self: HandshakeSelf,
    peer: PeerRecord,
    localIndex: number,
    nowMs: number,
    pace: HelloPace = PLAIN_PACE,
  ) {
    this.#pace = pace;
    this.peer = peer;
    this.localIndex = localIndex;
    this.startedMs = nowMs;
    this.#nextMs = nowMs;
    this.#noise = makeNoise(self, peer);
    const payload = new Writer(4 + BOOT_ID_BYTES + self.record.length);
    payload.u32(localIndex).bytes(self.bootId).bytes(self.record);
    this.#hello = encodeHello(this.#noise.writeMessage(payload.done()));
  }

  /** When the first message is due again, or the handshake has failed. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** First messages sent so far. */
  get attempts(): number {
    return this.#attempts;
  }

  /** How long ago it began, in milliseconds. */
  ageMs(nowMs: number): number {
    return nowMs - this.startedMs;
  }

  /** The first message to send now; undefined where enough were sent. */
  nextHello(nowMs: number): Uint8Array | undefined {
    const { attempts, retryMs, backoff } = this.#pace;
    if (this.#attempts >= attempts) return undefined;
    this.#nextMs = nowMs + retryMs * backoff ** this.#attempts;
    this.#attempts++;
    return this.#hello;
  }

  /** Reads the answer; undefined where it is forged, which leaves the handshake as it was. */
  finish(noiseMessage: Uint8Array): HandshakeResult | undefined {
    try {
      const reader = new Reader(this.#noise.readMessage(noiseMessage));
      const remoteIndex = reader.u32();
      const bootId = toHex(reader.bytes(BOOT_ID_BYTES));
      reader.end();
      return { peer: this.peer, bootId, remoteIndex, ...this.#noise.split() };
    } catch (error) {
      return refused(error);
    }
  }
}

/** Another peer's first message, answered. */
export interface Acceptance {
  readonly result: HandshakeResult;
  /** The second message, ready to be sent as often as the first is repeated. */
  readonly welcome: Uint8Array;
}

/** Reads a first message and answers it; undefined where it is forged or not for us. */
export function acceptHello(
  self: HandshakeSelf,
  noiseMessage: Uint8Array,
  localIndex: number,
): Acceptance | undefined {
  try {
    const noise = makeNoise(self, undefined);
    const reader = new Reader(noise.readMessage(noiseMessage));
    const remoteIndex = reader.u32();
    const bootId = toHex(reader.bytes(BOOT_ID_BYTES));
    const peer = decodePeerRecord(self.suite, reader.rest(), (id) => self.known(id));
    const remoteStatic = noise.remoteStatic;
    if (remoteStatic === undefined || !equalBytes(remoteStatic, peer.dhKey)) return undefined;
    if (peer.id === self.identity.id) return undefined;
    const payload = new Writer(4 + BOOT_ID_BYTES).u32(localIndex).bytes(self.bootId);
    const welcome = encodeWelcome(remoteIndex, noise.writeMessage(payload.done()));
    return { result: { peer, bootId, remoteIndex, ...noise.split() }, welcome };
  } catch (error) {
    return refused(error);
  }
}

/**
 * The prologue names the responder. Its record alone does not prove that the key in it is its own:
 * a peer could claim another's key, pass the packets on, and be taken for that other one.
 */
function makeNoise(self: HandshakeSelf, responder: PeerRecord | undefined): NoiseHandshake {
  const responderId = responder === undefined ? self.identity.id : responder.id;
  return new NoiseHandshake({
    suite: self.suite,
    pattern: "IK",
    initiator: responder !== undefined,
    prologue: concatBytes(PROLOGUE, peerIdToBytes(responderId)),
    staticKey: self.identity.dhKey,
    random: self.random,
    ...(responder === undefined ? {} : { remoteStatic: responder.dhKey }),
  });
}

/** What a forged message may throw is swallowed; anything else is a defect of ours. */
function refused(error: unknown): undefined {
  const expected =
    error instanceof CryptoError || error instanceof WireError || error instanceof IdentityError;
  if (!expected) throw error;
  return undefined;
}
