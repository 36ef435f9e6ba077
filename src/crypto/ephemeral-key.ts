import { must } from "../base/errors.ts";
import type { CryptoSuite, DhKey, DhOnce } from "./suite.ts";

/**
 * The X25519 pair of a secret that serves for one handshake, two or three exchanges in all: by the curve
 * alone where the suite offers it, since the pairs of a library take as long to make as an exchange.
 * @param secret 32 random bytes, of which it keeps a copy until `forget`
 */
export function ephemeralKey(suite: CryptoSuite, secret: Uint8Array): DhKey {
  const { dhOnce } = suite;
  return dhOnce === undefined ? suite.dhKey(secret) : new OnceKey(dhOnce, secret);
}

class OnceKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #curve: DhOnce;
  #secret: Uint8Array | undefined;

  constructor(curve: DhOnce, secret: Uint8Array) {
    this.#curve = curve;
    this.#secret = secret.slice();
    this.publicKey = curve.publicOf(secret);
  }

  dh(theirPublicKey: Uint8Array): Uint8Array {
    const secret = must(this.#secret, "a key that was forgotten exchanges no more");
    return this.#curve.exchange(secret, theirPublicKey);
  }

  forget(): void {
    this.#secret?.fill(0);
    this.#secret = undefined;
  }
}
