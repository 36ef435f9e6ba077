import type { AeadKey } from "../crypto/index.ts";
import type { KeyChains, SessionKeys } from "./key-chains.ts";
import {
  FORGED_PACKETS_MAX,
  KEY_REST_PROBE_TIMEOUTS,
  KEY_UPDATE_PACKETS,
  PACKETS_PER_AES_KEY_MARGIN,
  PACKETS_PER_AES_KEY_MAX,
} from "./limits.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Which of the keys at hand may open a packet. */
export type KeyAge = "present" | "previous" | "next";

/** How much keys may be used: as `limits.ts` says, but in tests, which cannot send that much. */
export interface KeyLimits {
  /** Packets sealed with one key after which the next one is taken. */
  readonly updatePackets: number;
  /** Packets that an AES key seals at most. */
  readonly aesPackets: number;
  /** Packets before that at which a new session is sought. */
  readonly aesMargin: number;
  /** Packets that do not open until the session ends. */
  readonly forgedPackets: number;
}

/** The limits of `limits.ts`. */
export const KEY_LIMITS: KeyLimits = {
  updatePackets: KEY_UPDATE_PACKETS,
  aesPackets: PACKETS_PER_AES_KEY_MAX,
  aesMargin: PACKETS_PER_AES_KEY_MARGIN,
  forgedPackets: FORGED_PACKETS_MAX,
};

/** What is known of the path: how long late packets are waited for. */
export interface PhaseTime {
  probeTimeoutMs(): number;
}

/**
 * Which keys of a session are in use in each direction (RFC 9001 section 6). Generations alternate
 * between two phases, which packets name. Whoever has sealed enough takes the next key; the other
 * side follows when a packet opens under it. Nothing but a packet that opens changes anything:
 * phases in forged packets cost one opening each and, once per generation, the making of one key.
 */
export class KeyPhases {
  readonly #chains: KeyChains | undefined;
  readonly #limits: KeyLimits;
  readonly #isAes: boolean;
  #send: AeadKey;
  #receive: AeadKey;
  #previous: AeadKey | undefined;
  #previousUntilMs = NEVER;
  /** Made at the first packet of the other phase and kept, as idle sessions never see one. */
  #next: AeadKey | undefined;
  #sendGeneration = 0;
  #receiveGeneration = 0;
  #sendFirst: number;
  #receiveFirst = 0;
  /** When the other side was seen to have the present key of ours; NEVER before. */
  #ackedMs = NEVER;

  constructor(keys: SessionKeys, firstNumber: number, limits: KeyLimits) {
    this.#chains = keys.chains;
    this.#limits = limits;
    this.#isAes = keys.aead === "aes-256-gcm";
    this.#send = keys.send;
    this.#receive = keys.receive;
    this.#sendFirst = firstNumber;
  }

  /** The key to seal with. */
  get send(): AeadKey {
    return this.#send;
  }

  /** Phase of the key to seal with, 0 or 1. */
  get sendPhase(): number {
    return this.#sendGeneration & 1;
  }

  /** How many keys were used before the one to seal with. */
  get sendGeneration(): number {
    return this.#sendGeneration;
  }

  /** How many keys were used before the one that packets open under. */
  get receiveGeneration(): number {
    return this.#receiveGeneration;
  }

  /** Packets that the key to seal with may still take. */
  packetsLeft(nextNumber: number): number {
    return this.#isAes ? this.#sendFirst + this.#limits.aesPackets - nextNumber : NEVER;
  }

  /** Whether the next key should have come long ago. */
  isWorn(nextNumber: number): boolean {
    return this.packetsLeft(nextNumber) <= this.#limits.aesMargin;
  }

  /**
   * Which key a packet must have been sealed with (section 6.5): late ones of the other phase are
   * older than all that opened under the present key. Undefined where no key can be the right one.
   * @param sealedNext number that our next packet gets
   */
  ageOf(number: number, phase: number, sealedNext: number): KeyAge | undefined {
    if (phase === (this.#receiveGeneration & 1)) return "present";
    if (number < this.#receiveFirst) return this.#previous === undefined ? undefined : "previous";
    return this.#mayFollow(sealedNext) ? "next" : undefined;
  }

  /** The other side may go on only when it has had an answer under the present keys (section 6.2). */
  #mayFollow(sealedNext: number): boolean {
    if (this.#chains === undefined) return false;
    return this.#sendGeneration > this.#receiveGeneration || sealedNext > this.#sendFirst;
  }

  /** The key of an age that `ageOf` has told. */
  receiveKey(age: KeyAge): AeadKey | undefined {
    if (age === "present") return this.#receive;
    if (age === "previous") return this.#previous;
    this.#next ??= this.#chains?.nextReceive();
    return this.#next;
  }

  /**
   * A packet opened under the key of an age.
   * @returns whether it was the first one under the next key; `rest` should follow
   */
  onOpened(age: KeyAge, number: number, sealedNext: number): boolean {
    if (age === "present" && number < this.#receiveFirst) this.#receiveFirst = number;
    if (age !== "next" || this.#next === undefined) return false;
    this.#previous = this.#receive;
    this.#receive = this.#next;
    this.#next = undefined;
    this.#receiveGeneration++;
    this.#receiveFirst = number;
    if (this.#sendGeneration < this.#receiveGeneration) this.#update(sealedNext);
    return true;
  }

  /** Late packets may come under the key before for three probe timeouts (section 6.5). */
  rest(nowMs: number, path: PhaseTime): void {
    this.#previousUntilMs = nowMs + KEY_REST_PROBE_TIMEOUTS * path.probeTimeoutMs();
  }

  /** Forgets the key before once late packets have had their time. */
  forget(nowMs: number): void {
    if (nowMs < this.#previousUntilMs) return;
    this.#previous = undefined;
    this.#previousUntilMs = NEVER;
  }

  /**
   * An acknowledgement came in: takes the next key where that is due and allowed (section 6.1: the
   * other side is known to have the present one; section 6.5: since three probe timeouts).
   * @param largest highest number that it names
   * @returns false where it came under an older key than what it acknowledges (section 6.2)
   */
  onAck(largest: number, sealedNext: number, nowMs: number, path: PhaseTime): boolean {
    if (largest < this.#sendFirst || this.#chains === undefined) return true;
    if (this.#receiveGeneration < this.#sendGeneration) return false;
    if (this.#ackedMs === NEVER) this.#ackedMs = nowMs;
    if (sealedNext - this.#sendFirst < this.#limits.updatePackets) return true;
    const rests = this.#sendGeneration === 0 ? 0 : KEY_REST_PROBE_TIMEOUTS;
    if (nowMs >= this.#ackedMs + rests * path.probeTimeoutMs()) this.#update(sealedNext);
    return true;
  }

  #update(sealedNext: number): void {
    const next = this.#chains?.nextSend();
    if (next === undefined) return;
    this.#send = next;
    this.#sendGeneration++;
    this.#sendFirst = sealedNext;
    this.#ackedMs = NEVER;
  }
}
