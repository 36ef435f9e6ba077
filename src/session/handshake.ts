import { concatBytes, equalBytes, toHex, utf8 } from "../base/bytes.ts";
import { CryptoError, type CryptoSuite, NoiseHandshake } from "../crypto/index.ts";
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
import {
  abilitiesOf,
  answeredAbilities,
  chooseAead,
  isAbilities,
  wasEarlyTaken,
} from "./aead-choice.ts";
import { EarlyStream, openEarly, type Tickets } from "./early.ts";
import { KeyChains, type SessionKeys } from "./key-chains.ts";
import { encodeHello, encodeWelcome, type HelloPacket } from "./packet.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { type HelloPace, type HelloWays, PLAIN_PACE } from "./paths/hello-ways.ts";
import type { SessionStream } from "./stream.ts";

/** Bytes of a boot id: drawn anew whenever a peer starts, so that others notice a restart. */
export const BOOT_ID_BYTES = 8;
const PROLOGUE = utf8("peernet session v1");

/** What a finished handshake yields. */
export interface HandshakeResult extends SessionKeys {
  readonly peer: PeerRecord;
  /** The other side's boot id in hexadecimal. */
  readonly bootId: string;
  /** The index that the other side wants to see in packets. */
  readonly remoteIndex: number;
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
  readonly #suite: CryptoSuite;
  readonly #noise: NoiseHandshake;
  readonly #message: Uint8Array;
  readonly #pace: HelloPace;
  /** By which ways the first message goes. */
  ways: HelloWays | undefined;
  /** The beginning of a stream that goes along with the first message. */
  early: EarlyStream | undefined;
  /** Whether the other side has taken it. */
  earlyTaken = false;
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
    this.#suite = self.suite;
    this.#noise = makeNoise(self, peer);
    const payload = new Writer(5 + BOOT_ID_BYTES + self.record.length);
    payload.u32(localIndex).bytes(self.bootId).u8(abilitiesOf(self.suite)).bytes(self.record);
    this.#message = this.#noise.writeMessage(payload.done());
  }

  /**
   * Sends the beginning of a stream along with the first message, before that is sent.
   * @param ticket by which the other side knows that this is no replay
   * @param buffer to put frames together in
   */
  carry(ticket: Uint8Array, stream: SessionStream, buffer: PacketBuffer): void {
    this.early = EarlyStream.seal(this.#suite, this.#noise, { ticket, stream, buffer });
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
    // Once is enough: what was not taken at the first time goes on as usual.
    return encodeHello(this.#message, this.#attempts === 1 ? this.early?.sealed : undefined);
  }

  /** Reads the answer; undefined where it is forged, which leaves the handshake as it was. */
  finish(noiseMessage: Uint8Array): HandshakeResult | undefined {
    try {
      const reader = new Reader(this.#noise.readMessage(noiseMessage));
      const remoteIndex = reader.u32();
      const bootId = toHex(reader.bytes(BOOT_ID_BYTES));
      const abilities = reader.left > 0 ? reader.u8() : undefined;
      reader.end();
      this.earlyTaken = wasEarlyTaken(abilities);
      const keys = keysOf(this.#suite, this.#noise, abilities, true);
      return { peer: this.peer, bootId, remoteIndex, ...keys };
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
  /** Frames that came along, where they may be taken; views. */
  readonly early: Uint8Array | undefined;
}

/**
 * Reads a first message and answers it; undefined where it is forged or not for us.
 * @param tickets which of them are good for early data; none where nothing is said
 */
export function acceptHello(
  self: HandshakeSelf,
  hello: Pick<HelloPacket, "noise" | "early">,
  localIndex: number,
  tickets?: Pick<Tickets, "redeem">,
): Acceptance | undefined {
  try {
    const noise = makeNoise(self, undefined);
    const reader = new Reader(noise.readMessage(hello.noise));
    const remoteIndex = reader.u32();
    const bootId = toHex(reader.bytes(BOOT_ID_BYTES));
    const rest = reader.rest();
    const abilities = isAbilities(rest[0]) ? rest[0] : undefined;
    const record = abilities === undefined ? rest : rest.subarray(1);
    const peer = decodePeerRecord(self.suite, record, (id) => self.known(id));
    const remoteStatic = noise.remoteStatic;
    if (remoteStatic === undefined || !equalBytes(remoteStatic, peer.dhKey)) return undefined;
    if (peer.id === self.identity.id) return undefined;
    const data = hello.early && openEarly(self.suite, noise, hello.early);
    const isTaken = data !== undefined && tickets?.redeem(peer.id, data.ticket) === true;
    const payload = new Writer(5 + BOOT_ID_BYTES).u32(localIndex).bytes(self.bootId);
    if (abilities !== undefined) payload.u8(answeredAbilities(self.suite, isTaken));
    const welcome = encodeWelcome(remoteIndex, noise.writeMessage(payload.done()));
    const keys = keysOf(self.suite, noise, abilities, false);
    return {
      result: { peer, bootId, remoteIndex, ...keys },
      welcome,
      early: isTaken ? data.frames : undefined,
    };
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

/**
 * The keys of the session. What each side can do was said inside the handshake's sealed payloads,
 * so nobody on the way can lead both to another choice.
 */
function keysOf(
  suite: CryptoSuite,
  noise: NoiseHandshake,
  theirs: number | undefined,
  initiator: boolean,
): SessionKeys {
  const aead = chooseAead(abilitiesOf(suite), theirs);
  const { send, receive, secret } = noise.split(aead);
  const chains = theirs === undefined ? undefined : new KeyChains(suite, aead, secret, initiator);
  return { send, receive, aead, chains };
}

/** What a forged message may throw is swallowed; anything else is a defect of ours. */
function refused(error: unknown): undefined {
  const expected =
    error instanceof CryptoError || error instanceof WireError || error instanceof IdentityError;
  if (!expected) throw error;
  return undefined;
}
