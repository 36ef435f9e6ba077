import { NO_BYTES, utf8 } from "../base/bytes.ts";
import { type AeadKey, type AeadName, type CryptoSuite, hkdfSha256 } from "../crypto/index.ts";

const SECRET_BYTES = 32;

/** The keys of a session, as its handshake leaves them. */
export interface SessionKeys {
  readonly send: AeadKey;
  readonly receive: AeadKey;
  /** Which AEAD they belong to. */
  readonly aead: AeadName;
  /** What makes the keys that follow; undefined where the other side knows no key updates. */
  readonly chains: KeyChains | undefined;
}

/**
 * Makes the keys that follow those of the handshake, for each direction one after the other: HKDF
 * turns each secret into the next secret and a key, so that neither an old key nor an old secret
 * can be had from what is kept (RFC 9001 section 6.1, with HKDF-SHA-256 and our own labels).
 */
export class KeyChains {
  readonly #suite: CryptoSuite;
  readonly #aead: AeadName;
  readonly #initiator: boolean;
  /**
   * What the handshake left, until the first key is made of it: a character for each byte takes a fifth of the
   * memory of an array, since most sessions never need it.
   */
  #secret: string | undefined;
  #initiators: Uint8Array = NO_BYTES;
  #responders: Uint8Array = NO_BYTES;

  /**
   * @param secret 32 bytes from the handshake that only both sides know
   * @param initiator whether this side began
   */
  constructor(suite: CryptoSuite, aead: AeadName, secret: Uint8Array, initiator: boolean) {
    this.#suite = suite;
    this.#aead = aead;
    this.#secret = String.fromCharCode(...secret);
    this.#initiator = initiator;
  }

  /** The next key to seal with. */
  nextSend(): AeadKey {
    return this.#next(this.#initiator);
  }

  /** The next key to open with. */
  nextReceive(): AeadKey {
    return this.#next(!this.#initiator);
  }

  #next(isInitiators: boolean): AeadKey {
    if (this.#secret !== undefined) {
      const secret = Uint8Array.from(this.#secret, (character) => character.charCodeAt(0));
      const both = this.#derive(secret, "directions");
      this.#initiators = both.slice(0, SECRET_BYTES);
      this.#responders = both.slice(SECRET_BYTES);
      this.#secret = undefined;
    }
    const output = this.#derive(isInitiators ? this.#initiators : this.#responders, "key update");
    const secret = output.slice(0, SECRET_BYTES);
    if (isInitiators) this.#initiators = secret;
    else this.#responders = secret;
    return this.#suite.aead(this.#aead, output.slice(SECRET_BYTES));
  }

  /** Two times 32 bytes; the AEAD is named, so that two sides that disagree share no key. */
  #derive(secret: Uint8Array, label: string): Uint8Array {
    const info = utf8(`peernet session ${label} ${this.#aead}`);
    return hkdfSha256(this.#suite, NO_BYTES, secret, 2 * SECRET_BYTES, info);
  }
}
