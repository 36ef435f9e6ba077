import { concatBytes, NO_BYTES } from "../base/bytes.ts";
import { assert, must } from "../base/errors.ts";
import type { Random } from "../ports/random.ts";
import { ephemeralKey } from "./ephemeral-key.ts";
import { NOISE_MESSAGE_BYTES_MAX } from "./limits.ts";
import { NOISE_PATTERNS, type NoisePattern, type NoiseToken } from "./noise-patterns.ts";
import { NoiseSymmetricState } from "./noise-state.ts";
import { isLowOrderDhKey, KEY_BYTES } from "./points.ts";
import {
  type AeadKey,
  type AeadName,
  CryptoError,
  type CryptoSuite,
  type DhKey,
  TAG_BYTES,
} from "./suite.ts";

/** How one side enters a handshake. */
export interface NoiseOptions {
  readonly suite: CryptoSuite;
  readonly pattern: NoisePattern;
  readonly initiator: boolean;
  /** What both sides must agree on beforehand; may be empty. */
  readonly prologue: Uint8Array;
  /** Our long-lived key; every pattern in use needs one on both sides. */
  readonly staticKey: DhKey;
  /** The responder's long-lived public key, 32 bytes: for the initiator of IK and X. */
  readonly remoteStatic?: Uint8Array;
  /** Where the ephemeral secret comes from. */
  readonly random: Random;
  /** ChaCha20-Poly1305 unless said otherwise. */
  readonly cipher?: AeadName;
}

/** The transport keys of one side. */
export interface NoiseTransportKeys {
  readonly send: AeadKey;
  readonly receive: AeadKey;
}

/** What a finished handshake gives to one side. */
export interface NoiseOutcome extends NoiseTransportKeys {
  /** 32 bytes known to both sides, for keys that follow these; independent of them. */
  readonly secret: Uint8Array;
}

/**
 * One side of a Noise handshake (revision 34, section 5.3) over X25519 and SHA-256. Messages
 * must alternate as the pattern says. A message that is refused, or that cannot be written,
 * changes nothing: a forged one costs a handshake no more than the time to look at it.
 */
export class NoiseHandshake {
  readonly #suite: CryptoSuite;
  readonly #initiator: boolean;
  readonly #messages: readonly (readonly NoiseToken[])[];
  readonly #staticKey: DhKey;
  readonly #random: Random;
  readonly #state: NoiseSymmetricState;
  #step = 0;
  #ephemeral: DhKey | undefined;
  #remoteEphemeral: Uint8Array | undefined;
  #remoteStatic: Uint8Array | undefined;

  /** @throws CryptoError("bad-key" | "low-order") for a remote key that cannot be used */
  constructor(options: NoiseOptions) {
    const { suite, pattern, initiator, staticKey } = options;
    const { messages, responderKnown } = NOISE_PATTERNS[pattern];
    this.#suite = suite;
    this.#initiator = initiator;
    this.#messages = messages;
    this.#staticKey = staticKey;
    this.#random = options.random;
    this.#state = new NoiseSymmetricState(suite, pattern, options.cipher ?? "chacha20-poly1305");
    this.#state.mixHash(options.prologue);
    if (!responderKnown) return;
    if (initiator) {
      const key = must(options.remoteStatic, `Noise ${pattern} needs the responder's static key`);
      this.#remoteStatic = new Uint8Array(checkedKey(key));
    }
    this.#state.mixHash(this.#remoteStatic ?? staticKey.publicKey);
  }

  /** Whether all messages have passed and `split` may be called. */
  get done(): boolean {
    return this.#step === this.#messages.length;
  }

  /** The other side's long-lived public key, once known. Whom it belongs to is for others to say. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic;
  }

  /** A hash of the whole conversation, 32 bytes: binds what follows to this handshake. */
  get handshakeHash(): Uint8Array {
    return this.#state.hash;
  }

  /**
   * Our next message, carrying `payload`.
   * @throws CryptoError("out-of-order") when it is not our turn
   * @throws CryptoError("too-large") above 65,535 bytes in all
   * @throws CryptoError("low-order") where the other side's key cannot be used
   */
  writeMessage(payload: Uint8Array): Uint8Array {
    return this.#transact(this.#initiator, (tokens) => {
      const parts = tokens.map((token) => this.#write(token));
      parts.push(this.#state.encryptAndHash(payload));
      const message = concatBytes(...parts);
      if (message.length > NOISE_MESSAGE_BYTES_MAX) {
        throw new CryptoError("too-large", `A handshake message of ${message.length} bytes.`);
      }
      return message;
    });
  }

  /**
   * The payload of the other side's next message; a view of `message` where it is not sealed.
   * @throws CryptoError("out-of-order") when it is not their turn
   * @throws CryptoError("decrypt") where it was altered, cut short or is meant for another
   * @throws CryptoError("low-order") where a key in it cannot be used
   */
  readMessage(message: Uint8Array): Uint8Array {
    return this.#transact(!this.#initiator, (tokens) => {
      if (message.length > NOISE_MESSAGE_BYTES_MAX) {
        throw new CryptoError("too-large", `A handshake message of ${message.length} bytes.`);
      }
      let rest = message;
      for (const token of tokens) rest = this.#read(token, rest);
      return this.#state.decryptAndHash(rest);
    });
  }

  /**
   * The transport keys. Nonces are the caller's: `noiseNonce`, each counter once per key. After
   * pattern X only the initiator's `send` and the responder's `receive` may be used.
   * @param cipher for which AEAD, where both sides have agreed on another than the handshake's
   * @throws CryptoError("out-of-order") before the handshake is done
   */
  split(cipher?: AeadName): NoiseOutcome {
    if (!this.done) throw new CryptoError("out-of-order", "The handshake is not finished yet.");
    const { first, second, secret } = this.#state.split(cipher);
    return this.#initiator
      ? { send: first, receive: second, secret }
      : { send: second, receive: first, secret };
  }

  /**
   * A secret of 32 bytes that both sides have after the same messages, for data that cannot wait
   * for the last of them. It is worth what a payload of the latest message is (section 7.7).
   * @param label says what for; not empty, so that no other output of the handshake is the same
   * @throws CryptoError("out-of-order") before the first message
   */
  exportSecret(label: Uint8Array): Uint8Array {
    assert(label.length > 0, "an exported secret has a label");
    if (this.#step > 0) return this.#state.exportSecret(label);
    throw new CryptoError(
      "out-of-order",
      "Nothing has been said yet that a secret could come from.",
    );
  }

  /** Runs one message; on any error the handshake is as it was before. */
  #transact(
    initiatorsTurn: boolean,
    run: (tokens: readonly NoiseToken[]) => Uint8Array,
  ): Uint8Array {
    const tokens = this.#messages[this.#step];
    if (tokens === undefined || (this.#step % 2 === 0) !== initiatorsTurn) {
      throw new CryptoError("out-of-order", "This handshake message comes at the wrong time.");
    }
    const state = this.#state.save();
    const ephemeral = this.#ephemeral;
    const remoteEphemeral = this.#remoteEphemeral;
    const remoteStatic = this.#remoteStatic;
    try {
      const result = run(tokens);
      this.#step++;
      if (this.done) this.#ephemeral?.forget?.();
      return result;
    } catch (error) {
      this.#state.restore(state);
      this.#ephemeral = ephemeral;
      this.#remoteEphemeral = remoteEphemeral;
      this.#remoteStatic = remoteStatic;
      throw error;
    }
  }

  #write(token: NoiseToken): Uint8Array {
    if (token === "e") {
      this.#ephemeral = ephemeralKey(this.#suite, this.#random.bytes(KEY_BYTES));
      this.#state.mixHash(this.#ephemeral.publicKey);
      return this.#ephemeral.publicKey;
    }
    if (token === "s") return this.#state.encryptAndHash(this.#staticKey.publicKey);
    this.#mixDh(token);
    return NO_BYTES;
  }

  /** What is left of the message behind this token. */
  #read(token: NoiseToken, message: Uint8Array): Uint8Array {
    if (token === "e") {
      const key = new Uint8Array(checkedKey(head(message, KEY_BYTES)));
      this.#remoteEphemeral = key;
      this.#state.mixHash(key);
      return message.subarray(KEY_BYTES);
    }
    if (token === "s") {
      const sealedBytes = KEY_BYTES + (this.#state.hasKey ? TAG_BYTES : 0);
      const key = this.#state.decryptAndHash(head(message, sealedBytes));
      this.#remoteStatic = new Uint8Array(checkedKey(key));
      return message.subarray(sealedBytes);
    }
    this.#mixDh(token);
    return message;
  }

  /** The token's first letter names the initiator's key, its second the responder's. */
  #mixDh(token: "ee" | "es" | "se" | "ss"): void {
    const [ours, theirs] = this.#initiator ? [token[0], token[1]] : [token[1], token[0]];
    const key = ours === "e" ? must(this.#ephemeral, "no ephemeral key yet") : this.#staticKey;
    const remote = theirs === "e" ? this.#remoteEphemeral : this.#remoteStatic;
    this.#state.mixKey(key.dh(must(remote, "the other side's key is not known yet")));
  }
}

function head(message: Uint8Array, length: number): Uint8Array {
  if (message.length < length) {
    throw new CryptoError("decrypt", "The handshake message is cut short.");
  }
  return message.subarray(0, length);
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A public key has ${KEY_BYTES} bytes, not ${key.length}.`);
  }
  if (isLowOrderDhKey(key)) {
    throw new CryptoError("low-order", "The other side's key gives no secrecy; it is refused.");
  }
  return key;
}
