import { diffieHellman, type KeyObject } from "node:crypto";
import { isAllZero } from "../../crypto/points.ts";
import { CryptoError, type DhKey } from "../../crypto/suite.ts";
import { plain } from "./crypto-hash.ts";
import { privateKeyObject, publicKeyObject, rawPublicKey } from "./crypto-keys.ts";

/** Makes X25519 pairs, as `CryptoSuite.dhKey` does. */
export type DhKeyMaker = (secret: Uint8Array) => DhKey;

/** An X25519 pair by node:crypto. */
export class NodeDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;

  /** @throws CryptoError("bad-key") unless the secret has 32 bytes */
  constructor(secret: Uint8Array) {
    this.#key = privateKeyObject("x25519", secret);
    this.publicKey = rawPublicKey(this.#key);
  }

  dh(theirPublicKey: Uint8Array): Uint8Array {
    const publicKey = publicKeyObject("x25519", theirPublicKey);
    let secret: Buffer;
    try {
      secret = diffieHellman({ privateKey: this.#key, publicKey });
    } catch (cause) {
      // The only public keys of the right size that OpenSSL refuses are those of low order.
      throw lowOrder(cause);
    }
    if (isAllZero(secret)) throw lowOrder();
    return plain(secret);
  }
}

/** What `dh` throws where the secret would be the same with every key. */
export function lowOrder(cause?: unknown): CryptoError {
  const text = "The other side's key would make a secret that everybody knows; it is refused.";
  return new CryptoError("low-order", text, { cause });
}
